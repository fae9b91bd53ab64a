"""Coupons: how often they are redeemed, and who stays once the discount has ended.

Belongs here: coupons on the page on offers. Does not belong here: offers (``app.parts.offers``).
"""

from __future__ import annotations

from datetime import date

import streamlit as st

from app import charts, filters, layout, tables
from app.parts import metric_parts
from app.parts.totals import Totals
from app.queries import metrics, offers
from app.view import SnapshotView

_PERFORMANCE = "offers.fct_coupon_performance"
_REDEMPTIONS = "offers.fct_coupon_redemptions"
_LOOKS = {
    "stayed": ("Stayed", charts.GREEN),
    "left": ("Left", charts.RUST),
    "undecided": ("Undecided", charts.GREY),
    "in_discount": ("In the discount", charts.SKY),
    "left_in_discount": ("Left in the discount", charts.AMBER),
    "no_discount": ("No discount so far", charts.PLUM),
}
# Metrics of redemptions with the columns of the mart of coupons that they are.
_COUNTED = {
    "coupon_stays_30_days": "stayed_30_days",
    "coupon_stay_rate_30_days": "stayed_30_days_rate",
    "coupon_stays_90_days": "stayed_90_days",
    "coupon_stay_rate_90_days": "stayed_90_days_rate",
}
COUPONS = (
    "Subscriptions that a coupon was redeemed for. Stayed: with MRR 30 (90) days after the discount ended, of those "
    "who had access when it did. It tells who stays, not what they would have done without the coupon."
)


def show(view: SnapshotView) -> None:
    """Redemptions over time, coupons, and the redemptions of one."""
    metric_parts.show(
        view,
        "coupon_redemptions",
        "outcome_30_days",
        _LOOKS,
        key="coupon-redemptions",
        title="Redemptions by what became of them 30 days after the discount",
        explanation=COUPONS,
        empty="No subscription event has a coupon code.",
    )
    if not layout.has(view, _PERFORMANCE, *metrics.needs_of("coupon_redemptions")):
        return
    chosen = filters.current_filters()
    of = Totals(view, "coupon_redemptions", list(_COUNTED), chosen.first or date.min, view.as_of_date)
    layout.section("Coupons", COUPONS)
    of.say()
    rows = offers.coupons(view.file)
    if chosen.narrows or chosen.first:
        rows = of.by("coupon").rename({"coupon": "coupon_code", "coupon_redemptions": "redemptions"} | _COUNTED)
        rows = rows.sort("redemptions", "coupon_code", descending=[True, False])
    if rows.is_empty():
        narrows = chosen.narrows or chosen.first
        why = "None is like this: change the filters." if narrows else "No subscription event has a coupon code."
        layout.no_rows(view, "No coupons", why, "coupons", *metrics.feeds_of("coupon_redemptions"))
        return
    tables.small_table(view, rows, name="coupons", table=_PERFORMANCE)
    _redemptions(of, rows["coupon_code"].to_list())
    layout.sources(_PERFORMANCE, _REDEMPTIONS)


@st.fragment
def _redemptions(of: Totals, codes: list[str]) -> None:
    layout.section("Redemptions", COUPONS)
    left, right = st.columns(2)
    code = left.selectbox("Coupon", codes, index=None, placeholder="All coupons", key="coupon-code")
    outcome = right.selectbox(
        "Outcome after 30 days",
        list(_LOOKS),
        index=None,
        placeholder="All outcomes",
        format_func=lambda name: _LOOKS[name][0],
        key="coupon-outcome",
    )
    picked = (("coupon", code), ("outcome_30_days", outcome))
    rows = offers.redemptions(of.rows(tuple((name, (value,)) for name, value in picked if value)))
    tables.browse_customers(of.view, rows, name="redemptions", empty="No redemption is like this.", is_narrowed=True)
