"""How the columns of the public tables look in a table: titles, number formats, definitions on hover.

Belongs here: one entry a column that is not plain text. Does not belong here: which columns a table has
(``app.queries``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from app import definitions, formatting, vocabulary
from app.vocabulary import CODED_COLUMNS, STAGE_COLUMNS

_HELP = {
    "mrr": definitions.MRR,
    "current_mrr": definitions.MRR,
    "movement_type": definitions.MOVEMENT,
    "mrr_change": definitions.MOVEMENT,
    "churn_kind": definitions.CHURN_KIND,
    "churn_rule": definitions.CHURN_RULE,
    "churn_probability": definitions.CHURN_PROBABILITY,
    "risk_band": definitions.RISK_BAND,
    "reason_1": definitions.REASONS,
    "lifetime_revenue": definitions.LIFETIME_REVENUE,
    "revenue_reporting": definitions.REVENUE,
    "customer_churn_rate": definitions.CUSTOMER_CHURN_RATE,
    "gross_mrr_churn_rate": definitions.GROSS_MRR_CHURN_RATE,
    "net_mrr_churn_rate": definitions.NET_MRR_CHURN_RATE,
    "is_complete": "Whether the month was over at the as-of instant.",
    "churns": "Customers who lost all MRR on a day; who is back by the close of the month counts here too.",
    "returns": "How often the customer came back after having left.",
    "quiet_for": "From the newest record of the feed to the as-of instant.",
    "email_masked": "Personal data stays masked in everything that is published.",
}
_TITLES = {
    "customer_id": "Customer",
    "subscription_id": "Subscription",
    "offer_id": "Offer",
    "transaction_id": "Transaction",
    "churned_subscription_id": "Churned subscription",
    "email_masked": "E-mail (masked)",
    "mrr": "MRR",
    "current_mrr": "MRR",
    "mrr_change": "MRR change",
    "mrr_before": "MRR before",
    "mrr_after": "MRR after",
    "movement_date": "Date",
    "is_complete": "Complete",
    "quiet_for": "Quiet for",
    "arpu": "ARPU",
    "dimension_value": "Value",
    "other": "Compared with",
    "counted": "Of",
    "value_of_rate": "Value",
    "other_of_rate": "Compared with",
    "low_of_rate": "95% from",
    "high_of_rate": "95% to",
    "variant_rate": "By this definition",
    "value_rate": "By this definition",
    "value_mrr": "By this definition",
    "value_after_rate": "After this rule",
    "value_after_mrr": "After this rule",
    "before_rate": "Before",
    "now_rate": "Now",
    "change_points": "Change (points)",
    "gap_points": "Gap (points)",
    "gap_mrr": "Gap",
    "contribution_points": "Contribution (points)",
    "contribution_mrr": "Contribution",
    "test_id": "Test",
    "opening_subscriptions": "At the open",
    "started_subscriptions": "Started",
    "returned_subscriptions": "Returned",
    "switched_in_subscriptions": "Switched in",
    "switched_out_subscriptions": "Switched out",
    "left_subscriptions": "Left",
    "closing_subscriptions": "At the close",
    "followed": "Followed 30 days",
    "paying_after": "Paying then",
    "paying_after_rate": "Paying then, share",
    "churned_within": "Churned by then",
    "churned_within_rate": "Churned by then, share",
    "maturity_share": "Mature",
}
OFFER_COLUMNS = frozenset({"offer_id", "offer", "first_offer", "offer_before", "offer_after", "from_offer", "to_offer"})
# Columns of money that are not in the reporting currency but in the one beside them.
_OWN_CURRENCY = {
    "amount",
    "tax_amount",
    "fee_amount",
    "amount_off",
    "gross_amount",
    "refunded_amount",
    "chargeback_amount",
    "chargeback_reversed_amount",
    "net_amount",
    "payout_amount",
    "transactions_gross_amount",
    "transactions_fee_amount",
    "transactions_net_amount",
    "unexplained_amount",
}
_SHARES = (
    "_rate",
    "probability",
    "_bound",
    "maturity_share",
    "standard_error",
    "_revenue_retention",
    "_revenue_retention_12_months",
)
# Differences of shares, in hundredths too.
_POINTS = "_points"
# Of hundredths, one place after the point is shown.
_SMALLEST_SHOWN = 0.05
# Of words that come further down than the browser measures.
_WIDE = {"metric": 210, "reason_1": 340, "reason_2": 260, "reason_3": 260, "action_1": 260, "raw": 420, "reason": 270,
         "feed": 180, "churn_rule": 180, "evidence": 460}  # fmt: skip
_LONG_ID, _WIDTH_OF_LONG_ID = 20, 150


def displayed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as a table shows it: codes as words, shares in hundredths, which is what their format expects."""
    coded = [name for name, kind in frame.schema.items() if name in CODED_COLUMNS and kind == pl.String]
    words = {
        name: {
            code: vocabulary.stage(code) if name in STAGE_COLUMNS else formatting.words(code)
            for code in frame[name].unique().to_list()
            if code is not None
        }
        for name in coded
    }
    return frame.with_columns(
        *(_hundredths(name) for name in frame.columns if _is_share(name)),
        *(pl.col(name).replace(words[name]) for name in coded),
    )


def _hundredths(share: str) -> pl.Expr:
    """A share as its format expects it; what rounds to nothing has no sign."""
    value = pl.col(share) * 100
    return pl.when(value.abs() < _SMALLEST_SHOWN).then(0).otherwise(value).alias(share)


def column_config(frame: pl.DataFrame, currency: str, about: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The looks of each column of a frame, by its name and type; money in ``currency`` unless it has its own.

    ``about`` has words for the hover by column, which go before those of this module.
    """
    return {
        name: _column(name, kind, currency, (about or {}).get(name) or _HELP.get(name), _width(frame[name]))
        for name, kind in frame.schema.items()
    }


def _width(column: pl.Series) -> int | None:
    """The width of a column that has one: an id of forty letters would leave no room for what is known of it."""
    if column.name.endswith("_id") and column.dtype == pl.String:
        return _WIDTH_OF_LONG_ID if (column.str.len_chars().max() or 0) > _LONG_ID else None  # type: ignore[operator]
    return _WIDE.get(column.name)


def _is_share(name: str) -> bool:
    return name.endswith((*_SHARES, _POINTS))


def title(name: str) -> str:
    """The title of a column: mrr_change becomes MRR change."""
    return _TITLES.get(name) or formatting.words(name.removesuffix("_reporting"))


def _column(name: str, kind: pl.DataType, currency: str, about: str | None, width: int | None) -> Any:
    label = title(name)
    if name == "churn_probability":
        return st.column_config.ProgressColumn(label, help=about, format="%.1f%%", min_value=0, max_value=100)
    if name.endswith(_POINTS):
        return st.column_config.NumberColumn(label, help=about, format="%+.1f")
    if _is_share(name):
        return st.column_config.NumberColumn(label, help=about, format="%.1f%%")
    if kind.is_float():
        return st.column_config.NumberColumn(label, help=about, format="%.2f")
    if isinstance(kind, pl.Decimal):
        suffix = "" if name in _OWN_CURRENCY else f" ({currency})"
        return st.column_config.NumberColumn(label + suffix, help=about, format="%,.2f")
    if isinstance(kind, pl.Boolean):
        return st.column_config.CheckboxColumn(label, help=about)
    if kind.is_integer():
        return st.column_config.NumberColumn(label, help=about, format="%,d")
    if isinstance(kind, pl.Datetime):
        return st.column_config.DatetimeColumn(f"{label} (UTC)", help=about, format="D MMM YYYY, HH:mm")
    if isinstance(kind, pl.Date):
        is_month = name.endswith("month")
        return st.column_config.DateColumn(label, help=about, format="MMM YYYY" if is_month else "D MMM YYYY")
    return st.column_config.Column(label, help=about, width=width)
