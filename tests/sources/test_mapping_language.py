"""Single operations of mapping files, each on the values that were read wrong or refused without reason.

Belongs here: what an operation makes of a text. Does not belong here: whole exports (``test_mapping_examples``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml

from pipelines.lake.ingest import ingest
from pipelines.lake.reingest import reingest, retry_quarantine
from pipelines.settings import Settings
from pipelines.sources.mapping_expressions import checked_expression
from pipelines.sources.mapping_file import register_mapping, replaced_mapping
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, quarantined, total

PLAIN: dict[str, Any] = {
    "event_id": {"concat": ["m:", "{id}"]},
    "event_type": {"constant": "succeeded"},
    "occurred_at": "at",
    "customer_id": "who",
    "transaction_id": "id",
    "amount": "value",
    "currency": "cur",
}


def mapped(settings: Settings, folder: Path, path: Path, entries: dict[str, Any] | None = None, **rules: Any) -> Any:
    """Ingest a file by a mapping of payments with rules in place of plain ones; the result of the ingest."""
    content = {"name": "m", "feed": "payment_events", **(entries or {}), "columns": {**PLAIN, **rules}}
    file = write_bytes(folder / "m.yml", yaml.safe_dump(content, allow_unicode=True))
    return ingest(settings, path, source_name=register_mapping(settings, file).name)


def outcomes(settings: Settings, folder: Path, column: str, texts: list[str], **rules: Any) -> dict[str, str]:
    """What became of each text in the column of the file that the rules read: the value, or the reason."""
    plain = {"id": "", "at": "2024-01-01", "who": "c", "value": "1", "cur": "EUR"}
    target = {"value": "amount", "at": "occurred_at", "cur": "currency", "who": "customer_id"}[column]
    rows = [{**plain, "id": str(number), column: text} for number, text in enumerate(texts)]
    mapped(settings, folder, write_rows(folder / "a.csv", rows), **rules)
    shown = f"transaction_id as id, cast({target} as varchar) as value"
    found = {row["id"]: row["value"] for row in accepted(settings, "payment_events", shown)}
    refused = {str(row["row_number"] - 1): row["reason"] for row in quarantined(settings)}
    return {text: {**found, **refused}[str(number)] for number, text in enumerate(texts)}


def test_a_row_that_contradicts_its_folder_is_refused(settings: Settings, tmp_path: Path) -> None:
    """Euros in the folder of dollars: whichever of the two is right, the other was taken."""
    plain = {"at": "2024-01-01", "who": "c", "value": "1"}
    rows = [{**plain, "id": "1", "cur": "EUR"}, {**plain, "id": "2", "cur": "USD"}, {**plain, "id": "3", "cur": None}]
    write_rows(tmp_path / "in" / "cur=USD" / "a.csv", rows)
    write_rows(tmp_path / "in" / "cur=USD" / "b.jsonl", [{**row, "id": f"j{row['id']}"} for row in rows])
    mapped(settings, tmp_path, tmp_path / "in")
    found = accepted(settings, "payment_events", "transaction_id as id, currency")
    assert {row["id"]: row["currency"] for row in found} == dict.fromkeys(["2", "3", "j2", "j3"], "USD")
    assert [row["reason"] for row in quarantined(settings)] == ["folder_differs:cur"] * 2


def test_numbers_of_a_declared_form(settings: Settings, tmp_path: Path) -> None:
    """12.50 came out as 1250, since every point was taken for one between thousands."""
    bad = "invalid:amount"
    right = {"12,50": "12.5000", "1.234,50": "1234.5000", "1.234": "1234.0000", "1.234.567,8": "1234567.8000"}
    wrong = ["12.50", "12.5", "1,234.50", "1234.50", "12,50 €", "1 234,50", "1'234,50", "1.23.4,5", "12,", "1.2345,67"]
    expected = {**right, **dict.fromkeys(wrong, bad), "-12,50": "negative:amount"}
    found = outcomes(settings, tmp_path, "value", list(expected), amount={"column": "value", "decimal_comma": True})
    assert found == expected


def test_numbers_with_symbols_and_spaces(settings: Settings, tmp_path: Path) -> None:
    """French exports divide thousands by a narrow space that looks like any other."""
    form = {"decimal": ",", "group": " ", "strip": ["€", "EUR"]}
    expected = {"1 234,50 €": "1234.5000", "1\u00a0234,50": "1234.5000", "1\u202f234,50\u00a0€": "1234.5000"}
    expected |= {"EUR 5": "5.0000", "12 34,5": "invalid:amount", "$5": "invalid:amount"}
    found = outcomes(settings, tmp_path, "value", list(expected), amount={"column": "value", "number": form})
    assert found == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("minor_units", ["10.0000", "1000.0000", "1.0000", "10.0000"]),
        ("divide_by_100", ["10.0000", "invalid:amount", "invalid:amount", "10.0000"]),
    ],
)
def test_minor_units_go_by_the_currency(
    operation: str, expected: list[str], settings: Settings, tmp_path: Path
) -> None:
    """1,000 yen were ten, and a dinar ten."""
    currencies = ["USD", "JPY", "KWD", "EUR"]
    rows = [{"id": c, "at": "2024-01-01", "who": "c", "value": 1000, "cur": c} for c in currencies]
    mapped(settings, tmp_path, write_rows(tmp_path / "a.csv", rows), amount={"column": "value", operation: True})
    found = {
        row["id"]: row["v"] for row in accepted(settings, "payment_events", "transaction_id as id, amount::varchar v")
    }
    refused = {currencies[row["row_number"] - 1]: row["reason"] for row in quarantined(settings)}
    assert [{**found, **refused}[currency] for currency in currencies] == expected


def test_hours_that_are_told_twice_or_never(settings: Settings, tmp_path: Path) -> None:
    """An hour in October was guessed, and an hour in March that there was not came out as the next one."""
    bad = "invalid:occurred_at"
    expected = {
        "2024-01-15 10:00:00 Europe/Berlin": "2024-01-15 09:00:00",
        "2024-03-31 02:30:00 Europe/Berlin": bad,
        "2024-10-27 02:30:00 Europe/Berlin": bad,
        "2024-04-07 01:45:00 Australia/Lord_Howe": bad,
        "2024-07-01 10:00:00 America/Los_Angeles": "2024-07-01 17:00:00",
        "2024-07-01 10:00:00.25 UTC": "2024-07-01 10:00:00.25",
        "2024-07-01 10:00:00 Z": "2024-07-01 10:00:00",
        **dict.fromkeys(("2024-07-01 10:00:00 PDT", "2024-07-01 10:00:00 CEST", "2024-07-01 10:00:00 Mars/Base"), bad),
    }
    rule = {"column": "at", "date_format": "%Y-%m-%d %H:%M:%S %Z"}
    assert outcomes(settings, tmp_path, "at", list(expected), occurred_at=rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"date_format": "%Y-%m-%d %H:%M:%S %z"},
            {
                "2024-10-27 02:30:00 +0200": "2024-10-27 00:30:00",
                "2024-10-27 02:30:00 +01:00": "2024-10-27 01:30:00",
                "2024-10-27 02:30:00 Z": "2024-10-27 02:30:00",
            },
        ),
        (
            {"date_format": "%Y-%m-%d %H:%M:%S UTC"},
            {
                "2024-01-01 10:00:00.123 UTC": "2024-01-01 10:00:00.123",
                "2024-01-01 10:00:00 UTC": "2024-01-01 10:00:00",
            },
        ),
        (
            {"epoch": "seconds"},
            {
                "1704103200": "2024-01-01 10:00:00",
                "1704103200.5": "2024-01-01 10:00:00.5",
                "1704103200000": "invalid:occurred_at",
                "2024-01-01": "invalid:occurred_at",
            },
        ),
        ({"date_format": "%s"}, {"1704103200": "2024-01-01 10:00:00", "1704103200000": "invalid:occurred_at"}),
        ({"epoch": "microseconds"}, {"1704103200000000": "2024-01-01 10:00:00"}),
        (
            {"epoch": "nanoseconds"},
            {
                "1704103200000000000": "2024-01-01 10:00:00",
                "1704103200123456789": "2024-01-01 10:00:00.123456",
                "1704103200": "out_of_range:occurred_at",
                "99999999999999999999": "out_of_range:occurred_at",
            },
        ),
        ({"epoch": "excel"}, {"45292.4166667": "2024-01-01 10:00:00"}),
        (
            {"time_zone": "Europe/Berlin", "ambiguous": "earlier"},
            {
                "2024-10-27 02:30:00": "2024-10-27 00:30:00",
                "2024-07-01T10:00": "2024-07-01 08:00:00",
                "2024-07-01T10:00:00Z": "2024-07-01 10:00:00",
            },
        ),
        ({"time_zone": "Europe/Berlin", "ambiguous": "later"}, {"2024-10-27 02:30:00": "2024-10-27 01:30:00"}),
        ({"date_format": "%b %d, %Y"}, {"Nov 1, 2019": "2019-11-01 00:00:00", "Nov 11, 2019": "2019-11-11 00:00:00"}),
    ],
)
def test_times(rule: dict[str, Any], expected: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    """Epoch seconds could not be said at all, and a fraction of a second took a row away."""
    found = outcomes(settings, tmp_path, "at", list(expected), occurred_at={"column": "at", **rule})
    assert found == expected


def test_words_for_nothing_are_declared(settings: Settings, tmp_path: Path) -> None:
    """The best customer was called NULL, and whoever had no currency paid in euros."""
    rule = {"column": "cur", "default": "EUR"}
    words = ["USD", "", "NULL", "-"]
    assert outcomes(settings, tmp_path, "cur", words, currency={**rule, "nothing": ["-"]}) == {
        "USD": "USD", "": "EUR", "NULL": "missing:currency", "-": "EUR",
    }  # fmt: skip
    assert outcomes(settings, tmp_path / "b", "who", ["NULL", "c1"])["NULL"] == "missing:customer_id"


def test_lines_to_skip_that_do_not_fit_the_file(settings: Settings, tmp_path: Path) -> None:
    """The header itself was skipped, and the sentence said that the file had no such columns."""
    header, row = "id,at,who,value,cur", "1,2024-01-01,c,1,EUR"
    texts = {"none": f"{header}\n{row}\n{row}\n", "one": f"title\n{header}\n{row}\n", "four": "a\nb\nc\nd\n" + header}
    said = {}
    for name, text in texts.items():
        path = write_bytes(tmp_path / name / "a.csv", text)
        said[name] = mapped(settings, tmp_path, path, {"files": {"skip_rows": "2"}}).unreadable[0]
    assert "line 1, which skip_rows: 2 leaves out: leave skip_rows out of the mapping" in said["none"]
    assert "line 2, which skip_rows: 2 leaves out: declare skip_rows: 1" in said["one"]
    assert "line 5, divided by a comma: remove the 4 lines before them, or declare skip_rows: 4" in said["four"]


def test_sums_over_several_files_are_told(settings: Settings, tmp_path: Path) -> None:
    """The sessions of a day came in two files: each was summed, one of the sums counted, and nobody was told."""
    columns = {"customer_id": "who", "activity_date": "day", "minutes_watched": "minutes"}
    content = {"name": "m", "feed": "engagement_daily", "columns": columns, "sum_by": ["customer_id", "activity_date"]}
    mapping = write_bytes(tmp_path / "m.yml", yaml.safe_dump(content))
    for name, minutes in {"a.csv": (1, 2), "b.csv": (4,)}.items():
        rows = [{"who": "c", "day": "2024-01-01", "minutes": str(one)} for one in minutes]
        write_rows(tmp_path / "in" / name, rows)
    (said,) = ingest(settings, tmp_path / "in", source_name=register_mapping(settings, mapping).name).remarks
    assert "1 of its keys (customer_id, activity_date) come several times" in said
    assert said.endswith("sum_by sums the rows of one file only, so put them into one file.")


def test_a_mended_row_of_a_mapped_file_leaves_the_quarantine(settings: Settings, tmp_path: Path) -> None:
    """Only rows of feeds did: the alarm about a mapped file stayed though the export had been sent again, mended."""
    row = {"at": "2024-01-01", "who": "c", "cur": "EUR"}
    bad = [{**row, "id": "1", "value": "1"}, {**row, "id": "2", "value": "x"}, {**row, "id": "3", "value": "y"}]
    good = [{**row, "id": "2", "value": "2"}, {**row, "id": "4", "value": "4"}]
    mapped(settings, tmp_path, write_rows(tmp_path / "a" / "day.csv", bad))
    mapped(settings, tmp_path, write_rows(tmp_path / "b" / "day.csv", good))
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [(3, "invalid:amount")]
    retry_quarantine(settings)
    assert [row["row_number"] for row in quarantined(settings)] == [3]


def test_values_that_lie_deep_and_floats_that_are_no_ids(settings: Settings, tmp_path: Path) -> None:
    """customer.id could not be reached, a key given twice was taken by its second value, an object was a customer."""
    row = {"id": "1", "at": "2024-01-01", "value": 5, "cur": "EUR", "a.b": "dotted"}
    deep = {**row, "customer": {"id": "k1", "cards": [{"no": "x"}, {"no": "y"}]}}
    lines = [json.dumps(deep), json.dumps({**deep, "id": 1.5}), '{"id": "3", "id": "4", "at": "2024-01-01"}']
    lines += [json.dumps({**deep, "id": "6", "customer": {"id": {"no": 7}}})]
    lines += [json.dumps({**deep, "id": "5"}).replace('"id": "k1"', '"id": "k1", "id": "k2"')]
    rules = {"customer_id": "customer.id", "offer_id": "a.b", "provider": "customer.cards[1].no"}
    path = write_bytes(tmp_path / "a.jsonl", "\n".join(lines))
    mapped(settings, tmp_path, path, **rules, channel="customer/cards/0/no")
    found = accepted(settings, "payment_events", "customer_id, offer_id, provider, channel")
    assert [tuple(row.values()) for row in found] == [("k1", "dotted", "y", "x")]
    reasons = ["invalid:event_id", "duplicate_key", "invalid:customer_id", "duplicate_key"]
    assert [row["reason"] for row in quarantined(settings)] == reasons
    table = pa.table(
        {"id": [1.0, None], "at": ["2024-01-01"] * 2, "who": ["c"] * 2, "value": [9.99] * 2, "cur": ["EUR"] * 2}
    )
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    result = mapped(settings, tmp_path, tmp_path / "a.parquet")
    assert total(result, "rows_loaded") == 0
    result = mapped(settings, tmp_path, write_bytes(tmp_path / "page.csv", "<html>Sign in</html>"))
    assert "page.csv: it has no rows, and its header lacks the required columns" in result.remarks[-1]


def test_rows_that_tell_nothing_and_rows_that_tell_much(settings: Settings, tmp_path: Path) -> None:
    """Every subscription that had not ended lay in the quarantine for its missing end."""
    rows = [
        {"id": "1", "at": "2024-01-01", "ended": "2024-03-01", "who": "a", "value": "9.99", "cur": "EUR", "state": "x"},
        {"id": "2", "at": "2024-01-01", "ended": "", "who": "b", "value": "9.99", "cur": "EUR", "state": "y"},
        {"id": "3", "at": "2024-01-01", "ended": "", "who": "b", "value": "9.99", "cur": "EUR", "state": "draft"},
    ]
    refund = {
        "event_id": {"concat": ["m:", "{id}", ":back"]},
        "event_type": {"constant": "refunded"},
        "occurred_at": {"column": "ended", "optional": True},
    }
    entries = {"where": "state <> 'draft'", "events": [{}, {"columns": refund}]}
    result = mapped(settings, tmp_path, write_rows(tmp_path / "a.csv", rows), entries)
    found = accepted(settings, "payment_events", "event_id, event_type")
    assert [tuple(row.values()) for row in found] == [
        ("m:1", "succeeded"),
        ("m:1:back", "refunded"),
        ("m:2", "succeeded"),
    ]
    assert (total(result, "rows_read"), total(result, "rows_quarantined")) == (2, 0)
    assert "1 rows tell nothing" in " ".join(result.remarks)
    failing = mapped(
        settings, tmp_path, tmp_path / "a.csv", {"where": "cast(value as integer) > 1 or cast(who as date) > '1'"}
    )
    assert total(failing, "rows_quarantined") == 3


def test_a_name_stands_for_one_mapping_a_file(settings: Settings, tmp_path: Path) -> None:
    """A second migration under the name of the first took the first one's rows away at the next retry."""
    one = {"id": ["1", "2"], "at": ["2024-01-01"] * 2, "who": ["c"] * 2, "value": ["1", "-1"], "cur": ["EUR"] * 2}
    rows = [dict(zip(one, values, strict=True)) for values in zip(*one.values(), strict=True)]
    mapped(settings, tmp_path, write_rows(tmp_path / "a.csv", rows))
    other = [{("no" if key == "id" else key): value for key, value in row.items()} for row in rows[:1]]
    file = write_bytes(
        tmp_path / "n.yml", (tmp_path / "m.yml").read_text().replace("id}", "no}").replace(": id\n", ": no\n")
    )
    told = replaced_mapping(settings, file)
    assert told is not None
    assert "Another mapping called m was registered before" in told
    source = register_mapping(settings, file)
    ingest(settings, write_rows(tmp_path / "b.csv", [{**other[0], "no": "9"}]), source_name=source.name)
    retry_quarantine(settings)
    reingest(settings, source.name)
    assert [row["event_id"] for row in accepted(settings, "payment_events", "event_id")] == ["m:1", "m:9"]
    reingest(settings, source.name, by_newest=True)
    assert [row["event_id"] for row in accepted(settings, "payment_events", "event_id")] == ["m:9"]


@pytest.mark.parametrize(
    "text",
    [
        *("read_csv('x')", "(select 1)", "sum(a)", "count(*)", "a.b", "a; drop table b", "current_date", "*", "a as b"),
        *(
            "getenv('HOME')",
            "nextval('s')",
            "random()",
            "list_transform([1], x -> x)",
            "a from b",
            "row_number() over ()",
        ),
        *("exists (select 1)", "read_text('/etc/passwd')", "query('select 1')", "pragma_version()", "$1", "1 +", ""),
        *("current_setting('x')", "now()", "a in (select 1)", "glob('*')", "upper(1, 2, 3)"),
    ],
)
def test_an_expression_sees_one_row_and_nothing_else(text: str) -> None:
    """An expression in a mapping file that somebody sent read another file of the machine."""
    with pytest.raises(ValueError, match=r"\S"):
        checked_expression(text)
