"""What the numbers of revenue mean, in the words that appear on hover.

Belongs here: explanations for readers of MRR by cause and cut, revenue metrics, recognised revenue and payouts. Does
not belong here: the calculations (``dbt_project``), the words that all pages share (``app.definitions``).
"""

from __future__ import annotations

from pipelines.readings.metrics import find_metric

CAUSES = {
    "new": "first MRR of a subscription; in an expansion, a subscription that was added",
    "reactivation": "a subscription with MRR again",
    "plan_change": "another offer or billing interval",
    "price_change": "another price of the same offer",
    "discount_start": "a discount began or grew",
    "discount_end": "a discount ended or shrank",
    "exchange_rate": "the exchange rate alone moved it",
    "churn": "MRR to zero; in a contraction, one of several subscriptions given up",
}
CAUSE = (
    "What the customers' subscriptions did to make the movement. The causes of a movement sum to it exactly; parts "
    "against its direction stand apart as netted out."
)
COMMITTED_MRR = (
    "MRR of active subscriptions and those in grace that are not set to cancel, at the price before those discounts"
    " that will soon have ended: what stays when everything that is announced has happened."
)
ARPU = find_metric("arpu").description
GROSS_RETENTION = find_metric("gross_revenue_retention").description
NET_RETENTION = find_metric("net_revenue_retention").description
TWELVE_MONTHS = " Over the twelve months to the close, so there is none in the first twelve."
QUICK_RATIO = find_metric("quick_ratio").description
LIFETIME_VALUE = (
    "What customers have paid so far, tax, refunds and chargebacks taken off, per customer who has paid: what has "
    "come, not a forecast."
)
ACTIVE_SUBSCRIPTIONS = (
    "Subscriptions with status active at the close; those in grace, trial, hold or pause are not in it."
)
RECOGNISED = find_metric("recognised_revenue").description
DEFERRED = "Received and not yet earned at the close of the month."
PAYMENTS = (
    "Amounts in the currency of the row. Gross, refunds, chargebacks, reversed chargebacks, tax and fees add up to "
    "net, each with its sign."
)
PAYOUTS = (
    "Each payout against the payment events it settles, in its own currency. Unexplained is what was paid out less "
    "what those events come to; what is missing, paid twice or in another currency is counted."
)
