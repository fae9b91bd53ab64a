"""The same events in every format, compression and spelling a sender may choose."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.settings import Settings
from tests.conftest import Row, compressed, write_bytes, write_rows
from tests.lake.contents import accepted, account_of, cancellation, deliver, start, total

ENDINGS = [f".{form}{codec}" for form, codec in product(("csv", "jsonl", "parquet"), ("", ".gz", ".zst"))]
HEADER = "event_id,event_type,occurred_at,customer_id,subscription_id"


def line(event_id: str) -> str:
    """A CSV row under ``HEADER``."""
    return f"{event_id},cancel_scheduled,2025-01-01T00:00:00Z,c1,s1"


def ids(settings: Settings) -> list[str]:
    """The ids of the accepted subscription events."""
    return [row["event_id"] for row in accepted(settings, "subscription_events", "event_id")]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_and_compression_gives_the_same_row(ending: str, settings: Settings, tmp_path: Path) -> None:
    """A sender moved from CSV to zstd-compressed Parquet, and revenue changed by what the reader made of nulls."""
    event = start(
        "é-1", amount="9.9900", discount_amount="", period_end="2025-02-01T00:00:00+00:00", coupon_code="", note="x, y"
    )
    result = deliver(settings, write_rows(tmp_path / "subscription_events" / f"a{ending}", [event]).parent)
    assert account_of(result, ending) == (1, 1, 0, 0)
    (row,) = accepted(settings, "subscription_events")
    assert {name: value for name, value in row.items() if value is not None} == {
        "event_id": "é-1",
        "event_type": "started",
        "occurred_at": datetime(2025, 1, 1),  # noqa: DTZ001 - the lake holds UTC without an offset
        "customer_id": "c1",
        "subscription_id": "s1",
        "recorded_at": datetime(2025, 1, 1),  # noqa: DTZ001
        "amount": Decimal("9.9900"),
        "discount_amount": Decimal("0.0000"),
        "currency": "EUR",
        "billing_interval": "month",
        "billing_interval_count": 1,
        "period_end": datetime(2025, 2, 1),  # noqa: DTZ001
        "extra": '{"note":"x, y"}',
    }


def test_formats_mixed_in_nested_folders_are_one_delivery(settings: Settings, tmp_path: Path) -> None:
    """Files two folders down were skipped, and a month of a market was missing for a week."""
    for number, ending in enumerate(ENDINGS):
        path = tmp_path / "subscription_events" / f"year={number % 2}" / f"{number}" / f"part{ending}"
        write_rows(path, [cancellation(f"{number}-{row}") for row in range(number + 1)])
    result = deliver(settings, tmp_path)
    assert len(result.accounts) == len(ENDINGS)
    assert total(result, "rows_loaded") == len(ids(settings)) == 45


def test_upper_case_endings_and_other_names_of_the_formats(settings: Settings, tmp_path: Path) -> None:
    """An export named ``EVENTS.CSV`` by a mainframe was called unknown."""
    folder = tmp_path / "subscription_events"
    write_bytes(folder / "A.CSV", f"{HEADER}\n{line('a')}\n")
    write_bytes(folder / "b.Csv.GZ", f"{HEADER}\n{line('b')}\n", "gzip")
    for name in ("c.ndjson", "d.json"):
        write_rows(folder / name, [cancellation(name[0])])
    deliver(settings, folder)
    assert ids(settings) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_line_endings_and_byte_order_mark(form: str, ending: str, settings: Settings, tmp_path: Path) -> None:
    """An Excel export with a byte order mark had a first column that nothing recognised."""
    path = write_rows(tmp_path / "subscription_events" / f"a.{form}", [cancellation("a"), cancellation("b")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", ending.encode()))
    assert account_of(deliver(settings, path), form) == (2, 2, 0, 0)
    assert ids(settings) == ["a", "b"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_mixed_line_endings_in_one_file(form: str, settings: Settings, tmp_path: Path) -> None:
    """Files of two systems joined by ``cat`` were rejected whole, since only one style of line ending was read."""
    path = write_rows(tmp_path / "subscription_events" / f"a.{form}", [cancellation(name) for name in "abc"])
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\r\n".join(lines[:-1]) + b"\n" + lines[-1] + b"\r\n")
    assert account_of(deliver(settings, path), form) == (3, 3, 0, 0)


def test_quoted_newlines_commas_and_quotes_survive(settings: Settings, tmp_path: Path) -> None:
    """A ticket of three paragraphs became three broken rows."""
    body = 'First line,\n\nthird line with "quotes"\r\nand the end'
    ticket = {"ticket_id": "1", "customer_id": "c", "opened_at": "2025-01-01", "body": body}
    deliver(settings, write_rows(tmp_path / "support_tickets" / "a.csv", [ticket, {**ticket, "ticket_id": "2"}]).parent)
    assert [row["body"] for row in accepted(settings, "support_tickets", "body")] == [body, body]


def test_column_order_does_not_matter(settings: Settings, tmp_path: Path) -> None:
    """A sender added a column in the middle, and amounts went into the currency."""
    event = start("a", plan="basic", market="NL")
    folder = tmp_path / "subscription_events"
    write_rows(folder / "a.csv", [event])
    write_rows(folder / "b.csv", [dict(reversed(event.items()))])
    result = deliver(settings, folder)
    assert account_of(result, "b.csv") == (1, 0, 1, 0)


def test_no_final_newline_and_quoted_header(settings: Settings, tmp_path: Path) -> None:
    """The last sale of every day was missing: its line did not end."""
    header = ",".join(f'"{name}"' for name in HEADER.split(","))
    path = write_bytes(tmp_path / "subscription_events" / "a.csv", f'{header}\n{line("a")}\n"b",{line("")[1:]}')
    assert account_of(deliver(settings, path), "a.csv") == (2, 2, 0, 0)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_joined_compressed_files_are_read_to_the_end(codec: str, settings: Settings, tmp_path: Path) -> None:
    """Hourly files joined without unpacking gave the first hour only."""
    ending = {"gzip": "gz", "zstd": "zst"}[codec]
    parts = [compressed(f"{HEADER}\n{line('a')}\n".encode(), codec), compressed(f"{line('b')}\n".encode(), codec)]
    path = write_bytes(tmp_path / "subscription_events" / f"a.csv.{ending}", b"".join(parts))
    assert account_of(deliver(settings, path), ending) == (2, 2, 0, 0)


def test_parquet_types_of_other_tools(settings: Settings, tmp_path: Path) -> None:
    """A data frame library wrote keys as numbers and counts as floats, and half of it was rejected."""
    table = pa.table(
        {
            "event_id": pa.array([1], pa.int64()),
            "event_type": pa.array(["started"]).dictionary_encode(),
            "occurred_at": pa.array([1_735_689_600_000.0], pa.float64()),
            "customer_id": pa.array([7], pa.int32()),
            "subscription_id": pa.array(["s"], pa.large_string()),
            "amount": pa.array([Decimal("9.99")], pa.decimal128(38, 10)),
            "discount_ends_at": pa.array([date(2025, 3, 1)], pa.date32()),
            "currency": pa.array(["EUR"]),
            "billing_interval": pa.array(["month"]),
            "billing_interval_count": pa.array([3.0]),
            "period_end": pa.array([None], pa.null()),
        }
    )
    path = tmp_path / "subscription_events" / "a.parquet"
    path.parent.mkdir()
    pyarrow.parquet.write_table(table, path)
    assert account_of(deliver(settings, path), "a.parquet") == (1, 1, 0, 0)
    (row,) = accepted(settings, "subscription_events")
    assert (row["event_id"], row["customer_id"], row["billing_interval_count"]) == ("1", "7", 3)
    assert (row["amount"], row["discount_ends_at"]) == (Decimal("9.99"), datetime(2025, 3, 1))  # noqa: DTZ001


def test_home_and_folders_that_look_like_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """A home below ``currency=USD/`` lent its name to a column, and every price was in dollars."""
    monkeypatch.setenv("CHURNIQ_HOME", str(home / "currency=USD" / "it's [a] home*"))
    settings = Settings().prepare()
    told = (start("a"), start("b", amount="5"))
    rows: list[Row] = [{name: value for name, value in row.items() if name != "currency"} for row in told]
    write_rows(tmp_path / "subscription_events" / "currency=SEK" / "a.parquet", rows)
    write_rows(tmp_path / "subscription_events" / "currency=SEK" / "b.csv", rows)
    result = deliver(settings, tmp_path / "subscription_events")
    assert (total(result, "rows_loaded"), total(result, "rows_duplicate")) == (2, 2)
    deliver(settings, tmp_path / "subscription_events")
    files = [str(path) for path in (settings.lake / "canonical").rglob("*.parquet")]
    assert [pyarrow.parquet.ParquetFile(file).read().column("currency").to_pylist() for file in files] == [
        ["SEK", "SEK"]
    ]
