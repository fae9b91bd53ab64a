"""Migrations: any table as rows of a feed, by a mapping file."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.errors import UserError
from pipelines.lake import ingest as ingest_module
from pipelines.settings import Settings
from pipelines.sources import SOURCES, find_source
from pipelines.sources.base import Source
from pipelines.sources.mapping_file import load_mapping, register_mapping, registered_mapping, registered_mappings
from tests.conftest import write_rows
from tests.sources.delivering import FIXTURES, Inbox

LEGACY = FIXTURES / "mapping" / "legacy.yml"
DOCUMENT = Path(__file__).parents[2] / "docs" / "column-mapping.md"


@pytest.fixture
def mapped(inbox: Inbox) -> Inbox:
    """A lake whose only sender is the mapping."""
    register_mapping(inbox.settings, LEGACY)
    return inbox


def test_a_migration_in_full(mapped: Inbox) -> None:
    """Amounts with a decimal comma were a thousand times too large."""
    mapped.deliver_text("migration-legacy-billing", (FIXTURES / "mapping" / "legacy.csv").read_text(), "legacy.csv")
    always = {
        "customer_id": "k-1",
        "subscription_id": "A1",
        "billing_interval": "month",
        "billing_interval_count": 1,
        "provider": "legacy",
    }
    days = [datetime(2025, month, 1) for month in (2, 3, 4)]  # noqa: DTZ001 - stored times have no offset
    assert mapped.rows("subscription_events", order_by="occurred_at") == [
        {
            **always,
            "event_id": f"legacy:A1:{word}:01.{day.month:02}.2025",
            "event_type": kind,
            "occurred_at": day,
            "recorded_at": day,
            "currency": currency,
            "discount_amount": discount,
            **({"amount": amount} if amount else {}),
        }
        for day, word, kind, currency, amount, discount in zip(
            days,
            ("Beginn", "Zahlung", "Ende"),
            ("started", "renewed", "ended"),
            ("EUR", "CHF", "EUR"),
            (Decimal("1234.5"), Decimal("1234.5"), None),
            (Decimal(0), Decimal("12.5"), Decimal(0)),
            strict=True,
        )
    ]
    assert mapped.rejections() == [
        (4, "invalid:event_type"),
        (5, "invalid:occurred_at"),
        (6, "missing:customer_id"),
        (7, "invalid:discount_amount"),
    ]


def test_the_same_table_in_other_formats_is_a_duplicate(mapped: Inbox, tmp_path: Path) -> None:
    """The second attempt of a migration, with Parquet for CSV, doubled every subscription."""
    row: dict[str, Any] = {"Abo-Nr.": "A1", "Vorgang": "Beginn", "Datum": "01.02.2025", "Kunde": "k-1"}
    row |= {"Preis": "9,99", "Rabatt in Cent": 100, "Währung": "EUR"}
    for name in ("rows.jsonl", "rows.parquet", "rows.csv.gz"):
        path = write_rows(tmp_path / "files" / name, [row])
        (account,) = ingest_module.ingest(mapped.settings, path, source_name="migration-legacy-billing").accounts
        assert (account.rows_loaded, account.rows_duplicate) == ((1, 0) if name == "rows.jsonl" else (0, 1)), name
    (event,) = mapped.rows("subscription_events", "amount", "discount_amount")
    assert event == {"amount": Decimal("9.99"), "discount_amount": Decimal(1)}


def test_a_registered_mapping_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping lay in somebody's downloads, and landed files could not be mapped again."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    settings = Settings()
    assert registered_mapping(settings, "migration-legacy-billing") is None
    file = tmp_path / "mine.yml"
    file.write_text(LEGACY.read_text())
    source = register_mapping(settings, file)
    file.unlink()
    found = registered_mapping(settings, source.name)
    assert isinstance(found, Source)
    assert (found.name, found.required, found.rejections) == (source.name, source.required, source.rejections)
    assert list(registered_mappings(settings)) == ["migration-legacy-billing"]
    assert registered_mapping(settings, "legacy-billing") is None
    assert registered_mapping(settings, "migration-../legacy-billing") is None


def test_the_document_shows_the_file_that_is_tested() -> None:
    """The example in the document had an operation that there no longer was."""
    example = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0]
    assert yaml.safe_load(example) == yaml.safe_load(LEGACY.read_text())


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown feed": ({"feed": "invoices"}, "feed: 'invoices' is no feed: choose one of subscription_events"),
    "unknown column": ({"columns": {"price": "Preis"}}, "the feed subscription_events has no column 'price'"),
    "missing column": ({"columns": {"event_id": "Id"}}, "the feed subscription_events needs the column event_type"),
    "unknown operation": (
        {"columns": {"event_id": {"column": "Id", "lower": True}}},
        "columns.event_id.lower is no operation: choose from column, constant",
    ),
    "two origins": (
        {"columns": {"event_id": {"column": "Id", "constant": "x"}}},
        "columns.event_id: name exactly one of column, constant, concat and sql",
    ),
    "a brace not closed": (
        {"columns": {"event_id": {"concat": ["old:", "{Id"]}}},
        "columns.event_id.concat: '{Id' is neither a text nor a column: a column stands alone, as '{NAME}'.",
    ),
    "a column inside a text": (
        {"columns": {"event_id": {"concat": ["old:{Id}"]}}},
        "columns.event_id.concat: 'old:{Id}' is neither a text nor a column",
    ),
    "two columns in one text": (
        {"columns": {"event_id": {"concat": ["{Id}-{No}"]}}},
        "columns.event_id.concat: '{Id}-{No}' is neither a text nor a column",
    ),
    "no column in braces": (
        {"columns": {"event_id": {"concat": ["old:", "Id"]}}},
        "columns.event_id.concat: it reads no column, so every row would get the same: put columns in braces",
    ),
    "an unknown letter of strptime": (
        {"columns": {"event_id": "Id", "occurred_at": {"column": "Datum", "date_format": "%Q%"}}},
        "columns.occurred_at.date_format: '%Q%' is no format of strptime (%Q): correct it.",
    ),
    "no letter of strptime": (
        {"columns": {"event_id": "Id", "occurred_at": {"column": "Datum", "date_format": "dd.mm.yyyy"}}},
        "columns.occurred_at.date_format: 'dd.mm.yyyy' has no letter of strptime: write it like %d.%m.%Y.",
    ),
    "no name": ({"name": None}, "the entry name is missing: add it."),
    "a name that is a path": ({"name": "../x"}, "name must be small letters, digits and hyphens"),
    "an entry too many": (
        {"file": "x"},
        "file is no entry: there are name, feed, files, where, only_with, columns, events, sum_by",
    ),
    "columns as a list": ({"columns": ["Id"]}, "columns: must be a list of entries like customer_id: Client"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_one_sentence(mistake: str, tmp_path: Path) -> None:
    """A mistyped operation was ignored, and the amounts stayed in cents."""
    change, sentence = MISTAKES[mistake]
    file = tmp_path / "m.yml"
    content = {**yaml.safe_load(LEGACY.read_text()), **change}
    file.write_text(yaml.safe_dump({name: value for name, value in content.items() if value is not None}))
    with pytest.raises(UserError, match=re.escape(sentence)) as error:
        load_mapping(file)
    assert "\n" not in str(error.value)
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("text", "sentence"), [("a: [", "is not YAML"), ("- a", "must have the entries"), ("", "must")]
)
def test_a_file_that_is_no_mapping(text: str, sentence: str, tmp_path: Path) -> None:
    """A traceback of the parser was all that was said."""
    file = tmp_path / "m.yml"
    file.write_text(text)
    with pytest.raises(UserError, match=sentence):
        load_mapping(file)
    with pytest.raises(UserError, match="cannot be read"):
        load_mapping(tmp_path / "none.yml")


def test_any_text_names_a_column(inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quotation mark in the name of a column broke the statement, and a slash was taken for a path."""
    names = ['Kunde "alt"', "Kd./Nr.~'1'", "row_number"]
    content = {
        "name": "odd",
        "feed": "customer_events",
        "columns": {
            "event_id": {"concat": ["it's:", *(f"{{{name}}}" for name in names)]},
            "event_type": {"constant": "registered"},
            "occurred_at": {"constant": "2025-01-01"},
            "customer_id": names[0],
        },
    }
    file = tmp_path / "m.yml"
    file.write_text(yaml.safe_dump(content))
    source = load_mapping(file)
    monkeypatch.setattr(ingest_module, "find_source", lambda *_: source)
    ingest_module.ingest(
        inbox.settings,
        write_rows(tmp_path / "odd.csv", [dict(zip(names, "abc", strict=True))]),
        source_name=source.name,
    )
    assert [tuple(row.values()) for row in inbox.rows("customer_events", "event_id", "customer_id")] == [
        ("it's:abc", "a")
    ]


def test_a_code_is_the_text_that_was_written(tmp_path: Path) -> None:
    """Norway was read as false, and its customers had no country."""
    file = tmp_path / "m.yml"
    text = LEGACY.read_text().replace("{constant: legacy}", "{column: Land, values: {NO: off, 007: 1.10}}")
    file.write_text(text)
    select = load_mapping(file).mappings["subscription_events"]("EUR")
    assert "map {'NO': 'off', '007': '1.10'}" in select


def test_a_mistyped_column_is_not_taken_for_an_empty_one(mapped: Inbox) -> None:
    """The price column was spelled otherwise in the second year's file, and a year went without prices."""
    text = (FIXTURES / "mapping" / "legacy.csv").read_text()
    mapped.deliver_text("migration-legacy-billing", text.replace("Preis", "Betrag"), "legacy.csv")
    assert mapped.rejections() == [(row, "missing_column:Preis") for row in range(1, 8)]


def test_a_refused_mapping_is_not_registered(settings: Settings, tmp_path: Path) -> None:
    """A format that nothing can be read by stayed in the environment, and the file of data was to blame."""
    file = tmp_path / "m.yml"
    file.write_text(LEGACY.read_text().replace("%d.%m.%Y", "%Q%"))
    with pytest.raises(UserError, match="is no format of strptime"):
        register_mapping(settings, file)
    assert registered_mappings(settings) == []


def test_a_broken_mapping_fails_only_what_uses_it(settings: Settings) -> None:
    """One broken file in the folder of mappings stopped every ingest, those of feeds too."""
    source = register_mapping(settings, LEGACY)
    (settings.mappings / "broken.yml").write_text("a: [")
    (settings.mappings / "renamed.yml").write_text(LEGACY.read_text())
    assert find_source("canonical", settings) is SOURCES["canonical"]
    assert find_source(source.name, settings).name == source.name
    assert registered_mappings(settings) == ["migration-broken", source.name, "migration-renamed"]
    with pytest.raises(UserError, match=r"mappings/broken\.yml is not YAML"):
        find_source("migration-broken", settings)
    with pytest.raises(UserError, match=r"mappings/renamed\.yml has the name legacy-billing, which is not that of"):
        find_source("migration-renamed", settings)
