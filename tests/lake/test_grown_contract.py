"""Files that a lake wrote before the contract got a column."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.sql import canonical_select

FEED = FEEDS["subscription_events"]
NAMES = [*FEED.column_names, "extra", "source_file", "source_row"]


def write(path: Path, names: list[str]) -> Path:
    """A canonical file with one row, of the columns named; its event id is the file's name."""
    kinds = {column.name: column.kind.storage for column in FEED.columns} | {"source_row": "BIGINT"}
    values = ", ".join(
        f"'{path.stem}' as {name}"
        if name in {"event_id", "replaces_subscription_id"}
        else f"cast(null as {kinds.get(name, 'VARCHAR')}) as {name}"
        for name in names
    )
    duckdb.execute(f"copy (select {values}) to '{path}' (format parquet)")
    return path


def test_a_new_column_is_null_in_the_files_of_before(tmp_path: Path) -> None:
    """After an upgrade no build could read the lake, since its older files lacked a column of the contract."""
    old = write(tmp_path / "old.parquet", [name for name in NAMES if name != "replaces_subscription_id"])
    new = write(tmp_path / "new.parquet", NAMES)
    for files, expected in (
        ([old], [("old", None)]),
        ([old, new], [("new", "new"), ("old", None)]),
        ([new, old], [("new", "new"), ("old", None)]),
        ([], []),
    ):
        select = canonical_select(FEED, files)
        found = duckdb.execute(f"select event_id, replaces_subscription_id from ({select}) order by 1").fetchall()
        assert found == expected
        columns = [row[0] for row in duckdb.execute(f"describe {select}").fetchall()]
        assert columns == NAMES
