"""Cells that a spreadsheet shows and does not run: values come from senders, who may write anything.

Belongs here: which texts would be formulas, and files of CSV without any. Does not belong here: layouts of exports
(``pipelines.activation.writing``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# What a spreadsheet takes for the beginning of a formula, the wide forms of East Asian keyboards included.
_RUNS = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_HARMLESS = r"^(\+\d{5,15}|-?\d+(\.\d+)?)$"


def neutral(cell: Any) -> Any:
    """A cell with a quotation mark before what would be a formula."""
    if isinstance(cell, str) and re.search(_RUNS, cell) and not re.fullmatch(_HARMLESS, cell):
        return f"'{cell}"
    return cell


def csv_to_open(frame: pl.DataFrame) -> bytes:
    """The rows as CSV with a header, for people who open it in a spreadsheet; no text of it is a formula."""
    import polars as pl

    text = pl.col(pl.String)
    runs = text.str.contains(_RUNS) & ~text.str.contains(_HARMLESS)
    return frame.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep()).write_csv().encode()
