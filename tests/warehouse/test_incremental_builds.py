"""Builds that continue the one before: row for row what a build from scratch makes of the same lake.

The lake grows in slices, with rows that come late, early, twice or against the order of their happening; after a slice
every table is compared with that of a build beside it, which begins with nothing.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import pipelines.build
from pipelines.build import Build
from pipelines.continuation import State, files_of
from pipelines.lake.ingest import ingest
from pipelines.lake.store import Commit, Lake
from pipelines.settings import Settings
from tests.reference import random_history, write_feeds
from tests.reference.histories import CURRENCIES, RATES
from tests.reference.state import Event, FxRate
from tests.warehouse.continuing import run_dbt, run_models

COMPARED_SCHEMAS = (
    "core",
    "revenue",
    "retention",
    "journey",
    "dunning",
    "offers",
    "engagement",
    "care",
    "conventions",
    "intermediate",
)
# What a continued build lists or marks as moved is about the build, not about the business.
ABOUT_THE_BUILD = (
    "int_affected_subscriptions",
    "int_affected_customers",
    "int_affected_purchases",
    "int_affected_dunning",
    "int_affected_identifiers",
    "int_affected_visitors",
    "int_affected_persons",
    "int_affected_viewing_months",
    "int_affected_payouts",
    "int_affected_redemptions",
)
MARKS = ("has_changed", "computed_as_of")


# -- a business that is delivered in slices ------------------------------------------------------------------


class _Business:
    """Histories with payments and everything told beside them, and how they come in over time."""

    def __init__(self, seed: int, *, histories: int, slices: int, mode: str) -> None:
        self.random = random.Random(seed)
        told = [random_history(seed * 1000 + number, mode=mode) for number in range(histories)]
        self.events = [event for history in told for event in history[0]]
        customers = sorted({event.customer_id for event in self.events})
        times = sorted(event.occurred_at for event in self.events)
        self.rates = self._late(told[0][1], times)
        subscriptions = sorted({event.subscription_id for event in self.events})
        self.payments = [self._payment(number, customers, subscriptions, times) for number in range(6 * histories)]
        self.links = [self._link(number, customers, times) for number in range(12)]
        self.profiles = [self._profile(number, customers, times) for number in range(3 * histories)]
        self.steps = [self._step(number, customers, times) for number in range(3 * histories)]
        self.viewing = [self._viewing(customers, times) for _ in range(6 * histories)]
        self.tickets = [self._ticket(number, customers, times) for number in range(histories)]
        self.payouts = [self._payout(number, times) for number in range(histories)]
        offer_ids = sorted({event.offer_id or "none" for event in self.events})
        self.offers = [self._offer(offer_id) for offer_id in offer_ids]
        # Most of the history is there before the first slice ends; the instants between are days to weeks apart.
        cuts = sorted(self.random.sample(range(len(times) // 2, len(times)), slices))
        self.instants = [times[cut] + timedelta(seconds=self.random.choice((0, 1))) for cut in cuts]
        # Long after the last event the clock alone moves things: lapses and ends of discounts.
        self.instants[-1] += timedelta(days=self.random.choice((20, 45)))

    def _late(self, rates: list[FxRate], times: list[datetime]) -> list[FxRate]:
        """Rates of which some become known only later, some of them in another version."""
        moved = [
            replace(rate, recorded_at=self.random.choice(times)) if self.random.random() < 0.3 else rate
            for rate in rates
        ]
        again = [
            replace(rate, rate=Decimal(self.random.choice(RATES)), recorded_at=self.random.choice(times))
            for rate in rates
            if self.random.random() < 0.3
        ]
        always = [FxRate(date(2020, 1, 1), currency, Decimal("1.3")) for currency in CURRENCIES]
        return [*moved, *again, *always]

    def _payment(
        self, number: int, customers: list[str], subscriptions: list[str], times: list[datetime]
    ) -> dict[str, Any]:
        at = self.random.choice(times)
        kind = self.random.choice(("subscription", "pass", "ppv"))
        return {
            "event_id": f"p{number}",
            "event_type": self.random.choice(("succeeded", "succeeded", "failed", "refunded", "chargeback")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 0, 3, 30)))).isoformat(),
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{number % 7}")),
            "transaction_id": f"t{self.random.choice((number, number, number // 2))}",
            "subscription_id": self.random.choice((None, *self.random.sample(subscriptions, 2))),
            "original_transaction_id": self.random.choice((None, f"t{self.random.randint(0, number)}")),
            "amount": self.random.choice(("9.99", "4.9950", "12")),
            "currency": self.random.choice(CURRENCIES),
            "product_kind": kind,
            "access_start": at.isoformat() if kind != "subscription" else None,
            "country": self.random.choice((None, "DE", "FR")),
        }

    def _link(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        """Who a buyer, unknown until then, turns out to be."""
        return {
            "alias_kind": "token",
            "alias_value": f"buyer{number % 7}",
            "customer_id": self.random.choice([*customers, f"token:buyer{(number + 1) % 7}"]),
            "recorded_at": self.random.choice(times[len(times) // 2 :]).isoformat(),
        }

    def _profile(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "event_id": f"c{number}",
            "event_type": self.random.choice(("registered", "updated", "deleted")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 10)))).isoformat(),
            "customer_id": self.random.choice([*customers, f"visitor{number % 5}"]),
            "email": f"m{number}@example.org",
            "country": self.random.choice((None, "NL", "US")),
        }

    def _step(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        steps = ("visited", "paywall_viewed", "registered", "checkout_started", "checkout_completed")
        return {
            "event_id": f"j{number}",
            "event_type": self.random.choice((*steps, "checkout_abandoned")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 5)))).isoformat(),
            "visitor_id": f"visitor{number % 40}",
            "customer_id": self.random.choice((None, *self.random.sample(customers, 2))),
        }

    def _viewing(self, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{at.day % 7}")),
            "activity_date": at.date().isoformat(),
            "minutes_watched": self.random.randint(0, 300),
            "top_title_id": self.random.choice((None, "title-1", "title-2")),
            "recorded_at": (at + timedelta(days=self.random.choice((1, 1, 9)))).isoformat(),
        }

    def _ticket(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "ticket_id": f"k{number}",
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{number % 7}")),
            "opened_at": at.isoformat(),
            "closed_at": self.random.choice((None, (at + timedelta(hours=5)).isoformat())),
            "topic": self.random.choice(("billing", "playback", None)),
            "csat": self.random.choice((None, 1, 5)),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 4)))).isoformat(),
        }

    def _payout(self, number: int, times: list[datetime]) -> dict[str, Any]:
        """What lists some transactions, many of them also elsewhere; every fourth is a correction of the one before."""
        at = self.random.choice(times)
        listed = self.random.choices(range(len(self.payments)), k=self.random.randint(0, 6))
        return {
            "payout_id": f"o{number - (number % 4 == 3)}",
            "provider": self.random.choice(("stripe", "stripe", "apple")),
            "paid_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 20)))).isoformat(),
            "currency": self.random.choice(CURRENCIES),
            "amount": "20",
            "transaction_ids": json.dumps([f"t{transaction}" for transaction in listed]) if listed else None,
        }

    def _offer(self, offer_id: str) -> dict[str, Any]:
        return {
            "offer_id": offer_id,
            "title": offer_id,
            "offer_kind": "subscription",
            "amount": self.random.choice(("9.99", "99.90", None)),
            "currency": "EUR",
            "billing_interval": "month",
        }

    def deliver(self, folder: Path) -> list[tuple[datetime, Path]]:
        """Write the slices, each a folder of feeds, with the instant that is now when it is there."""
        slices: list[tuple[list[Event], list[FxRate], dict[str, list[dict[str, Any]]]]]
        slices = [([], [], {}) for _ in self.instants]
        for event in self.events:
            for number in self._slices_of(event.recorded_at or event.occurred_at):
                slices[number][0].append(event)
        for rate in self.rates:
            for number in self._slices_of(rate.recorded_at):
                slices[number][1].append(rate)
        others = {
            "payment_events": self.payments,
            "customer_events": self.profiles,
            "identity_links": self.links,
            "journey_events": self.steps,
            "engagement_daily": self.viewing,
            "support_tickets": self.tickets,
            "payouts": self.payouts,
        }
        for feed, rows in others.items():
            for row in rows:
                for number in self._slices_of(datetime.fromisoformat(row["recorded_at"])):
                    slices[number][2].setdefault(feed, []).append(row)
        for number, (events, rates, told) in enumerate(slices):
            target = folder / str(number)
            write_feeds(events, rates, target, seed=number)
            for feed, rows in told.items():
                _write_csv(target / feed / "rows.csv", rows)
            # A catalogue grows as offers are thought of, and never says when.
            known = len(self.offers) * (number + 1) // len(slices)
            _write_csv(target / "offers" / "rows.csv", self.offers[: max(known, 1)])
        return [(instant, folder / str(number)) for number, instant in enumerate(self.instants)]

    def _slices_of(self, recorded_at: datetime | None) -> list[int]:
        """With the first slice that ends after it was recorded; or late, or early, or also once more."""
        last = len(self.instants) - 1
        due = next((n for n, instant in enumerate(self.instants) if (recorded_at or instant) <= instant), last)
        chosen = [self.random.choice((due, due, due, due, min(due + 1, last), max(due - 1, 0)))]
        if self.random.random() < 0.1:
            chosen.append(self.random.randint(chosen[0], last))
        return chosen


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


# -- building and comparing ----------------------------------------------------------------------------------


@contextmanager
def _clock(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> Iterator[Build]:
    """The build that moves the current snapshot, when it is ``instant``."""
    with monkeypatch.context() as patched:
        now = instant.astimezone(UTC).replace(tzinfo=None)
        patched.setattr(pipelines.build, "resolve_as_of", lambda connection, requested: now)
        yield Build(as_of="now")


def _difference(build: Build, instant: datetime) -> str | None:
    """The first table that is another than that of a build from scratch as of the same instant; none if all agree."""
    scratch = Build(as_of=instant.astimezone(UTC).isoformat())
    assert run_models(scratch) is None
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build.warehouse}' as continued (read_only)")
        connection.execute(f"attach '{scratch.warehouse}' as scratch (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'scratch' "
            f"and schema_name in {COMPARED_SCHEMAS} and table_name not in {ABOUT_THE_BUILD} or "
            "(database_name = 'scratch' and table_name = 'sequence_anomalies') order by all"
        ).fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            columns = ", ".join(
                row[0]
                for row in connection.execute(f"describe scratch.{schema}.{table}").fetchall()
                if row[0] not in MARKS
            )
            one, other = (f"select {columns} from {catalog}.{schema}.{table}" for catalog in ("continued", "scratch"))
            for side, queries in (("continued only", (one, other)), ("missing", (other, one))):
                rows = connection.execute(f"{' except all '.join(queries)} limit 1").fetchall()
                if rows:
                    return f"{schema}.{table}, {side}: {rows[0]}"
    scratch.discard_warehouse()
    return None


def _affected(build: Build) -> tuple[int, int]:
    """Subscriptions that the last build listed as affected, and all."""
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        listed = connection.execute("select count(*) from intermediate.int_affected_subscriptions").fetchall()[0][0]
        known = connection.execute("select count(distinct subscription_id) from staging.stg_subscription_events")
        return listed, known.fetchall()[0][0]


def _environment(path: Path, timezone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(path))
    monkeypatch.setenv("CHURNIQ_TIMEZONE", timezone)
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")


def _grow(
    home: Path, monkeypatch: pytest.MonkeyPatch, seed: int, *, histories: int, slices: int, mode: str, every: int
) -> None:
    """Build after every slice, and compare after every so many."""
    business = _Business(seed, histories=histories, slices=slices, mode=mode)
    previous = None
    for number, (instant, delivery) in enumerate(business.deliver(home / "deliveries")):
        ingest(Settings(), delivery)
        with _clock(monkeypatch, instant) as build:
            assert run_models(build) == previous, f"slice {number} was not built on the one before"
            previous = instant.astimezone(UTC).replace(tzinfo=None)
            if number % every == every - 1 and (difference := _difference(build, instant)):
                pytest.fail(f"seed {seed}, slice {number}: {difference}")


# -- equality ------------------------------------------------------------------------------------------------


def test_a_lake_that_grows_is_built_as_if_it_had_always_been_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is off by one late event stays off until somebody rebuilds everything, and nobody knows when."""
    _environment(tmp_path / "home", "Europe/Amsterdam", monkeypatch)
    _grow(tmp_path, monkeypatch, 1, histories=60, slices=3, mode="wild", every=3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 14))
def test_many_lakes_that_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Rare orders of arrival are found by numbers alone."""
    _environment(tmp_path / "home", ("UTC", "Asia/Kolkata", "America/New_York")[seed % 3], monkeypatch)
    mode = ("wild", "realistic")[seed % 2]
    _grow(tmp_path, monkeypatch, seed, histories=150, slices=10, mode=mode, every=1)


def test_a_link_that_comes_later_moves_the_viewing_of_earlier_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a customer had watched under a device stayed the device's, since only the months with new viewing moved."""
    _environment(tmp_path / "home", "UTC", monkeypatch)
    viewing = [("device:tv", "2025-01-30"), ("c1", "2025-01-31"), ("device:tv", "2025-03-31"), ("c2", "2025-02-27")]
    rows = [{"customer_id": who, "activity_date": day, "minutes_watched": 9} for who, day in viewing]
    _write_csv(tmp_path / "1" / "engagement_daily" / "rows.csv", rows)
    link = {"alias_kind": "device", "alias_value": "tv", "customer_id": "c1", "recorded_at": "2025-04-02"}
    _write_csv(tmp_path / "2" / "identity_links" / "rows.csv", [link])
    found = []
    for number in (1, 2):
        ingest(Settings(), tmp_path / str(number))
        with _clock(monkeypatch, datetime(2025, 4, number, 12, tzinfo=UTC)) as build:
            previous = run_models(build, "--select", "+int_engagement_months")
            assert (previous is not None) == (number == 2)
            with duckdb.connect(str(build.warehouse), read_only=True) as connection:
                query = (
                    "select customer_id, viewing_month, next_days from intermediate.int_engagement_months order by 2, 1"
                )
                found.append([(who, month.month, days) for who, month, days in connection.execute(query).fetchall()])
    assert found == [
        [("c1", 1, 1), ("device:tv", 1, 1), ("c2", 2, 1), ("device:tv", 3, 1)],
        [("c1", 1, 2), ("c2", 2, 1), ("c1", 3, 1)],
    ]


def _run_and_be_killed(build: Build) -> None:
    with build.changing_tables(all_of_them=True) as previous_as_of:
        assert previous_as_of is not None
        run_dbt(build, previous_as_of, "--select", "int_affected_subscriptions+1")
        raise KeyboardInterrupt


def test_a_killed_build_and_a_failed_one_are_followed_by_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the tables of today on half of yesterday's: continuing from there would keep the mixture for good."""
    _environment(tmp_path / "home", "UTC", monkeypatch)
    (first, early), (second, late) = _Business(50, histories=20, slices=2, mode="realistic").deliver(tmp_path / "feeds")
    ingest(Settings(), early)
    with _clock(monkeypatch, first) as build:
        run_models(build)
    ingest(Settings(), late)
    with _clock(monkeypatch, second) as build:
        build.begin()
        with pytest.raises(KeyboardInterrupt):
            _run_and_be_killed(build)
        with build.changing_tables(all_of_them=True) as previous_as_of:
            assert previous_as_of is None, "a step that is done again continued from the middle of the first attempt"
            run_dbt(build, previous_as_of)
        if difference := _difference(build, second):
            pytest.fail(difference)
        # Nothing came and no time passed since, so there is nothing to do.
        assert run_models(build) is not None
        assert _affected(build)[0] == 0


# -- the rule ------------------------------------------------------------------------------------------------

STATE = State(datetime(2026, 7, 1, 12), "EUR", "UTC", "project", {"subscription_events": (0, "")})  # noqa: DTZ001


def _lake(root: Path, *commits: list[str]) -> Lake:
    lake = Lake(root)
    for number, names in enumerate(commits):
        canonical = {"subscription_events": [f"canonical/subscription_events/{name}" for name in names]}
        lake.append(Commit(f"2026-07-01T12:00:0{number}", "canonical", (), canonical))
    return lake


def test_a_later_build_of_a_grown_lake_continues(tmp_path: Path) -> None:
    """Also one as of the same instant: late files bring what belongs before it."""
    state = replace(STATE, files=files_of(_lake(tmp_path, ["a.parquet"])))
    grown = _lake(tmp_path, ["b.parquet"])
    assert state.file_counts()["subscription_events"] == 1
    assert state.is_continued_by(replace(STATE, as_of=STATE.as_of + timedelta(days=1)), grown)
    assert state.is_continued_by(STATE, grown)


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": STATE.as_of - timedelta(microseconds=1)},
        {"reporting_currency": "USD"},
        {"timezone": "Europe/Amsterdam"},
        {"project": "another"},
    ],
)
def test_what_every_number_depends_on_starts_anew(tmp_path: Path, change: dict[str, Any]) -> None:
    """A currency that changed for new rows alone would add euros to dollars."""
    lake = _lake(tmp_path, ["a.parquet"])
    state = replace(STATE, files=files_of(lake))
    assert not state.is_continued_by(replace(state, **change), lake)


def test_a_lake_whose_earlier_files_were_replaced_starts_anew(tmp_path: Path) -> None:
    """Rows that were taken back are in the tables, and no new file says so."""
    state = replace(STATE, files=files_of(_lake(tmp_path / "before", ["a.parquet", "b.parquet"])))
    assert not state.is_continued_by(state, _lake(tmp_path / "replaced", ["a.parquet", "c.parquet"], ["d.parquet"]))
    assert not state.is_continued_by(state, _lake(tmp_path / "removed", ["a.parquet"]))
