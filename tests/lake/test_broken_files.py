"""Files of which nothing can be read are quarantined whole, with one sentence, beside files that load."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.conftest import compressed, write_bytes, write_rows
from tests.lake.contents import accepted, account_of, cancellation, counts, deliver, quarantined, total

HEADER = b"event_id,event_type,occurred_at,customer_id,subscription_id\n"
CSV = HEADER + b"".join(b"e%d,cancel_scheduled,2025-01-01,c,s\n" % number for number in range(5_000))
JSON = b"".join(b'{"event_id": "e%d", "customer_id": "%d"}\n' % (number, number * 7919) for number in range(5_000))
PARQUET_START = b"PAR1" + b"\x00" * 100

BROKEN = {
    "truncated.csv.gz": compressed(CSV, "gzip")[:-20],
    "truncated.jsonl.gz": compressed(JSON, "gzip")[:-20],
    "truncated.csv.zst": compressed(CSV, "zstd")[:-20],
    "truncated.jsonl.zst": compressed(JSON, "zstd")[:-20],
    "half.csv.zst": compressed(CSV, "zstd")[: len(compressed(CSV, "zstd")) // 2],
    "plain.csv.gz": CSV,
    "plain.jsonl.zst": JSON,
    "packed.csv": gzip.compress(CSV),
    "packed.jsonl": gzip.compress(JSON),
    "text.parquet": CSV,
    "start.parquet": PARQUET_START,
    "empty.parquet": b"",
    "text.parquet.gz": compressed(CSV, "gzip"),
    "cut.parquet.zst": compressed(CSV, "zstd")[:-5],
    "empty.csv": b"",
    "empty.csv.gz": compressed(b"", "gzip"),
    "blank.csv": b"\n\n" + CSV,
    "twice.csv": b"event_id,event_id\n1,2\n",
    "unclosed_header.csv": b'event_id,"event\n' + CSV,
    "unknown.xlsx": b"PK",
    "unknown": CSV,
    "unknown.gz": compressed(CSV, "gzip"),
}


def test_every_kind_of_broken_file_beside_a_good_one(settings: Settings, tmp_path: Path) -> None:
    """A truncated zstd stream was taken for the whole of its file: half a day of events, and no word of it."""
    folder = tmp_path / "subscription_events"
    for name, content in BROKEN.items():
        write_bytes(folder / name, content)
    for name in ("a.csv", "z.jsonl.gz", "z.parquet"):
        write_rows(folder / name, [cancellation(name)])
    result = deliver(settings, tmp_path)
    accounts = {account.file.split("/")[-1]: counts(account) for account in result.accounts}
    assert accounts == {
        **dict.fromkeys(BROKEN, (1, 0, 0, 1)),
        **dict.fromkeys(("a.csv", "z.jsonl.gz", "z.parquet"), (1, 1, 0, 0)),
    }
    assert len(accepted(settings, "subscription_events")) == 3
    rows = quarantined(settings)
    assert {row["file"].split("/")[-1] for row in rows} == set(BROKEN)
    assert {row["row_number"] for row in rows} == {None}
    for row in rows:
        assert row["reason"].startswith("unreadable: "), row
        # What is published must not say where this machine keeps its lake.
        assert str(settings.home) not in row["reason"], row
    assert len(result.unreadable) == len(BROKEN)
    for sentence in result.unreadable:
        assert any(f"{folder / name} was quarantined whole, since " in sentence for name in BROKEN), sentence
        assert "\n" not in sentence
        assert sentence.endswith(": mend the file and ingest it again.")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_required_column_that_no_row_has(form: str, settings: Settings, tmp_path: Path) -> None:
    """A renamed key column gave an empty feed, and exit status 0 without a word."""
    rows = [cancellation(name) for name in "ab"]
    for row in rows:
        row["customer"], row["subscription"] = row.pop("customer_id"), row.pop("subscription_id")
    write_rows(tmp_path / "subscription_events" / f"bad.{form}", rows)
    write_rows(tmp_path / "subscription_events" / f"good.{form}", [cancellation("c")])
    result = deliver(settings, tmp_path)
    assert account_of(result, f"bad.{form}") == (2, 0, 0, 2)
    assert account_of(result, f"good.{form}") == (1, 1, 0, 0)
    (sentence,) = result.unreadable
    assert f"bad.{form} was quarantined whole" in sentence
    assert "lacks the required columns customer_id, subscription_id of subscription_events" in sentence
    assert {row["reason"] for row in quarantined(settings)} == {"missing:customer_id"}


def test_a_required_column_without_a_value_is_not_lacking(settings: Settings, tmp_path: Path) -> None:
    """The sentence told a sender to add event_id to a file that had it, as null; the rows' own reason says so."""
    folder = tmp_path / "subscription_events"
    nulls = [{**cancellation("a"), "event_id": None}, {**cancellation("b"), "event_id": ""}]
    for form in ("jsonl", "csv", "parquet"):
        write_rows(folder / f"null.{form}", nulls[:1])
    write_rows(folder / "good.jsonl", [cancellation("c")])
    write_rows(folder / "empty.jsonl", nulls[1:])
    lacking = {key: value for key, value in cancellation("e").items() if key not in {"event_id", "customer_id"}}
    write_rows(folder / "lacking.jsonl", [lacking, {**lacking, "customer_id": None}])
    result = deliver(settings, tmp_path)
    assert {row["reason"] for row in quarantined(settings)} == {"missing:event_id"}
    lacking_sentences = [sentence for sentence in result.unreadable if "lacks the required columns" in sentence]
    assert len(lacking_sentences) == 1
    assert (
        "lacking.jsonl was quarantined whole, since it lacks the required columns event_id of" in lacking_sentences[0]
    )
    others = [sentence for sentence in result.unreadable if sentence not in lacking_sentences]
    assert len(others) == 4
    assert all("not one of its 1 rows was loaded (missing:event_id 1)" in sentence for sentence in others)


def test_files_without_rows_are_no_failure(settings: Settings, tmp_path: Path) -> None:
    """A quiet hour's file, a header and nothing else, was reported as broken every night."""
    folder = tmp_path / "subscription_events"
    write_bytes(folder / "header.csv", HEADER)
    write_bytes(folder / "header_only.csv.gz", HEADER.rstrip(), "gzip")
    write_bytes(folder / "nothing.jsonl", b"")
    write_bytes(folder / "blank.jsonl", b"\n\n")
    write_rows(folder / "rows.parquet", [cancellation("a")])
    result = deliver(settings, folder)
    assert result.unreadable == ()
    assert (len(result.accounts), total(result, "rows_read"), total(result, "rows_loaded")) == (5, 1, 1)


def test_a_corrected_file_loads_afterwards(settings: Settings, tmp_path: Path) -> None:
    """A file that had been quarantined once was thought known, and its correction skipped."""
    path = write_bytes(tmp_path / "subscription_events" / "a.csv.gz", BROKEN["truncated.csv.gz"])
    deliver(settings, path)
    assert account_of(deliver(settings, write_bytes(path, CSV, "gzip")), "a.csv.gz") == (5_000, 5_000, 0, 0)
