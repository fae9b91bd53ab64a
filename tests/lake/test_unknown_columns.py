"""Columns that the contract does not name are kept, whatever they are called and hold."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.settings import Settings
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, account_of, cancellation, deliver, quarantined

# Names that the reader, the judge or SQL use themselves, and names that are no identifiers.
NAMES = (
    *("filename", "file_number", "row_number", "file_row_number", "rowid", "raw", "reason", "extra", "line"),
    *("first_row", "rows_before", "has event_id", "source_file", "source_row", "Event_ID", "EVENT_TYPE", "select"),
    *("a.b", 'with "quotes"', "it's", "back\\slash", "*", "$", "$.event_id", "[0]", "a/b", "~", "é", "column 3", " "),
)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_any_name_may_be_used(form: str, settings: Settings, tmp_path: Path) -> None:
    """A column called ``row_number`` renumbered the rows, one called ``*`` copied every personal field."""
    # Parquet readers have no other name for the number of a row in its file.
    names = [name for name in NAMES if (form, name) != ("parquet", "file_row_number")]
    if form == "parquet":
        names = [name for name in names if name.lower() not in {"event_id", "event_type"}]
    extra = {name: f"value {number}" for number, name in enumerate(names)}
    rows = [cancellation("a", **extra), cancellation("b", **dict.fromkeys(names, "")), {**cancellation("c", **extra)}]
    rows[2]["event_type"] = "unknown"
    path = write_rows(tmp_path / "subscription_events" / f"a.{form}", rows)
    assert account_of(deliver(settings, path), form) == (3, 2, 0, 1)
    found = [row["extra"] for row in accepted(settings, "subscription_events", "event_id, extra")]
    assert json.loads(found[0]) == extra
    assert found[1] is None
    (rejected,) = quarantined(settings)
    assert (rejected["row_number"], rejected["reason"]) == (3, "not_allowed:event_type")
    assert json.loads(rejected["raw"])["event_id"] == "c"


def test_a_column_without_a_name(settings: Settings, tmp_path: Path) -> None:
    """A trailing comma in the header took a whole file away, though the last column had nothing in it."""
    folder = tmp_path / "subscription_events"
    write_bytes(folder / "a.jsonl", json.dumps({**cancellation("a"), "": 1}))
    row = "cancel_scheduled,2025-01-01,c1,s1"
    header = "event_id,event_type,occurred_at,customer_id,subscription_id"
    write_bytes(folder / "b.csv", f"{header},\nb1,{row},\nb2,{row},x\n")
    write_bytes(folder / "c.csv", "event_id,event_id,occurred_at,customer_id,subscription_id\n")
    result = deliver(settings, folder)
    assert [row["extra"] for row in accepted(settings, "subscription_events", "event_id, extra")] == [
        '{"":1}',
        None,
        '{"column 6":"x"}',
    ]
    assert ["names the column 'event_id' twice" in sentence for sentence in result.unreadable] == [True]


def test_values_keep_their_type_and_nulls_are_dropped(settings: Settings, tmp_path: Path) -> None:
    """An attribute that was null for most rows made each of them carry its name."""
    folder = tmp_path / "subscription_events"
    extra = {"z": 1, "a": True, "text": "x", "none": None, "empty": "", "inner": {"k": 1, "n": None}, "list": [1, None]}
    write_bytes(folder / "a.jsonl", json.dumps(cancellation("a", **extra)))
    columns = {name: [value] for name, value in cancellation("b").items()}
    table = pa.table({**columns, "number": [math.nan], "inner": [{"k": 1, "n": None}], "none": pa.array([None])})
    pyarrow.parquet.write_table(table, folder / "b.parquet")
    deliver(settings, folder)
    assert [row["extra"] for row in accepted(settings, "subscription_events", "event_id, extra")] == [
        '{"a":true,"inner":{"k":1},"list":[1,null],"text":"x","z":1}',
        '{"inner":{"k":1}}',
    ]


def test_ten_thousand_names_do_not_stall(settings: Settings, tmp_path: Path) -> None:
    """A free-form payload with a new key in every row made a query of ten thousand columns, and minutes of it."""
    rows = [cancellation(f"e{row}", **{f"k{row}_{key}": key for key in range(20)}) for row in range(500)]
    path = write_rows(tmp_path / "subscription_events" / "a.jsonl", rows)
    began = time.process_time()
    deliver(settings, path)
    # Processor time, which other work on the machine does not change much.
    assert time.process_time() - began < 20
    assert all(len(json.loads(row["extra"])) == 20 for row in accepted(settings, "subscription_events", "extra"))
