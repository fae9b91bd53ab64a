"""What people who do this work expected otherwise: small stories whose right values were worked out by hand.

Belongs here: such stories end to end, from feeds to marts. Does not belong here: branches of models
(beside them in ``dbt_project``), random histories (``test_against_reference``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from tests.warehouse.building import Warehouse, build_warehouse

MONTHLY = {"amount": "10", "currency": "EUR", "billing_interval": "month"}
FAR = "2026-12-31T10:00:00Z"
WANTED = (
    "data_warnings dim_customers dim_subscription_ids fct_coupon_redemptions fct_entitlements fct_metric_variants "
    "fct_mrr_monthly fct_mrr_movements fct_offer_monthly fct_offer_switches fct_payments_monthly "
    "fct_payout_reconciliation fct_recognised_revenue fct_revenue_metrics_monthly fct_subscriptions "
    "fct_transactions fct_trials fct_variant_gaps sequence_anomalies"
)
SELECTED = tuple(f"+{name}" for name in WANTED.split())


def _event(kind: str, at: str, subscription: str, **more: Any) -> dict[str, Any]:
    """A subscription event at 10 o'clock, unless the time says otherwise; priced ones cost 10 euros a month."""
    priced = kind in ("trial_started", "started", "trial_converted", "renewed", "plan_changed")
    return {
        "event_type": kind,
        "occurred_at": at if "T" in at else f"{at}T10:00:00Z",
        "customer_id": more.pop("customer", subscription.split("/", maxsplit=1)[0]),
        "subscription_id": subscription,
        **(MONTHLY if priced else {}),
        **more,
    }


def _payment(kind: str, at: str, customer: str, transaction: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "event_type": kind,
        "occurred_at": at if "T" in at else f"{at}T10:00:00Z",
        "customer_id": customer,
        "transaction_id": transaction,
        "amount": amount,
        "currency": more.pop("currency", "EUR"),
        **more,
    }


SUBSCRIPTIONS = [
    # One renewal is lost before months of 28, 30 and 31 days.
    *(_event("started", f"2026-{month:02}-01", f"lost{month}", period_end=f"2026-{month + 1:02}-01T10:00:00Z")
      for month in (1, 2, 4)),
    *(_event("renewed", f"2026-{month + 2:02}-01", f"lost{month}", period_end=FAR) for month in (1, 2, 4)),
    # Past due with access for 45 days, then paid; and for 61.
    _event("started", "2026-04-10", "due45", period_end="2026-05-10T10:00:00Z"),
    _event("grace_entered", "2026-05-10", "due45"),
    _event("recovered", "2026-06-24", "due45", period_end=FAR),
    _event("started", "2026-04-10", "due61", period_end="2026-05-10T10:00:00Z"),
    _event("grace_entered", "2026-05-10", "due61"),
    _event("recovered", "2026-07-10T10:00:01Z", "due61", period_end=FAR),
    _event("started", "2026-01-10", "endless"),
    # A store that tells a change of plan as an end and a start, and one that names what is replaced.
    _event("started", "2026-01-10", "pair/1", offer_id="BASIC", period_end=FAR),
    _event("ended", "2026-03-15", "pair/1", end_reason="switched"),
    _event("started", "2026-03-15T10:00:05Z", "pair/2", offer_id="PREMIUM", period_end=FAR, amount="15"),
    _event("trial_started", "2026-05-20", "trial/1", offer_id="BASIC", period_end="2026-06-03T10:00:00Z"),
    _event("ended", "2026-05-25", "trial/1", end_reason="switched"),
    _event("started", "2026-05-25", "trial/2", offer_id="PREMIUM", period_end=FAR, amount="15"),
    _event("trial_started", "2026-05-20", "chain/1", offer_id="BASIC", period_end="2026-06-03T10:00:00Z"),
    _event("started", "2026-05-25", "chain/2", offer_id="PLUS", period_end=FAR, replaces_subscription_id="chain/1"),
    _event("ended", "2026-05-25T10:00:07Z", "chain/1"),
    _event("ended", "2026-06-10T23:59:59Z", "chain/2", end_reason="switched"),
    _event("started", "2026-06-11T00:00:01Z", "chain/3", offer_id="PREMIUM", period_end=FAR, amount="15",
           replaces_subscription_id="chain/2"),
    # Two ids of one person.
    _event("started", "2026-01-10", "old-id", period_end="2026-03-10T10:00:00Z"),
    _event("ended", "2026-03-10", "old-id"),
    _event("started", "2026-03-10T11:00:00Z", "new-id", period_end=FAR),
    _event("started", "2026-01-10", "tie", period_end=FAR),
    _event("ended", "2026-03-10", "tie", event_id="zz-ended", end_reason="customer_cancelled"),
    _event("started", "2026-03-10", "tie", event_id="aa-started", period_end=FAR),
    _event("started", "2026-01-10", "twins", event_id="twin-1", period_end=FAR),
    _event("started", "2026-01-10", "twins", event_id="twin-2", period_end=FAR),
    _event("cancel_scheduled", "2026-01-10", "never-opened"),
    # A lasting coupon that is named once.
    _event("started", "2026-01-01", "coupon", period_end="2026-02-01T10:00:00Z", coupon_code="HALF",
           discount_amount="5"),
    _event("renewed", "2026-02-01", "coupon", period_end="2026-03-01T10:00:00Z", discount_amount="5"),
    _event("renewed", "2026-03-01", "coupon", period_end=FAR, discount_amount="5"),
    # A year that ends after half of it, with half of it given back.
    _event("started", "2025-01-01T00:00:00Z", "stops", amount="120", billing_interval="year",
           period_start="2025-01-01T00:00:00Z", period_end="2026-01-01T00:00:00Z"),
    _event("ended", "2025-07-01T00:00:00Z", "stops", end_reason="refunded"),
    _event("started", "2026-09-20", "week", amount="2.99", billing_interval="week", period_end=FAR),
    _event("started", "2026-09-20", "day", amount="1", billing_interval="day", period_end=FAR),
    _event("started", "2026-09-20", "3days", amount="5", billing_interval="day", billing_interval_count=3,
           period_end=FAR),
    _event("started", "2026-09-20", "7days", amount="6.99", billing_interval="day", billing_interval_count=7,
           period_end=FAR),
    _event("started", "2026-09-20", "4weeks", amount="9.99", billing_interval="week", billing_interval_count=4,
           period_end=FAR),
    _event("started", "2026-09-20", "2weeks", amount="2", billing_interval="week", billing_interval_count=2,
           period_end=FAR),
]  # fmt: skip
PAYMENTS = [
    _payment("succeeded", "2026-01-10", "full", "full-1", "12.10", tax_amount="2.10", product_kind="pass"),
    _payment("refunded", "2026-02-10", "full", "full-r", "12.10", original_transaction_id="full-1"),
    _payment("succeeded", "2026-01-10", "half", "half-1", "24.20", tax_amount="4.20", product_kind="pass"),
    _payment("refunded", "2026-02-10", "half", "half-r", "12.10", original_transaction_id="half-1"),
    # Dollars at 0.90, given back at 1.00.
    _payment("succeeded", "2026-01-10", "dollars", "usd-1", "10", currency="USD", product_kind="pass"),
    _payment("refunded", "2026-04-10", "dollars", "usd-1", "10", currency="USD"),
    _payment("succeeded", "2026-06-01", "chain", "film", "4", product_kind="ppv", subscription_id="chain/2"),
    # A renewal names the first transaction of its chain, and so does its refund.
    _payment("succeeded", "2025-01-01T00:00:00Z", "chained", "oo1", "120", product_kind="other",
             access_start="2025-01-01T00:00:00Z", access_end="2026-01-01T00:00:00Z"),
    _payment("succeeded", "2026-01-01T00:00:00Z", "chained", "oo2", "120", product_kind="other",
             original_transaction_id="oo1", access_start="2026-01-01T00:00:00Z", access_end="2027-01-01T00:00:00Z"),
    _payment("refunded", "2026-04-01T00:00:00Z", "chained", "oo2", "120", original_transaction_id="oo1"),
    _payment("succeeded", "2025-01-01T00:00:00Z", "stops", "year", "120", subscription_id="stops",
             product_kind="subscription"),
    _payment("refunded", "2025-07-01T00:00:00Z", "stops", "year-r", "60", original_transaction_id="year"),
    _payment("succeeded", "2026-01-10", "twice", "twice", "10", event_id="charge", product_kind="ppv"),
    _payment("succeeded", "2026-01-10T10:00:01Z", "twice", "twice", "10", event_id="invoice", product_kind="ppv"),
    _payment("succeeded", "2026-01-12", "taken-back", "ch_d", "60", fee_amount="2.04", provider="stripe"),
    _payment("refunded", "2026-01-15", "taken-back", "re_d", "60", provider="stripe", original_transaction_id="ch_d"),
    _payment("succeeded", "2026-02-10", "abroad", "fx5", "100", currency="USD", fee_amount="3", provider="stripe"),
]  # fmt: skip
PAYOUTS = [
    {"payout_id": "minus", "provider": "stripe", "paid_at": "2026-01-16T00:00:00Z", "currency": "EUR", "amount": "-60",
     "transaction_ids": '["re_d"]'},
    {"payout_id": "abroad", "provider": "stripe", "paid_at": "2026-02-12T00:00:00Z", "currency": "EUR",
     "amount": "92.15", "transaction_ids": '["fx5"]'},
]  # fmt: skip
FEEDS: dict[str, list[dict[str, Any]]] = {
    "subscription_events": SUBSCRIPTIONS,
    "payment_events": PAYMENTS,
    "payouts": PAYOUTS,
    "identity_links": [{"alias_kind": "customer", "alias_value": "old-id", "customer_id": "new-id"}],
    "fx_rates": [
        {"rate_date": day, "currency": "USD", "rate_to_reporting": rate}
        for day, rate in (("2026-01-01", "0.90"), ("2026-02-01", "0.95"), ("2026-04-01", "1.00"))
    ],
    "support_tickets": [{"ticket_id": "t1", "customer_id": "only-asked", "opened_at": "2026-02-01T00:00:00Z"}],
    "engagement_daily": [{"customer_id": "only-watched", "activity_date": "2026-02-01", "minutes_watched": "60"}],
}


def _write(feeds: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> None:
    for feed, rows in feeds.items():
        names = sorted({"event_id", *(name for row in rows for name in row)} if "event" in feed else set().union(*rows))
        (folder / feed).mkdir(parents=True)
        with (folder / feed / "rows.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            numbered = ({"event_id": f"{feed}-{number}"} if "event" in feed else {} for number in range(len(rows)))
            writer.writerows({**number, **row} for number, row in zip(numbered, rows, strict=True))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """All stories in one lake, as of the end of September 2026."""
    home = tmp_path_factory.mktemp("practitioners")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CHURNIQ_HOME", str(home / "home"))
        environment.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
        environment.delenv("CHURNIQ_TIMEZONE", raising=False)
        _write(FEEDS, home / "feeds")
        as_of = datetime(2026, 10, 1)  # noqa: DTZ001 - stored without an offset
        yield build_warehouse(Settings(), home / "feeds", as_of=as_of, select=SELECTED)


def _movements(built: Warehouse, customer: str) -> list[tuple[str, str, str]]:
    return [
        (str(row["movement_date"]), row["movement_type"], str(row["mrr_change"]))
        for row in built.rows(
            f"select * from revenue.fct_mrr_movements where customer_id = '{customer}' order by movement_date"
        )
    ]


@pytest.mark.parametrize("customer", ["lost1", "lost2", "lost4"])
def test_one_lost_renewal_is_no_churn_in_any_month(built: Warehouse, customer: str) -> None:
    """30 days made churn and return of it before months of 31 days, and nothing in others."""
    assert [kind for _, kind, _ in _movements(built, customer)] == ["new"]


def test_past_due_with_access_stays_for_sixty_days(built: Warehouse) -> None:
    """A dunning of 45 days was churn and return."""
    assert [kind for _, kind, _ in _movements(built, "due45")] == ["new"]
    assert _movements(built, "due61") == [
        ("2026-04-10", "new", "10.0000"),
        ("2026-05-10", "churn", "-10.0000"),
        ("2026-07-10", "reactivation", "10.0000"),
    ]


def test_a_refund_takes_back_what_its_payment_brought(built: Warehouse) -> None:
    """Without tax of its own it took back more than came, and as a payment of no kind it counted as non-recurring."""
    revenue = {
        row["customer_id"]: row["lifetime_revenue"]
        for row in built.rows("select customer_id, lifetime_revenue from core.dim_customers")
    }
    assert (revenue["full"], revenue["half"], revenue["dollars"]) == (0, 10, 0)
    [refund] = built.rows("select * from core.fct_transactions where customer_id = 'half' and event_type = 'refunded'")
    assert (refund["tax_amount"], refund["product_kind"]) == (Decimal("2.1"), "pass")
    kinds = built.rows("select distinct product_kind from revenue.fct_payments_monthly where refunded_amount < 0")
    assert {row["product_kind"] for row in kinds} == {"pass", "other", "subscription", "(none)"}


def test_the_rates_difference_stands_apart(built: Warehouse) -> None:
    """A refund at another rate made a loss of revenue of what the exchange lost."""
    [refund] = built.rows(
        "select * from core.fct_transactions where customer_id = 'dollars' and event_type = 'refunded'"
    )
    assert (refund["amount_reporting"], refund["revenue_reporting"]) == (9, -9)
    assert refund["exchange_difference_reporting"] == -1
    [april] = built.rows("select * from revenue.fct_payments_monthly where month = '2026-04-01' and currency = 'USD'")
    assert (april["revenue_reporting"], april["exchange_difference_reporting"]) == (-9, -1)


def test_a_refund_is_recognised_as_its_own_payment_was(built: Warehouse) -> None:
    """One that named the first transaction of its chain reversed a year that was over, and months went on."""
    months = {
        row["month"]: row["recognised_revenue"]
        for row in built.rows("select * from revenue.fct_recognised_revenue where product_kind = 'other'")
    }
    # 90 of 365 days had been recognised by April, and are reversed; nothing follows.
    assert months[date(2026, 4, 1)] == -sum(months[date(2026, month, 1)] for month in (1, 2, 3))
    assert {months[date(2026, month, 1)] for month in (5, 6, 7)} == {0}


def test_recognition_stops_where_the_service_stops(built: Warehouse) -> None:
    """Of a year that ended in July, five euros a month were earned until December, half of them for nothing."""
    months = {
        row["month"]: row["recognised_revenue"]
        for row in built.rows("select * from revenue.fct_recognised_revenue where product_kind = 'subscription'")
    }
    until_july = sum(months[date(2025, month, 1)] for month in range(1, 7))
    assert months[date(2025, 7, 1)] == 60 - until_july
    assert {months[date(2025, month, 1)] for month in range(8, 13)} == {0}


@pytest.mark.parametrize("payout", ["minus", "abroad"])
def test_a_payout_reconciles_below_nothing_and_in_another_currency(built: Warehouse, payout: str) -> None:
    """The one was refused, the other never reconciled."""
    [row] = built.rows(f"select * from revenue.fct_payout_reconciliation where payout_id = '{payout}'")
    assert (row["unexplained_amount"], row["is_reconciled"]) == (0, True)


def test_a_switch_is_a_switch_however_it_is_told(built: Warehouse) -> None:
    """As an end and a start it was missing among the switches."""
    switches = {
        (str(row["month"]), row["from_offer"], row["to_offer"]): row["switches"]
        for row in built.rows("select * from offers.fct_offer_switches")
    }
    assert switches == {
        ("2026-03-01", "BASIC", "PREMIUM"): 1,
        ("2026-05-01", "BASIC", "PREMIUM"): 1,
        ("2026-05-01", "BASIC", "PLUS"): 1,
        ("2026-06-01", "PLUS", "PREMIUM"): 1,
    }
    [march] = built.rows("select * from offers.fct_offer_monthly where month = '2026-03-01' and offer_id = 'PREMIUM'")
    assert (march["started_subscriptions"], march["switched_in_subscriptions"]) == (0, 1)
    assert _movements(built, "pair")[-1] == ("2026-03-15", "expansion", "5.0000")


def test_an_upgraded_trial_that_is_paid_converts(built: Warehouse) -> None:
    """It was lost, since another subscription got the MRR."""
    outcomes = {row["customer_id"]: row["outcome"] for row in built.rows("select * from retention.fct_trials")}
    assert outcomes == {"trial": "converted", "chain": "converted"}


def test_a_chain_of_replaced_subscriptions_is_one(built: Warehouse) -> None:
    """The late word that the first token expired ended what it had become; midnight made churn of a switch."""
    [subscription] = built.rows("select * from core.fct_subscriptions where customer_id = 'chain'")
    assert (subscription["subscription_id"], subscription["status"], subscription["mrr"]) == ("chain/1", "active", 15)
    assert [kind for _, kind, _ in _movements(built, "chain")] == ["new", "expansion"]
    [film] = built.rows("select subscription_id from core.fct_transactions where transaction_id = 'film'")
    assert film["subscription_id"] == "chain/1", "what was paid under a later id is of the one subscription"
    ids = {row["sent_subscription_id"] for row in built.rows("select * from core.dim_subscription_ids")}
    assert ids == {"chain/1", "chain/2", "chain/3"}


def test_a_lasting_coupon_that_is_named_once_goes_on(built: Warehouse) -> None:
    """It had ended at the first renewal."""
    [redemption] = built.rows("select * from offers.fct_coupon_redemptions")
    assert (redemption["discount_ends_at"], redemption["outcome_30_days"]) == (None, "in_discount")


def test_what_looks_wrong_is_listed(built: Warehouse) -> None:
    """Silence, ties and repetitions changed numbers without a word."""
    found = {(row["warning"], row["event_id"]) for row in built.rows("select * from ops.data_warnings")}
    [endless] = [event for warning, event in found if warning == "stale"]
    assert endless == f"subscription_events-{[row['subscription_id'] for row in SUBSCRIPTIONS].index('endless')}"
    assert found - {("stale", endless)} == {
        ("tie", "zz-ended"),
        ("alike", "twin-2"),
        ("transaction_twice", "invoice"),
    }


def test_everybody_named_is_a_customer_once(built: Warehouse) -> None:
    """Whose only row is a cancellation, a ticket or viewing was nobody; two ids of one person were two."""
    customers = {row["customer_id"]: row for row in built.rows("select * from core.dim_customers")}
    assert {"never-opened", "only-asked", "only-watched", "new-id"} <= customers.keys()
    assert "old-id" not in customers
    assert [kind for _, kind, _ in _movements(built, "new-id")] == ["new"]


def test_revenuecat_has_thirty_days_and_four_weeks_and_seven_days_are_a_week(built: Warehouse) -> None:
    """Days had the default's factor: 2.99, 9.99 / 4 and 2 / 2 weeks, 1, 5 / 3 days and 6.99 as a week."""
    [row] = built.rows(
        "select * from conventions.fct_metric_variants "
        "where metric = 'mrr' and convention = 'revenuecat' and month = '2026-09-01'"
    )
    assert row["gap"] == Decimal("-5.6868")


def test_what_the_open_lost_is_the_other_side_of_retention(built: Warehouse) -> None:
    """Gross churn could not be read as 1 less gross revenue retention."""
    for row in built.rows(
        "select months.*, gross_revenue_retention, net_revenue_retention from revenue.fct_mrr_monthly as months "
        "join revenue.fct_revenue_metrics_monthly using (month) where opening_mrr > 0"
    ):
        assert row["gross_mrr_churn_rate_of_opening"] == pytest.approx(1 - row["gross_revenue_retention"])
        assert row["net_mrr_churn_rate_of_opening"] == pytest.approx(1 - row["net_revenue_retention"])


RETENTION = [
    *(_event("started", "2026-03-10", customer, period_end=FAR) for customer in "ABCD"),
    _event("started", "2026-02-10", "R", amount="8", period_end=FAR),
    _event("ended", "2026-04-05", "R", end_reason="customer_cancelled"),
    _event("ended", "2026-05-12", "C", end_reason="customer_cancelled"),
    _event("ended", "2026-05-05", "D", end_reason="customer_cancelled"),
    _event("started", "2026-05-20", "D/2", period_end=FAR),
    _event("started", "2026-05-08", "N", amount="100", period_end=FAR),
    _event("ended", "2026-05-25", "N", end_reason="refunded"),
    _event("started", "2026-05-15", "R/2", amount="8", period_end=FAR),
    *(_event("ended", f"2026-06-0{day}", who, end_reason="payment_failed")
      for day, who in ((3, "A"), (4, "B"), (5, "D/2"), (6, "R/2"))),
    _event("started", "2026-06-10", "C/2", period_end=FAR),
    _event("ended", "2026-06-20", "C/2", end_reason="customer_cancelled"),
    # Gone for 26 months at Antenna's, which is no resubscriber, and for one.
    _event("started", "2024-01-10", "gone26", period_end=FAR),
    _event("ended", "2024-03-10", "gone26", end_reason="customer_cancelled"),
    _event("started", "2026-09-10", "gone26/2", period_end=FAR),
    _event("started", "2026-07-10", "gone1", period_end=FAR),
    _event("ended", "2026-08-10", "gone1", end_reason="customer_cancelled"),
    _event("started", "2026-09-10", "gone1/2", period_end=FAR),
    _event("started", "2026-07-10", "stays", period_end=FAR),
]  # fmt: skip


def test_stripe_and_antenna_count_as_they_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's rate was 125 % where everybody left once: who returns is below the line as well as above.

    May: C, D and N churn, D although back by the close. June: A, B, D, R and C of the four at the open and C, who came.
    """
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    _write({"subscription_events": RETENTION}, tmp_path / "feeds")
    as_of = datetime(2026, 10, 1)  # noqa: DTZ001 - stored without an offset
    built = build_warehouse(
        Settings(), tmp_path / "feeds", as_of=as_of, select=("+fct_metric_variants",), with_tests=False
    )
    rates = {
        (row["convention"], row["month"].month): (row["numerator"], row["denominator"])
        for row in built.rows(
            "select * from conventions.fct_metric_variants "
            "where metric = 'customer_churn_rate' and month > '2026-04-01'"
        )
    }
    assert rates["stripe", 5] == (3, 6)
    assert rates["stripe", 6] == (5, 5)
    assert rates["antenna_gross", 9] == (0, 1)
    assert rates["antenna_net", 9] == (-1, 1)
