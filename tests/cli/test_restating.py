"""restate and explain on a month that was known in two ways, each difference for another reason."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.publishing.snapshots import find_snapshot, publish, published_pointers
from pipelines.readings.explanation import owners_of_event
from pipelines.readings.restatement import restate
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from tests.cli.conftest import Churniq
from tests.reference import random_history, write_feeds
from tests.reference.state import Event, FxRate
from tests.warehouse.continuing import run_models

KNOWN_AT = "2025-02-05T12:00:00"
NOW = "2025-04-01T00:00:00"
NEEDED = (
    *("fct_mrr_movements", "fct_mrr_monthly", "fct_subscriptions", "sequence_anomalies", "fct_transactions"),
    "fct_support_contacts",
)
MONTHLY = {"currency": "EUR", "billing_interval": "month"}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _event(number: int, event_type: str, at: str, customer: str, *, known: str | None = None, **more: Any) -> Event:
    return Event(
        event_id=f"r{number}",
        event_type=event_type,
        occurred_at=_at(at),
        recorded_at=_at(known or at),
        customer_id=customer,
        subscription_id=more.pop("subscription", f"sub-{customer}"),
        **more,
    )


def _started(number: int, at: str, customer: str, **more: Any) -> Event:
    return _event(number, "started", at, customer, **{"amount": Decimal(10), **MONTHLY, **more})


EVENTS = [
    _started(1, "2025-01-10", "late", known="2025-02-10", period_end=_at("2025-06-10")),
    _started(2, "2025-01-05", "corrected", period_end=_at("2025-06-05")),
    _event(3, "plan_changed", "2025-01-20T08:00", "corrected", amount=Decimal(20), **MONTHLY),
    _event(4, "plan_changed", "2025-01-20T09:00", "corrected", known="2025-02-20", amount=Decimal(30), **MONTHLY),
    _started(5, "2024-12-01", "refund", period_end=_at("2025-06-01")),
    _event(6, "ended", "2025-01-15", "refund", known="2025-03-01", end_reason="refunded"),
    _started(7, "2025-01-08", "rate", currency="USD", period_end=_at("2025-06-08")),
    _started(8, "2025-01-09", "token:x", subscription="linked", period_end=_at("2025-06-09")),
    _started(9, "2024-12-10", "lapse", period_end=_at("2025-01-10")),
    _started(10, "2025-01-03", "same", period_end=_at("2025-06-03")),
]
# Everybody's subscription lapses in January, as was not known then; only those who changed to euros had an amount in
# dollars at the rate of 8 January.
RATED: dict[str, Any] = {"currency": "USD", "period_end": _at("2025-01-11")}
EVENTS_IN_OTHER_CURRENCIES = [
    _started(11, "2024-12-10", "rate-of-another-day", **RATED),
    _started(12, "2024-12-10", "rate-of-another-currency", **{**RATED, "currency": "GBP"}),
    _started(13, "2024-12-10", "rate-kept", **RATED),
    _event(14, "renewed", "2025-01-08", "rate-kept", amount=Decimal(10), **{**MONTHLY, **RATED}),
    _started(15, "2025-01-08", "rate-until-euros", **RATED),
    _event(16, "plan_changed", "2025-01-09", "rate-until-euros", amount=Decimal(10), **MONTHLY),
    _started(17, "2025-01-08", "rate-of-who-lapsed", **RATED),
    _started(18, "2024-11-10", "rate-taken-anew", currency="USD", period_end=_at("2024-11-11")),
    _event(19, "renewed", "2025-01-08", "rate-taken-anew", amount=Decimal(10), **{**MONTHLY, **RATED}),
]
RATES = [
    FxRate(date(2020, 1, 1), "USD", Decimal("0.5")),
    FxRate(date(2025, 1, 8), "USD", Decimal("0.9"), recorded_at=_at("2025-03-01")),
    FxRate(date(2025, 1, 8), "GBP", Decimal("1.3"), recorded_at=_at("2025-03-01")),
]


@pytest.fixture(scope="module")
def known_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with a snapshot as of then and one as of now, of the story above and of random histories."""
    folder = tmp_path_factory.mktemp("known_twice")
    random = [random_history(seed, mode="wild") for seed in range(40)]
    write_feeds(
        [*EVENTS, *EVENTS_IN_OTHER_CURRENCIES, *(event for history in random for event in history[0])],
        [*RATES, *random[0][1], *(FxRate(date(2020, 1, 1), name, Decimal("1.1")) for name in ("GBP", "TWD", "JPY"))],
        folder / "feeds",
    )
    links = folder / "feeds" / "identity_links"
    links.mkdir()
    (links / "rows.csv").write_text("alias_kind,alias_value,customer_id,recorded_at\ntoken,x,linked,2025-02-15\n")
    tickets = folder / "feeds" / "support_tickets"
    tickets.mkdir()
    (tickets / "rows.csv").write_text("ticket_id,customer_id,opened_at,topic\nk1,token:x,2025-01-20,billing\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        patched.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
        settings = Settings().prepare()
        ingest(settings, folder / "feeds")
        for as_of in (KNOWN_AT, NOW):
            build = Build(as_of=as_of)
            run_models(build, "--select", *(f"+{name}" for name in NEEDED), "+dim_customers", "build_info")
            publish(
                settings,
                build.warehouse,
                name=as_of.replace(":", ""),
                as_of=datetime.fromisoformat(as_of),
                lake_version=Lake(settings.lake).version,
                is_current=as_of == NOW,
            )
    return folder / "home"


@pytest.fixture
def told(known_twice: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That environment, for commands."""
    monkeypatch.setenv("CHURNIQ_HOME", str(known_twice))
    return known_twice


def _restated(churniq: Churniq, month: str) -> dict[str, Any]:
    outcome = churniq("restate", "--month", month, "--known-at", KNOWN_AT, "--no-build", "--format", "json")
    assert outcome.status == 0, outcome.err
    document: dict[str, Any] = json.loads(outcome.out)
    return document


@pytest.mark.usefixtures("told")
def test_every_reason_for_a_difference_is_named(churniq: Churniq) -> None:
    """An analyst who is asked why a month changed has to name the events."""
    found = {
        row["customer_id"]: (row["cause"], row["event_id"], row["movement_type_now"], Decimal(row["difference"]))
        for row in _restated(churniq, "2025-01")["differences"]
        if "-" not in row["customer_id"]
    }
    assert found == {
        "late": ("late_event", "r1", "new", Decimal(10)),
        "corrected": ("corrected_event", "r4", "expansion", Decimal(10)),
        "refund": ("refunded", "r6", "churn", Decimal(-10)),
        "rate": ("exchange_rate", None, "new", Decimal(4)),
        "token:x": ("identity_link", None, None, Decimal(-10)),
        "linked": ("identity_link", None, "new", Decimal(10)),
        "lapse": ("clock", None, "churn", Decimal(-10)),
    }


@pytest.mark.usefixtures("told")
def test_only_the_rate_in_force_explains_an_amount(churniq: Churniq) -> None:
    """A changed rate of any day was named for every customer who ever paid in its currency."""
    found = {
        (row["customer_id"].removeprefix("rate-"), row["movement_date"][-2:], row["cause"])
        for row in _restated(churniq, "2025-01")["differences"]
        if row["customer_id"].startswith("rate-")
    }
    assert found == {
        ("of-another-day", "11", "clock"),
        ("of-another-currency", "11", "clock"),
        ("kept", "11", "clock"),
        ("until-euros", "08", "exchange_rate"),
        ("until-euros", "09", "exchange_rate"),
        ("until-euros", "11", "clock"),
        ("of-who-lapsed", "08", "exchange_rate"),
        ("of-who-lapsed", "11", "clock"),
        ("taken-anew", "08", "exchange_rate"),
        ("taken-anew", "11", "clock"),
    }


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("month", ["2025-01", "2025-02"])
def test_causes_sum_to_the_difference_of_the_totals(churniq: Churniq, month: str) -> None:
    """Of movements of random histories, too, to the last digit."""
    document = _restated(churniq, month)
    by_type = dict.fromkeys(("new", "expansion", "contraction", "churn", "reactivation"), Decimal(0))
    for row in document["causes"]:
        by_type[row["movement_type"]] += Decimal(row["difference"])
    totals = {row["item"]: Decimal(row["difference"]) for row in document["totals"]}
    assert {name: totals[f"{name}_mrr"] for name in by_type} == by_type
    assert document["differences"]


@pytest.mark.usefixtures("told")
def test_the_events_come_with_their_file_and_row(churniq: Churniq) -> None:
    """Down to the raw row, or the sender cannot be asked."""
    events = {row["event_id"]: row for row in _restated(churniq, "2025-01")["events"]}
    assert events["r1"]["file"].startswith("subscription_events/part-")
    assert events["r1"]["row"] > 0
    assert "r10" not in events


@pytest.mark.usefixtures("told")
def test_a_month_is_explained_by_its_movements_and_their_events(churniq: Churniq) -> None:
    """The movements listed are those of the mart, and each has its event or says that there was none."""
    outcome = churniq("explain", "month", "2025-01", "churn", "--format", "csv")
    rows = {row["customer_id"]: row for row in csv.DictReader(io.StringIO(outcome.out))}
    assert (rows["refund"]["event_id"], rows["refund"]["churn_rule"]) == ("r6", "end_reason")
    assert rows["lapse"]["event_type"].startswith("no event")
    expected = churniq(
        "sql",
        "select customer_id from revenue.fct_mrr_movements where movement_type = 'churn' "
        "and movement_date >= '2025-01-01' and movement_date < '2025-02-01'",
        "--format",
        "json",
    )
    assert set(rows) == {row["customer_id"] for row in json.loads(expected.out)}


@pytest.mark.usefixtures("told")
def test_a_customer_is_told_in_time_order(churniq: Churniq) -> None:
    """Events, the states they led to and the movements, each with the rule."""
    story = json.loads(churniq("explain", "customer", "refund", "--format", "json").out)
    assert [row["what"] for row in story] == ["event", "state", "movement", "event", "state", "movement"]
    assert story[-1]["rule"] == "voluntary by end_reason"
    instants = [datetime.fromisoformat(row["instant"]) + timedelta(row["what"] == "movement") for row in story]
    assert instants == sorted(instants)


@pytest.mark.usefixtures("told")
def test_an_event_leads_to_whose_it_is() -> None:
    """Who had the id of an event from a file or an export could search for it in vain: only payments were found."""
    settings = Settings()
    then, *_ = (each for each in published_pointers(settings) if each.as_of == KNOWN_AT)
    assert owners_of_event(settings, "r6") == ["refund"]
    assert owners_of_event(settings, "r8") == ["linked"], "and not the token that it was sent with"
    assert owners_of_event(settings, "r6", pointer=then) == [], "it was not known then"
    assert owners_of_event(settings, "nobody's") == []


@pytest.mark.usefixtures("told")
def test_the_story_has_the_tickets_of_all_identifiers(churniq: Churniq) -> None:
    story = json.loads(churniq("explain", "customer", "linked", "--format", "json").out)
    assert [row["detail"] for row in story if row["what"] == "ticket"] == ["k1 billing"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("restate", "--month", "2026-01", "--known-at", KNOWN_AT), "choose one from"),
        (("restate", "--month", "2025-01", "--known-at", "1999-01-01"), "Nothing was known"),
        (("restate", "--month", "2031-01", "--known-at", "2025-01-09"), "choose one from"),
        (("restate", "--month", "2025-02", "--known-at", "2025-01-09"), "had not begun"),
        (("restate", "--month", "2025-01", "--known-at", "2031-01-01"), "later than what is published"),
        (("restate", "--month", "2025-01", "--known-at", "2025-02-06", "--no-build"), "churniq build --as-of"),
        (("explain", "month", "2031-01"), "choose one from"),
        (("explain", "customer", "refunt"), "the nearest are refund"),
    ],
)
def test_mistakes_are_answered_with_what_there_is(churniq: Churniq, arguments: tuple[str, ...], part: str) -> None:
    """One sentence, and no traceback."""
    outcome = churniq(*arguments)
    assert outcome.status == 1
    assert part in outcome.sentence


@pytest.mark.usefixtures("told")
def test_a_side_that_knows_later_files_is_refused() -> None:
    """A month seemed to lose what had only not been built yet."""
    settings = Settings()
    now = find_snapshot(settings)
    then = replace(now, lake_version=now.lake_version + 1)
    with pytest.raises(UserError, match="run churniq build"):
        restate(settings, date(2025, 1, 1), then, now)
