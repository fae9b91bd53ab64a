"""The features of each paying customer at the close of a day, from what was known by then and nothing else.

Belongs here: putting the parts together and the meaning of every column. Does not belong here: how a column bears
on risk (``models.terms``), the target (``models.target``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from models.behaviour import paying_history, payment_history, support_history, viewing_history
from models.inputs import ScoringInputs, number_of_day
from models.knowledge import Knowledge, gather
from models.subscription_state import main_subscriptions, subscription_states
from models.target import paying_at_close

COUNTS = (
    "returns",
    "live_subscriptions",
    "cancel_reverts",
    "price_rises",
    "payment_failures_30",
    "payment_failures_90",
    "refunds_90",
    "active_days_7",
    "active_days_prior_21",
    "active_days_28",
    "active_days_prior_28",
    "support_tickets_30",
    "support_tickets_90",
)
MINUTES = ("minutes_7", "minutes_prior_21", "minutes_28", "minutes_prior_28")
CATEGORIES = ("provider", "channel", "offer_id", "country", "acquisition_channel")
UNKNOWN = "unknown"

# Null means: does not apply, or is not known; the comments give units and what null stands for.
FEATURES: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "subscription_id": pl.String(),  # the live subscription that brings most a month; null: none known yet
    "tenure_days": pl.Int32(),  # since the first MRR
    "spell_days": pl.Int32(),  # since MRR last rose from nothing
    "returns": pl.Int32(),  # times MRR rose from nothing after the first
    "live_subscriptions": pl.Int32(),
    "status": pl.String(),
    "auto_renew": pl.Boolean(),
    "days_since_cancel": pl.Int32(),  # of a cancellation that stands; null: none
    "cancel_reverts": pl.Int32(),  # cancellations taken back, ever
    "days_in_grace": pl.Int32(),  # null: not in grace
    "billing_months": pl.Float64(),  # months of one billing interval
    "monthly_price": pl.Float64(),  # before discount, billing currency
    "price_position": pl.Float64(),  # monthly price over the median of those paying in the same currency
    "discount_share": pl.Float64(),  # of the price, in force
    "days_to_discount_end": pl.Int32(),  # null: no end ahead
    "days_since_discount_end": pl.Int32(),  # null: none ended
    "days_to_period_end": pl.Int32(),  # negative: overdue
    "price_rise_share": pl.Float64(),  # of the last rise
    "days_since_price_rise": pl.Int32(),
    "price_rises": pl.Int32(),
    "days_since_downgrade": pl.Int32(),
    "began_with_trial": pl.Boolean(),
    "began_with_coupon": pl.Boolean(),
    **dict.fromkeys(CATEGORIES, pl.String()),
    "payment_failures_30": pl.Int32(),
    "payment_failures_90": pl.Int32(),
    "refunds_90": pl.Int32(),  # and chargebacks
    **dict.fromkeys(MINUTES, pl.Float64()),  # 7, the 21 before; 28, the 28 before
    **{name: pl.Int32() for name in COUNTS if name.startswith("active_days")},
    "days_since_viewing": pl.Int32(),  # up to the newest known day of viewing; null: none in 56 days
    "support_tickets_30": pl.Int32(),
    "support_tickets_90": pl.Int32(),
    "lowest_csat_90": pl.Float64(),  # null: nobody asked, or no answer
}


class FeatureBuilder:
    """Features of many days from one gathering of the inputs."""

    def __init__(self, inputs: ScoringInputs) -> None:
        self._inputs = inputs
        self._knowledge: Knowledge = gather(inputs)

    def as_of(self, day: date) -> pl.DataFrame:
        """One row a customer with MRR at the close of ``day``, by customer_id; columns ``FEATURES``."""
        known, number = self._knowledge, number_of_day(day)
        closes_at, lapse_days = self._inputs.close_of(day), self._inputs.lapse_days
        states = main_subscriptions(subscription_states(known.subscription_events, number, closes_at, lapse_days))
        parts = (
            states.join(known.subscriptions, on="subscription", how="left"),
            paying_history(self._inputs.paying, known.customers, day),
            payment_history(known.payment_events, number),
            viewing_history(known.viewing, number),
            support_history(known.tickets, number),
        )
        customers = paying_at_close(self._inputs.paying, day).select("customer_id")
        features = customers.join(known.customers, on="customer_id", how="left")
        for part in parts:
            features = features.join(part, on="customer", how="left")
        median = pl.col("monthly_price").median().over("currency")
        return (
            features.with_columns(price_position=pl.when(median > 0).then(pl.col("monthly_price") / median))
            .with_columns(
                pl.col(*COUNTS, *MINUTES).fill_null(0), pl.col(*CATEGORIES).cast(pl.String).fill_null(UNKNOWN)
            )
            .with_columns(pl.col("auto_renew").fill_null(value=True), pl.col("discount_share").fill_null(0.0))
            .select([pl.col(name).cast(kind) for name, kind in FEATURES.items()])
            .sort("customer_id")
        )


def features_as_of(inputs: ScoringInputs, day: date) -> pl.DataFrame:
    """One row a customer with MRR at the close of ``day``, by customer_id; columns ``FEATURES``.

    Only rows that occurred and were recorded before the close of ``day`` enter. Who is paying, since when and
    how often again comes from ``inputs.paying``, the warehouse's newest reading of the past.
    """
    return FeatureBuilder(inputs).as_of(day)
