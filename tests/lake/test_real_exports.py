"""Feeds as people really export them: each test is an export that was refused, misread or passed over in silence."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.lake.ingest import IngestResult, ingest
from pipelines.settings import Settings
from tests.conftest import Row, compressed, write_bytes, write_rows
from tests.lake.contents import accepted, account_of, counts, deliver, payment, quarantined, total

HEADER = "event_id,event_type,occurred_at,customer_id,transaction_id,amount,currency"


def line(event_id: str, **fields: str) -> str:
    """A CSV row under ``HEADER``."""
    return ",".join(str(fields.get(name, value)) for name, value in payment(event_id).items())


def table(*lines: str, header: str = HEADER) -> str:
    """A CSV file."""
    return "\n".join([header, *lines]) + "\n"


def parquet(prefix: str, **columns: Any) -> bytes:
    """A Parquet file of payments whose ids begin so, with the columns given in place of plain ones."""
    length = len(next(iter(columns.values())))
    rows = [payment(f"{prefix}-{number}") for number in range(length)]
    plain = {name: pa.array([str(row[name]) for row in rows]) for name in rows[0]}
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table({**plain, **columns}), sink)
    return sink.getvalue()


def sentences(result: IngestResult, name: str) -> str:
    """Everything that was said of a file."""
    return " ".join(one for one in (*result.unreadable, *result.remarks) if name in one)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where payments are delivered."""
    return tmp_path / "in" / "payment_events"


def test_dialects_that_are_certain_are_read(settings: Settings, folder: Path) -> None:
    """Excel in Germany writes semicolons, Excel for Mac UTF-16, Firehose objects side by side: none of them loaded."""
    rows = [payment(f"json-{number}") for number in range(3)]
    two = ("e1", "e2")
    files: dict[str, str | bytes] = {
        "semicolon.csv": table(*map(line, two)).replace(",", ";"),
        "tab.tsv": table(line("tab-1")).replace(",", "\t"),
        "tab.txt": table(line("tab-2")).replace(",", "\t"),
        "bar.csv": table(line("bar")).replace(",", "|"),
        "sep.csv": "sep=;\r\n" + table(line("sep")).replace(",", ";"),
        "utf16.csv": table(line("utf16", customer_id="Müller")).encode("utf-16"),
        "utf32.csv": table(line("utf32")).encode("utf-32"),
        "utf16.jsonl": json.dumps(payment("utf16l")).encode("utf-16"),
        "utf16-be.csv": table(line("utf16be")).encode("utf-16-be"),
        "trailing.csv": table(line("trail-1") + ",", line("trail-2") + ",", header=HEADER + ","),
        "unused-twice.csv": table(line("twice") + ",x,y", header=HEADER + ",note,note"),
        "array.json": json.dumps(rows[:1]),
        "pretty.json": json.dumps(rows[1:2], indent=1),
        "firehose.json": "".join(json.dumps(payment(f"fire-{number}")) for number in range(3)),
        "blank-lines.jsonl": "\r\n\r\n".join(json.dumps(payment(f"crlf-{number}")) for number in range(3)),
    }
    for name, content in files.items():
        write_bytes(folder / name, content)
    result = deliver(settings, folder)
    loaded = {Path(account.file).name: counts(account) for account in result.accounts}
    expected = dict.fromkeys(files, (1, 1, 0, 0))
    expected |= {"semicolon.csv": (2, 2, 0, 0), "trailing.csv": (2, 2, 0, 0)}
    expected |= {"firehose.json": (3, 3, 0, 0), "blank-lines.jsonl": (3, 3, 0, 0)}
    assert loaded == expected
    by_id = {row["event_id"]: row for row in accepted(settings, "payment_events", "event_id, customer_id, extra")}
    assert by_id["utf16"]["customer_id"] == "Müller"
    assert json.loads(by_id["twice"]["extra"]) == {"note": "x", "note (9)": "y"}


def test_what_is_not_certain_is_refused_with_what_it_seems_to_be(settings: Settings, folder: Path) -> None:
    """Every row of an export was refused beside a good file, and the command said nothing and exited with 0."""
    files: dict[str, str | bytes] = {
        "good.csv": table(line("good")),
        "preamble.csv": "Report generated 2024-01-05\n\n" + table(line("late")),
        "spaces.csv": table(line("spaced"), header=HEADER.replace(",", ", ")),
        "cp1252.csv": table(line("c1") + ",Müller", line("c2") + ",Müller", header=HEADER + ",note").encode("cp1252"),
        "cp1252-header.csv": table(line("h1") + ",x", header=HEADER + ",Währung").encode("cp1252"),
        "twice.csv": table(line("two") + ",9", header=HEADER + ",amount"),
        "times.csv": table(*(line(f"t{n}", occurred_at="2024-01-01 10:00:00 UTC") for n in range(12))),
        "capitals.csv": table(line("cap"), header=HEADER.upper()),
    }
    for name, content in files.items():
        write_bytes(folder / name, content)
    result = deliver(settings, folder)
    assert total(result, "rows_loaded") == 1
    assert "line 3" in sentences(result, "preamble.csv")
    assert "skip_rows: 2" in sentences(result, "preamble.csv")
    assert 'its column " amount" is nearly amount' in sentences(result, "/spaces.csv")
    assert "seems to be Windows-1252" in sentences(result, "/cp1252.csv")
    assert "Windows-1252" in sentences(result, "cp1252-header.csv")
    assert "'amount' twice" in sentences(result, "/twice.csv")
    assert "not one of its 12 rows was loaded (invalid:occurred_at 12)" in sentences(result, "times.csv")
    assert '"CURRENCY" is nearly currency' in sentences(result, "capitals.csv")
    assert not sentences(result, "good.csv")


@pytest.mark.parametrize(
    ("text", "encoding", "is_named"),
    [
        *(("Müller", "cp1252", True), ("5 € “Café”", "cp1252", True), ("Łódź", "iso-8859-2", False)),
        *(("東京", "shift_jis", False), ("北京", "gbk", False), ("Москва", "cp866", False)),
    ],
)
def test_an_encoding_is_named_where_it_makes_words(
    text: str, encoding: str, is_named: bool, settings: Settings, folder: Path
) -> None:
    """A file in Japanese seemed to be Windows-1252, by which, once declared, every name would have come out wrong."""
    body = table(f"{line('e1')},{text}", header=f"{HEADER},note").encode(encoding)
    said = sentences(deliver(settings, write_bytes(folder / "a.csv", body)), "a.csv")
    assert "it is not UTF-8 text" in said
    assert ("seems to be Windows-1252" in said) == is_named


def test_one_row_in_another_encoding_is_one_row(settings: Settings, folder: Path) -> None:
    """One name that somebody pasted took a month of payments away."""
    body = table(line("e1") + ",ok", line("e2") + ",@", line("e3") + ",ok", header=HEADER + ",note")
    result = deliver(settings, write_bytes(folder / "a.csv", body.encode().replace(b"@", "ü".encode("cp1252"))))
    assert account_of(result, "a.csv") == (3, 2, 0, 1)
    assert "1 of its rows cannot be read (malformed_row), since it is not UTF-8 text; it seems to be Windows-1252" in (
        sentences(result, "a.csv")
    )


@pytest.mark.parametrize(
    ("text", "loaded", "words"),
    [
        ("{0},\n{1},\n{2}\n", 1, "2 of its rows cannot be read (malformed_row), since its lines end with commas"),
        ("\x1e{0}\n\x1e{1}\n", 0, "its lines begin with record separators (RFC 7464)"),
        ("{0}\n{1}\n{2}\n", 3, ""),
    ],
)
def test_json_between_other_signs_is_told(text: str, loaded: int, words: str, settings: Settings, folder: Path) -> None:
    """Of a log that wrote a comma after each object the last row loaded, and nothing said why no other did."""
    objects = [json.dumps(payment(f"e{number}")) for number in range(3)]
    result = deliver(settings, write_bytes(folder / "a.jsonl", text.format(*objects)))
    assert total(result, "rows_loaded") == loaded
    assert words in sentences(result, "a.jsonl")
    assert bool(words) == bool(sentences(result, "a.jsonl"))


def test_nearly_known_columns_are_told(settings: Settings, folder: Path) -> None:
    """Country with a capital was kept aside for a year, and every customer came from nowhere."""
    result = deliver(
        settings, write_rows(folder / "a.csv", [payment("a", Country="DE", **{"tax_amount ": "1.00"}, note="x")])
    )
    said = sentences(result, "a.csv")
    assert '"Country" (nearly country)' in said
    assert '"tax_amount " (nearly tax_amount)' in said
    assert "note" not in said
    (row,) = accepted(settings, "payment_events")
    assert (row["country"], row["tax_amount"]) == (None, None)
    assert json.loads(row["extra"]) == {"Country": "DE", "tax_amount ": "1.00", "note": "x"}


def test_space_around_an_id_and_words_for_nothing(settings: Settings, folder: Path) -> None:
    """One customer was three, by a space before and after; the best coupon of the year was called NULL."""
    ids = ["c1", " c1", "c1 ", "\tc1", "c1\u00a0", "\u00a0 c1 "]
    rows: list[Row] = [payment(f"id-{number}", customer_id=value) for number, value in enumerate(ids)]
    words = ["NULL", "null", "\\N", "None", "nan", "NaN", "<NA>", "N/A", " NULL "]
    rows += [payment(f"word-{number}", coupon_code=word) for number, word in enumerate(words)]
    rows += [payment(f"key-{number}", customer_id=word) for number, word in enumerate(words)]
    # Namibia is a country, and what only begins like such a word is none.
    rows += [payment("kept", coupon_code="NULLA", country="NA")]
    for ending in ("csv", "jsonl", "parquet"):
        marked = [{**row, "event_id": f"{ending}:{row['event_id']}"} for row in rows]
        write_rows(folder / f"a.{ending}", marked)
    deliver(settings, folder)
    found = accepted(settings, "payment_events", "event_id, customer_id, coupon_code, country")
    assert {row["customer_id"] for row in found} == {"c1"}
    assert {row["coupon_code"] for row in found} == {None, "NULLA"}
    assert [row["country"] for row in found if row["event_id"].endswith("kept")] == ["NA"] * 3
    assert {row["reason"] for row in quarantined(settings)} == {"missing:customer_id"}
    assert len(quarantined(settings)) == 3 * len(words)


def test_typed_ids_are_exact_texts_or_refused(settings: Settings, folder: Path) -> None:
    """A missing value made floats of a column of ids: 123 became 123.0, and 738529527931269425 another customer."""
    columns: dict[str, Any] = {
        "whole": pa.array([738529527931269425, 123], pa.int64()),
        "decimal": pa.array([Decimal(123)], pa.decimal128(20, 0)),
        "bytes": pa.array(["Müller".encode(), b"\xff\x00"], pa.binary()),
        "float": pa.array([738529527931269425.0, 123.0], pa.float64()),
        "single": pa.array([1e9], pa.float32()),
        "list": pa.array([["a"]], pa.list_(pa.string())),
        "fraction": pa.array([Decimal("1.50")], pa.decimal128(20, 2)),
    }
    for name, column in columns.items():
        write_bytes(folder / f"{name}.parquet", parquet(name, customer_id=column))
    write_bytes(folder / "a.jsonl", json.dumps(payment("j1", customer_id=1e9)))
    deliver(settings, folder)
    found = {row["customer_id"] for row in accepted(settings, "payment_events", "customer_id")}
    assert found == {"738529527931269425", "123", "Müller"}
    assert {row["reason"] for row in quarantined(settings)} == {"invalid:customer_id"}
    assert len(quarantined(settings)) == 7


def test_the_first_digits_of_a_number_are_no_id(settings: Settings, folder: Path) -> None:
    """Excel keeps 7.38E+17 of a long number in a file of texts: many customers were one."""
    ids = {"x1": "7.38529527931269E+17", "x2": "7,38E+17", "x3": "1E+15", "x4": "PROMO+E", "x5": "C1E+2", "x6": "1E+1"}
    write_bytes(folder / "a.csv", table(*(line(one, customer_id=f'"{text}"') for one, text in ids.items())))
    deliver(settings, folder)
    found = {row["event_id"] for row in accepted(settings, "payment_events", "event_id")}
    assert found == {"x4", "x5", "x6"}
    assert [row["reason"] for row in quarantined(settings)] == ["invalid:customer_id"] * 3


def test_folders_give_columns(settings: Settings, folder: Path) -> None:
    """Spark wrote the currency into the path, and nothing else had it."""
    without = {name: value for name, value in payment("h1").items() if name != "currency"}
    write_rows(folder / "currency=USD" / "year=2024" / "a.csv", [without])
    write_rows(folder / "currency=USD" / "year=2025" / "b.jsonl", [{**without, "event_id": "h2"}])
    write_rows(folder / "currency=CHF" / "c.parquet", [{**without, "event_id": "h3"}])
    write_rows(folder / "country=__HIVE_DEFAULT_PARTITION__" / "d.csv", [payment("h5")])
    result = deliver(settings, folder)
    assert not result.unreadable
    found = accepted(settings, "payment_events", "event_id, currency, country, extra")
    assert [(row["event_id"], row["currency"], row["country"]) for row in found] == [
        ("h1", "USD", None), ("h2", "USD", None), ("h3", "CHF", None), ("h5", "EUR", None)
    ]  # fmt: skip
    assert [json.loads(row["extra"]) if row["extra"] else None for row in found][:2] == [
        {"year": "2024"},
        {"year": "2025"},
    ]


def test_a_row_that_contradicts_its_folder_is_refused(settings: Settings, folder: Path) -> None:
    """A file of euros lay in the folder of dollars: the rows won, and nobody heard that one of the two was wrong."""
    day = "2025-03-05"
    write_rows(folder / "currency=USD" / "a.csv", [payment("d1", currency="USD"), payment("d2", currency="EUR")])
    write_rows(folder / "currency=USD" / "b.jsonl", [payment("d3", currency="EUR"), payment("d4", currency="USD")])
    write_rows(folder / "currency=USD" / "c.parquet", [payment("d5", currency="EUR")])
    write_rows(
        folder / f"occurred_at={day}" / "amount=9.990" / "d.csv", [payment("d6", amount="9.99", occurred_at=day)]
    )
    write_rows(folder / "shop=a" / "e.csv", [payment("d7", shop="b")])
    deliver(settings, folder)
    found = accepted(settings, "payment_events", "event_id")
    assert [row["event_id"] for row in found] == ["d1", "d4", "d6", "d7"]
    assert [row["reason"] for row in quarantined(settings)] == ["folder_differs:currency"] * 3


@pytest.mark.parametrize("given", ["", "currency=USD", "currency=USD/year=2024", "currency=USD/year=2024/a.csv"])
def test_folders_give_columns_wherever_one_begins(given: str, settings: Settings, folder: Path) -> None:
    """Who gave one day of a partitioned export, and not all of it, lost the columns that its folders above gave."""
    without = {name: value for name, value in payment("h1").items() if name != "currency"}
    write_rows(folder / "currency=USD" / "year=2024" / "a.csv", [without])
    result = deliver(settings, folder / given)
    assert not result.unreadable
    (row,) = accepted(settings, "payment_events", "currency, extra")
    assert (row["currency"], json.loads(row["extra"])) == ("USD", {"year": "2024"})
    assert result.accounts[0].file.endswith("currency=USD/year=2024/a.csv")


def workbook(**sheets: list[list[Any]]) -> bytes:
    """An Excel workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_workbooks_and_archives(settings: Settings, tmp_path: Path) -> None:
    """Finance sends workbooks and the store zip archives; both were refused for their ending."""
    row = [*payment("x1", occurred_at=datetime(2025, 1, 1), amount=9.99, customer_id=123).values()]  # noqa: DTZ001
    header = [*payment("x1")]
    folder = tmp_path / "in" / "payment_events"
    write_bytes(folder / "a.xlsx", workbook(Payments=[header, row], Empty=[]))
    write_bytes(folder / "two.xlsx", workbook(One=[header, row], Two=[header, row]))
    write_bytes(folder / "digits.xlsx", workbook(One=[header, [*row[:3], 7.385295279312694e17, *row[4:]]]))
    write_bytes(folder / "no.xlsx", b"PK\x03\x04 no workbook")
    write_bytes(folder / "no.zip", b"PK\x03\x04 no archive")
    with zipfile.ZipFile(tmp_path / "in" / "all.zip", "w") as archive:
        archive.writestr("payment_events/z1.csv", table(line("z1")))
        archive.writestr("payment_events/deep/z2.csv.gz", compressed(table(line("z2")).encode(), "gzip"))
        archive.writestr("__MACOSX/payment_events/._z1.csv", "junk")
        archive.writestr("readme.txt", "no feed")
    result = deliver(settings, tmp_path / "in")
    found = accepted(settings, "payment_events", "event_id, customer_id, amount, occurred_at")
    assert [row["event_id"] for row in found] == ["x1", "z1", "z2"]
    assert (found[0]["customer_id"], found[0]["amount"]) == ("123", Decimal("9.99"))
    assert "One, Two" in sentences(result, "two.xlsx")
    assert "more digits than Excel keeps" in sentences(result, "digits.xlsx")
    assert "no Excel workbook" in sentences(result, "no.xlsx")
    assert "no zip archive" in sentences(result, "no.zip")
    assert {Path(account.file).name for account in result.accounts} == {
        *("a.xlsx", "two.xlsx", "digits.xlsx", "no.xlsx", "no.zip", "z1.csv", "z2.csv.gz"),
    }


def test_a_file_refused_for_its_name_loads_once_renamed(settings: Settings, tmp_path: Path) -> None:
    """The file was renamed as the message said, and never loaded: its bytes were known under another ending."""
    plain = table(line("plain")).encode()
    wrong = {
        "a.csv": compressed(table(line("packed")).encode(), "gzip"),
        "part-0000": parquet("p", amount=["1.00", "2.00"]),
        "e.csv.gz": plain,
        "z.csv": compressed(table(line("zstd")).encode(), "zstd"),
    }
    right = {"a.csv": "a.csv.gz", "part-0000": "part-0000.parquet", "e.csv.gz": "e.csv", "z.csv": "z.csv.zst"}
    for name, content in wrong.items():
        write_bytes(tmp_path / "w" / "payment_events" / name, content)
        write_bytes(tmp_path / "r" / "payment_events" / right[name], content)
    first = ingest(settings, tmp_path / "w")
    assert total(first, "rows_quarantined") == len(wrong)
    assert "give its name the ending .gz" in sentences(first, "/a.csv")
    assert "Parquet: give its name the ending .parquet" in sentences(first, "part-0000")
    assert "without .gz" in sentences(first, "e.csv.gz")
    again = ingest(settings, tmp_path / "r")
    assert (total(again, "rows_read"), total(again, "rows_loaded")) == (5, 5)
    assert not quarantined(settings)
    assert total(ingest(settings, tmp_path / "r"), "rows_duplicate") == 5


def test_a_mended_row_leaves_the_quarantine(settings: Settings, tmp_path: Path) -> None:
    """The sender sent the day again with the row corrected, and the alarm about it stayed for ever."""
    feed = "payment_events"
    bad = [payment("e1"), payment("e2", amount="-1"), payment("e3", currency="EURO"), payment("e1", amount="5")]
    ingest(settings, write_rows(tmp_path / "d1" / feed / "day.csv", bad))
    second = ingest(settings, write_rows(tmp_path / "d2" / feed / "day.csv", [payment("e1"), payment("e2")]))
    assert account_of(second, "day.csv") == (2, 1, 1, 0)
    # What contradicts an accepted row, and what nobody corrected, stays.
    assert [row["reason"] for row in quarantined(settings)] == ["not_allowed:currency", "conflict"]
    from pipelines.lake.reingest import reingest, retry_quarantine
    from pipelines.lake.store import Lake

    accounts = [counts(account) for account in Lake(settings.lake).contents().accounts]
    assert sorted(accounts) == [(2, 1, 1, 0), (4, 1, 1, 2)]
    # All is rejected anew and taken out again: nothing differs, and the count is that of what is left.
    for again in (retry_quarantine(settings), reingest(settings, "canonical")):
        assert (again.rows_added, again.rows_removed, again.rows_quarantined, again.is_different) == (0, 0, 2, False)
    assert [row["reason"] for row in quarantined(settings)] == ["not_allowed:currency", "conflict"]


def test_a_column_that_nobody_knows_makes_no_conflict(settings: Settings, tmp_path: Path) -> None:
    """The export gained a column, and every old payment was reported as a contradiction of itself."""
    feed = "payment_events"
    old = [payment(f"e{number}") for number in range(3)]
    new = [{**row, "affiliate": "web"} for row in [*old, payment("e3"), payment("e4")]]
    deliver(settings, write_rows(tmp_path / "d1" / feed / "full.csv", old))
    second = deliver(settings, write_rows(tmp_path / "d2" / feed / "full.csv", new))
    assert account_of(second, "full.csv") == (5, 2, 3, 0)
    third = deliver(settings, write_rows(tmp_path / "d3" / feed / "full.csv", new))
    assert account_of(third, "full.csv") == (5, 0, 5, 0)
    changed = [{**row, "country": "DE"} for row in new]
    fourth = deliver(settings, write_rows(tmp_path / "d4" / feed / "full.csv", changed))
    assert account_of(fourth, "full.csv") == (5, 0, 0, 5)
    # What adds a value to an accepted row is told as that; what changes one is a plain conflict.
    assert any("values that they had not (country 5)" in remark for remark in fourth.remarks)
    other = [{**row, "amount": "5"} for row in changed]
    fifth = deliver(settings, write_rows(tmp_path / "d5" / feed / "full.csv", other))
    assert account_of(fifth, "full.csv") == (5, 0, 0, 5)
    assert not any("had not" in remark for remark in fifth.remarks)


def test_several_rows_of_one_day_are_told(settings: Settings, tmp_path: Path) -> None:
    """Plays were sent in place of days: of three plays one counted, and nobody was told."""
    rows = [
        {"customer_id": "c1", "activity_date": "2024-01-01", "minutes_watched": minutes} for minutes in (10, 20, 30)
    ]
    result = deliver(settings, write_rows(tmp_path / "engagement_daily" / "plays.csv", rows))
    assert "1 of its keys (customer_id, activity_date) come several times" in sentences(result, "engagement_daily")
    whole = [{**row, "recorded_at": f"2024-01-0{number}"} for number, row in enumerate(rows, start=2)]
    assert not sentences(deliver(settings, write_rows(tmp_path / "b" / "engagement_daily" / "b.csv", whole)), "keys")


def test_what_is_no_file_of_rows_is_said(settings: Settings, tmp_path: Path) -> None:
    """A page that said Error was an empty day, and a document cut off was named by a path nobody knew."""
    folder = tmp_path / "payment_events"
    write_bytes(folder / "page.csv", "<html>Error</html>")
    write_bytes(folder / "cut.json", '[{"event_id": "1"}, {"event_')
    result = deliver(settings, folder)
    assert "page.csv: it has no rows, and its header lacks the required columns event_id" in result.remarks[-1]
    assert 'Malformed JSON in file "cut.json"' in sentences(result, "cut.json")
