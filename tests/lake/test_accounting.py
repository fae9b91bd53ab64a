"""Rows read = rows loaded + duplicates + quarantined, whatever bytes are delivered."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from pipelines.settings import Settings
from tests.conftest import write_bytes
from tests.lake.contents import cancellation, deliver, quarantined, total

HEADER = "event_id,event_type,occurred_at,customer_id,subscription_id"
LINES = st.sampled_from(
    [
        *(f"{name},cancel_scheduled,2025-01-01,c,s" for name in ("1", "2", "3", '"4"', '"5\n6"', '"7""8"')),
        "1,paused,2025-01-01,c,s",
        "9,unheard_of,2025-01-01,c,s",
        *("", "", " ", ",,,,", "x", "a,b,c,d,e,f", '"', '"x', 'x"y,paused,2025-01-01,c,s', "é,paused,never,c,s"),
    ]
)
JSON_LINES = st.sampled_from(
    [
        *(json.dumps(cancellation(name)) for name in "123"),
        json.dumps(cancellation("1", customer_id="another")),
        json.dumps(cancellation("4", event_type="?")),
        json.dumps({**cancellation("5"), "event_id": 5, "deep": {"a": [None, {"b": ""}]}}),
        *("", " ", "{}", "{", "[]", "null", '"x"', "{'a': 1}", '{"event_id": "1", "event_id": "2"}', "\x01", "1e999"),
    ]
)
ENDINGS = st.sampled_from(["\n", "\r\n"])


def check(*files: tuple[str, bytes]) -> None:
    """Deliver files twice: each time all adds up, and the second time nothing is new."""
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", {"CHURNIQ_HOME": f"{folder}/home"}):
        for number, (ending, content) in enumerate(files):
            write_bytes(Path(folder) / "subscription_events" / f"{number}.{ending}", content)
        settings = Settings().prepare()
        # ``deliver`` holds the accounting against what the lake has.
        first = deliver(settings, Path(folder))
        numbers = [(row["file"], row["row_number"]) for row in quarantined(settings)]
        assert len(set(numbers)) == len(numbers)
        again = deliver(settings, Path(folder))
        assert total(again, "rows_loaded") == 0
        assert total(again, "rows_quarantined") == total(first, "rows_quarantined")


def tried(files: int, examples: int, each: st.SearchStrategy[Any], deliver_and_check: Callable[[Any], None]) -> None:
    """Check some examples of about so many files."""
    lists = st.lists(each, min_size=files, max_size=files * 3 // 2)
    trials(max_examples=examples, deadline=None, derandomize=True)(given(lists)(deliver_and_check))()


MANY = pytest.mark.parametrize(("files", "examples"), [(6, 4), pytest.param(12, 60, marks=pytest.mark.long)])


@MANY
def test_any_csv_adds_up(files: int, examples: int) -> None:
    """Two bad rows that got the same number were counted once, and the row that was lost counted as loaded."""

    def adds_up(found: list[tuple[list[str], str]]) -> None:
        check(*(("csv", (ending.join([HEADER, *lines]) + ending).encode()) for lines, ending in found))

    tried(files, examples, st.tuples(st.lists(LINES, max_size=12), ENDINGS), adds_up)


@MANY
def test_any_json_lines_add_up(files: int, examples: int) -> None:
    """A line that could not be decoded shifted the numbers below it onto other rows' quarantine."""

    def add_up(found: list[tuple[list[str], str]]) -> None:
        check(*(("jsonl", ending.join(lines).encode()) for lines, ending in found))

    tried(files, examples, st.tuples(st.lists(JSON_LINES, max_size=12), ENDINGS), add_up)


CONTENTS = st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
FILE_ENDINGS = st.sampled_from(["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst", "parquet.zst"])


@MANY
def test_any_bytes_add_up(files: int, examples: int) -> None:
    """Random bytes behind a good header ended an ingest with a traceback, and the files after them were not loaded."""
    good = (HEADER + "\n1,paused,2025-01-01,c,s\n").encode()

    def add_up(found: list[tuple[str, bytes, bool]]) -> None:
        check(("csv", good), *((ending, good + content if header else content) for ending, content, header in found))

    tried(files, examples, st.tuples(FILE_ENDINGS, CONTENTS, st.booleans()), add_up)
