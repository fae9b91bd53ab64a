"""The page on offers and coupons, on marts whose numbers are known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the other pages (``test_pages``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.queries import metrics
from app.queries.rows import number_of_rows
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings
from tests.app.conftest import write_snapshot
from tests.app.marts import SCHEMAS, contract_tables, descriptions
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, table_with, words_of

ROWS = [
    """insert into offers.fct_offer_monthly by name
        select month, offer_id, started as started_subscriptions, 1 as left_subscriptions,
            closing as closing_subscriptions, 2 as ended_trials, 1 as converted_trials, 10 * closing as closing_mrr,
            month < date '2025-03-01' as is_complete
        from (values (date '2025-02-01', 'basic', 3, 3), (date '2025-03-01', 'basic', 1, 3),
            (date '2025-03-01', 'plus', 4, 4)
        ) as months (month, offer_id, started, closing)""",
    """insert into offers.fct_offer_changes by name
        select moved as close_date, 's' || number as subscription_id, customer_id, offer_id, channel,
            'stripe' as provider, 'month' as price_interval, 'NL' as country, 'tv' as acquisition_channel,
            cast(change = 1 as integer) as started_subscriptions,
            0 as returned_subscriptions, 0 as switched_in_subscriptions, 0 as switched_out_subscriptions,
            cast(change = -1 as integer) as left_subscriptions, change as access_change
        from (values (1, date '2025-02-03', 'anna', 'basic', 'web', 1),
            (2, date '2025-02-04', 'bert', 'basic', 'ios', 1),
            (3, date '2025-02-05', 'cleo', 'basic', 'web', 1), (2, date '2025-03-04', 'bert', 'basic', 'ios', -1),
            (4, date '2025-03-05', 'dora', 'plus', 'web', 1)
        ) as changes (number, moved, customer_id, offer_id, channel, change)""",
    """insert into retention.fct_trials by name
        select 's' || number as subscription_id, 1 as trial_number, 'anna' as customer_id, 'basic' as offer_id,
            'web' as channel, 'stripe' as provider, 'month' as price_interval, date '2025-03-10' as end_date,
            if(number = 1, 'converted', 'lost') as outcome
        from (values (1), (2)) as trials (number)""",
    """insert into offers.fct_subscription_switches by name
        select switch_date, 's' || number as subscription_id, customer_id, from_offer, to_offer, direction, channel,
            'stripe' as provider, 'month' as price_interval, true as is_paying, change as mrr_change
        from (values (1, date '2025-02-03', 'anna', 'basic', 'plus', 'up', 'web', 5),
            (2, date '2025-02-04', 'bert', 'basic', 'plus', 'up', 'ios', 5),
            (3, date '2025-03-05', 'cleo', 'basic', 'plus', 'up', 'web', 5),
            (1, date '2025-03-06', 'anna', 'plus', 'basic', 'down', 'web', -5)
        ) as switches (number, switch_date, customer_id, from_offer, to_offer, direction, channel, change)""",
    """insert into offers.fct_offer_lifetime by name
        select 'basic' as offer_id, 4 as customers, 3 as paying_customers, 1 as churned_customers, 0.25 as churned_rate,
            100 as realised_revenue, 25 as revenue_per_customer, 40.5 as mean_paid_days""",
    """insert into offers.fct_coupon_performance by name
        select 'SPRING' as coupon_code, 2 as redemptions, 1 as stayed_30_days, 1 as left_30_days,
            0.5 as stayed_30_days_rate""",
    """insert into offers.fct_coupon_redemptions by name
        select 'SPRING' as coupon_code, customer_id, 's-' || customer_id as subscription_id, redeemed_at,
            5 as mrr_in_discount, outcome as outcome_30_days, outcome as outcome_90_days, offer as offer_id,
            'web' as channel, 'stripe' as provider, 'month' as price_interval, 'EUR' as price_currency
        from (values ('anna', timestamp '2025-01-01 10:00:00', 'stayed', 'basic'),
            ('bert', timestamp '2025-01-02 10:00:00', 'left', 'plus')
        ) as redemptions (customer_id, redeemed_at, outcome, offer)""",
    """insert into core.fct_subscriptions by name
        select 's-plus' as subscription_id, 'bert' as customer_id, 'plus' as offer_id, 'active' as status""",
    """insert into engagement.fct_engagement_bands_monthly by name
        select date '2025-02-01' as month, band, number as band_number, 10 as paying_customers,
            5 - number as churned_customers,
            (5 - number) / 10.0 as churn_rate, true as is_complete
        from (values ('0 days', 1), ('1-3 days', 2)) as bands (band, number)""",
    """insert into engagement.fct_title_churn by name
        select 't1' as title_id, 40 as measured_customers, 4 as churned_customers, 0.1 as churn_rate,
            true as audience_ended""",
    """insert into engagement.fct_contacts_before_churn by name
        select date '2025-02-01' as month, 2 as churned_customers, 1 as churned_with_contact,
            0.5 as churned_contact_rate, 0.125 as staying_contact_rate, true as is_complete""",
]  # fmt: skip
TABLES = [*(f"create schema if not exists {schema}" for schema in SCHEMAS), *contract_tables()]
PARTS = ("offers", "switches", "lifetime", "coupons", "engagement")
NOTHING_THERE = {
    "switches": "No subscription with access changed its offer so far.",
    "lifetime": "Nobody paid yet",
    "coupons": "No coupons",
    "engagement": "No viewing to compare",
}


@pytest.fixture
def offers_home(home: Path) -> Path:
    """An environment whose current snapshot has offers, coupons and viewing."""
    write_snapshot(home, *TABLES, *ROWS, descriptions=descriptions())
    return home


def open_part(part: str) -> AppTest:
    """A part of the page, after it ran."""
    return open_page("offers_and_coupons", offers_part=part)


def test_the_headline_is_that_of_the_month_chosen(offers_home: Path) -> None:
    shown = metrics_of(open_page("offers_and_coupons", month="2025-03-01"))
    assert shown == {
        "Subscriptions with access": "3",
        "Started": "1",
        "Lost access": "1",
        "Trials converted": "1 of 2",
    }


def test_the_headline_follows_the_filters(offers_home: Path) -> None:
    """It was counted by month and offer, whatever channel or country was chosen above the page."""
    app = open_page("offers_and_coupons", month="2025-03-01", channel="ios")
    shown = metrics_of(app)
    assert (shown["Subscriptions with access"], shown["Started"], shown["Lost access"]) == ("0", "0", "1")
    assert "Filtered: channel iOS" in words_of(app)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_to_its_rows(offers_home: Path, part: str) -> None:
    app = open_part(part)
    assert app.subheader
    assert len(app.dataframe)


def test_a_month_shows_its_offers(offers_home: Path) -> None:
    app = open_part("offers")
    app.selectbox(key="month").set_value(app.selectbox(key="month").options[0]).run()
    assert table_of(app)["offer_id"].to_list() == ["plus", "Basic"]
    app.selectbox(key="month").set_value(app.selectbox(key="month").options[1]).run()
    assert table_of(app)["offer_id"].to_list() == ["Basic"]


def test_switches_are_summed_by_pair(offers_home: Path) -> None:
    columns = ("from_offer", "to_offer", "direction", "switches", "mrr_change")
    rows = table_with(open_part("switches"), "from_offer").select(columns).rows()
    assert rows == [("Basic", "plus", "Up", 3, 15), ("plus", "Basic", "Down", 1, -5)]


def test_switches_follow_the_filters(offers_home: Path) -> None:
    """They were counted by month and pair of offers, so that the bars had no list and no filter."""
    app = open_page("offers_and_coupons", offers_part="switches", channel="web", offer="plus")
    assert table_with(app, "from_offer").select("from_offer", "to_offer", "switches").rows() == [("Basic", "plus", 2)]
    file = str(Settings().published / find_snapshot(Settings()).file)
    days = date(2025, 2, 1), date(2025, 2, 28)
    assert number_of_rows(file, metrics.counted_behind("offer_switches", *days, (("direction", ("up",)),), None)) == 2


def test_a_coupon_leads_to_its_redemptions(offers_home: Path) -> None:
    app = open_part("coupons")
    assert ids_of(app) == ["bert", "anna"]
    app.selectbox(key="coupon-outcome").set_value("stayed").run()
    assert ids_of(app) == ["anna"]


def test_coupons_follow_the_filters(offers_home: Path) -> None:
    """An analyst who chose an offer saw the coupons of all."""
    app = open_page("offers_and_coupons", offers_part="coupons", offer="plus")
    assert ids_of(app) == ["bert"]
    columns = ("coupon_code", "redemptions", "stayed_30_days", "stayed_30_days_rate")
    assert table_with(app, "redemptions").select(columns).rows() == [("SPRING", 1, 0, 0.0)]


@pytest.mark.parametrize("part", sorted(NOTHING_THERE))
def test_what_is_missing_is_said(home: Path, part: str) -> None:
    write_snapshot(home, *TABLES, ROWS[0])
    assert NOTHING_THERE[part] in words_of(open_part(part))


def test_without_subscriptions_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *TABLES)
    assert "No subscriptions" in words_of(open_page("offers_and_coupons"))


def test_a_snapshot_from_before_the_marts_says_so(home: Path) -> None:
    write_snapshot(home)
    assert "run churniq build" in words_of(open_page("offers_and_coupons"))
