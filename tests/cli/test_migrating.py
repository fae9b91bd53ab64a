"""``churniq migrate check`` as a person meets it: one real check of a mapped CSV, and every mistake in one sentence.

Belongs here: the command. Does not belong here: what counts as a difference (``tests/pipelines/test_migration``).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.homes import publish_sql

AS_OF = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - snapshots are as of UTC without an offset
MAPPING = """
name: legacy
feed: subscription_events
columns:
  event_id: {concat: ["legacy:", "{Abo-Nr.}"]}
  event_type: {constant: started}
  occurred_at: {column: Beginn, date_format: "%d.%m.%Y"}
  customer_id: Kunde
  subscription_id: "Abo-Nr."
  offer_id: Tarif
  amount: {column: Preis, decimal_comma: true}
  currency: {column: Geld, default: EUR}
  billing_interval: {constant: month}
  period_end: {column: Bis, date_format: "%d.%m.%Y"}
"""
# A lake with subscriptions 1 to 4 of customers c1 to c4 and a second one of c1.
PUBLISHED = """
create schema core;
create table core.fct_subscriptions as
    select
        's' || number as subscription_id,
        if(number = 5, 'c1', 'kunde-' || number || '@example.com') as customer_id,
        'active' as status, true as has_access, true as auto_renew, 'basic' as offer_id, 'EUR' as currency,
        cast(9.9 as decimal(18,4)) as mrr, timestamp '2026-07-10 09:00:00' as period_end,
        timestamp '2026-06-10 09:00:00' as started_at
    from range(1, 6) as t (number);
update core.fct_subscriptions set customer_id = 'kunde-1@example.com' where subscription_id = 's5';
create table core.dim_customers as select distinct customer_id, 'paying' as status from core.fct_subscriptions;
create schema ops;
create table ops.build_info as select 'EUR' as reporting_currency, 'UTC' as timezone;
"""


def legacy(number: int, **columns: str) -> dict[str, str]:
    """A row of the old platform's export that agrees with the lake, unless said otherwise."""
    row = {"Abo-Nr.": f"L{number}", "Kunde": f"kunde-{number}@example.com", "Tarif": "basic", "Preis": "9,90"}
    return row | {"Beginn": "10.06.2026", "Bis": "10.07.2026", "Geld": "EUR"} | columns


@pytest.fixture
def lake(settings: Settings) -> Settings:
    """An environment whose published snapshot has five subscriptions of four customers."""
    return publish_sql(settings, PUBLISHED, as_of=AS_OF)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "legacy.yml"
    path.write_text(MAPPING)
    return path


@pytest.fixture
def files(lake: Settings, mapping: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder: an empty folder and exports of one row, beside a lake."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write_rows(tmp_path / "export.csv", [legacy(1)])
    write_rows(tmp_path / "yen.csv", [legacy(1, Geld="JPY")])
    write_rows(tmp_path / "bad.csv", [legacy(1, Preis="viel")])


def test_a_mapped_export_against_the_lake(churniq: Churniq, lake: Settings, mapping: Path, tmp_path: Path) -> None:
    """The old platform's list was compared by hand, and a customer who was charged twice was found by herself."""
    rows = [legacy(1), legacy(2, Preis="8,90"), legacy(3, Bis="12.07.2026"), legacy(9)]
    rows += [legacy(4, **{"Abo-Nr.": ""}), legacy(7, **{"Abo-Nr.": "L7", "Preis": "viel"})]
    export = write_rows(tmp_path / "export.csv", rows)
    out = tmp_path / "check.md"
    arguments = ("migrate", "check", "--before", export, "--before-mapping", mapping, "--out", out)
    checked = churniq(*arguments, "--format", "json")
    assert (checked.status, checked.err) == (1, "")
    told = json.loads(checked.out)
    assert told["verdict"] == "differences"
    assert told["as_of"] == "2026-07-01T12:00:00"
    assert told["counts"] == {"missing": 1, "surplus": 1, "doubled": 1, "changed": 2}
    assert told["before"]["rejected"] == {"invalid:amount": 1, "missing:event_id": 1}
    assert [(line["line"], line["subscriptions"], line["mrr"]) for line in told["closing"]] == [
        ("before", 4, "38.6000"),
        ("missing", -1, "-9.9000"),
        ("surplus", 1, "9.9000"),
        ("doubled", 1, "9.9000"),
        ("changed", 0, "1.0000"),
        ("within the tolerance", 0, "0.0000"),
        ("after", 5, "49.5000"),
    ]
    assert [row["changed_fields"] for row in told["rows"]["changed"]] == [["mrr"], ["period_end"]]
    written = out.read_text()
    for name in ("", "-subscriptions.csv", "-customers.csv"):
        text = written if not name else (tmp_path / f"check{name}").read_text()
        assert "kunde-" not in text
        assert "email:" in text
    assert "| Decision (accepted / rejected) |  |" in written
    assert "Refused and so not compared: 2 rows of before" in written
    assert not list(lake.work.glob("migration-*"))
    again = churniq(*arguments)
    assert again.sentence == f"churniq: {out} exists and may be signed: give --out another name, or remove it."


def test_a_lake_against_itself(churniq: Churniq, lake: Settings, tmp_path: Path) -> None:
    """A passed check is what a release waits for, so its exit status is 0."""
    shown = churniq("migrate", "check", "--before", lake.home, "--after", "lake", "--out", tmp_path / "r.html")
    assert shown.status == 0
    assert shown.out.startswith("pass: missing 0, surplus 0, doubled 0, changed 0\n")
    assert "<h1>Migration check</h1>" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--before", "nowhere"), "--before: there is no file or folder nowhere: check the path"),
        (("--before", "empty"), "--before: empty holds no files to ingest: put the files of a feed in a folder"),
        (
            ("--before", "export.csv", "--before-source", "nobody"),
            "--before: There is no source 'nobody': choose one of",
        ),
        (("--before", "export.csv", "--before-source", "kkbox"), "it lacks the columns msno, "),
        (("--before", "lake", "--before-source", "kkbox"), "--before lake is a lake, whose rows are mapped already"),
        (("--before", "yen.csv", "--before-mapping", "legacy.yml"), "There is no exchange rate from JPY to EUR"),
        (
            ("--before", "bad.csv", "--before-mapping", "legacy.yml"),
            "bad.csv: not one of its 1 rows was loaded (invalid:amount",
        ),
        (("--before", "lake", "--as-of", "2025-01-01"), "There is no snapshot as of 2025-01-01T00:00:00: run churniq"),
        (("--before", "lake", "--identity", "export.csv"), "is no CSV file with the columns before_id and after_id"),
        (("--before", "lake", "--out", "no/r.md"), "There is no folder no for the report"),
    ],
)
def test_what_cannot_be_compared(arguments: tuple[str, ...], sentence: str, churniq: Churniq, files: None) -> None:
    """A check of an empty folder passed."""
    refused = churniq("migrate", "check", *arguments)
    assert refused.status == 1
    assert sentence in refused.sentence


def test_a_lake_without_a_build(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """The new environment was not built yet, and its emptiness was taken for a loss of everybody."""
    refused = churniq("migrate", "check", "--before", write_rows(tmp_path / "a.csv", [legacy(1)]))
    assert refused.status == 1
    assert refused.sentence == (
        f"churniq: Nothing is published in {settings.home} yet: run churniq ingest PATH, then churniq build."
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "churniq: Missing option '--before' (see churniq migrate check --help)."),
        (
            ("--before", "lake", "--out", "r.pdf"),
            "churniq: --out r.pdf ends in neither .md nor .html: name the report so (see",
        ),
        (("--before", "lake", "--tolerance-mrr", "-1"), "-1 is no amount: give one such as 0.01 (see"),
        (("--before", "lake", "--tolerance-mrr", "nan"), "nan is no amount: give one such as 0.01 (see"),
        (("--before", "lake", "--as-of", "soon"), "--as-of soon is not understood: give a timestamp such as"),
        (("--before", "lake", "--as-of", "latest"), "--as-of latest is not understood: give a timestamp such as"),
        (("--before", "lake", "--ignore", "mrr"), "churniq: Invalid value for '--ignore': 'mrr' is not one of"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], complaint: str, churniq: Churniq) -> None:
    """A mistyped tolerance let everything pass."""
    assert complaint in churniq("migrate", "check", *arguments).complaint
