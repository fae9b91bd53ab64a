"""What a spreadsheet would run is shown."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from pipelines.spreadsheets import csv_to_open, neutral


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("+31612345678", "+31612345678"),
        ("-12.5", "-12.5"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_is_shown(cell: str, shown: str) -> None:
    """A first name that was a formula ran on the marketer's machine; a download of a page still had it."""
    assert neutral(cell) == shown
    downloaded = csv_to_open(pl.DataFrame({"name": [cell, None], "amount": [-1.5, None]}))
    assert list(csv.reader(io.StringIO(downloaded.decode()))) == [["name", "amount"], [shown, "-1.5"], ["", ""]]
