"""Coupons: how often they are redeemed, and who stays once the discount has ended.

Belongs here: coupons on the page on offers. Does not belong here: offers (``app.parts.offers``).
"""

from __future__ import annotations

import streamlit as st

from app import layout
from app.queries import offers
from app.view import SnapshotView

_PERFORMANCE = "offers.fct_coupon_performance"
_REDEMPTIONS = "offers.fct_coupon_redemptions"
OUTCOMES = {
    "stayed": "Stayed",
    "left": "Left",
    "undecided": "Undecided",
    "in_discount": "In the discount",
    "left_in_discount": "Left in the discount",
    "no_discount": "No discount yet",
}
COUPONS = (
    "Subscriptions that a coupon was redeemed for. Stayed: with MRR 30 (90) days after the discount ended, of those "
    "who had access when it did. It tells who stays, not what they would have done without the coupon."
)


def show(view: SnapshotView) -> None:
    """Coupons, and the redemptions of one."""
    layout.section("Coupons", COUPONS)
    if layout.lacks(view, _PERFORMANCE, _REDEMPTIONS):
        return
    rows = offers.coupons(view.file)
    if rows.is_empty():
        layout.empty_state(
            "No coupons", "They come with the feed coupons and with coupon codes of subscription events."
        )
        return
    layout.small_table(view, rows, name="coupons", table=_PERFORMANCE)
    _redemptions(view, rows["coupon_code"].to_list())
    layout.sources(_PERFORMANCE, _REDEMPTIONS)


@st.fragment
def _redemptions(view: SnapshotView, codes: list[str]) -> None:
    layout.section("Redemptions", COUPONS)
    left, right = st.columns(2)
    code = left.selectbox("Coupon", codes, index=None, placeholder="All coupons", key="coupon-code")
    outcome = right.selectbox(
        "Outcome after 30 days",
        list(OUTCOMES),
        index=None,
        placeholder="All outcomes",
        format_func=lambda name: OUTCOMES[name],
        key="coupon-outcome",
    )
    rows = offers.redemptions(code, outcome)
    layout.browse_customers(view, rows, name="redemptions", empty="No redemption is like this.")
