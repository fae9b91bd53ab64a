"""What the numbers of revenue mean, in the words that appear on hover.

Belongs here: explanations for readers of MRR by cause and cut, revenue metrics, recognised revenue and payouts. Does
not belong here: the calculations (``dbt_project``), the words that all pages share (``app.definitions``).
"""

from __future__ import annotations

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
ARPU = "Average revenue per paying user: closing MRR / paying customers at the close."
GROSS_RETENTION = (
    "Of the MRR of the customers paying at the open, the share that the same customers still pay at the close, each"
    " at most what they paid then. Never above 100%."
)
NET_RETENTION = "The same with what those customers pay more; above 100% when they grew."
TWELVE_MONTHS = " Over the twelve months to the close, so there is none in the first twelve."
QUICK_RATIO = (
    "(New + reactivation + expansion) / (churn + contraction) of the month: how much MRR was won for each unit "
    "lost. None when nothing was lost."
)
LIFETIME_VALUE = (
    "What customers have paid so far, tax, refunds and chargebacks taken off, per customer who has paid: what has "
    "come, not a forecast."
)
ACTIVE_SUBSCRIPTIONS = (
    "Subscriptions with status active at the close; those in grace, trial, hold or pause are not in it."
)
RECOGNISED = (
    "Payments without tax, earned evenly over the time that they pay for. Refunds and chargebacks take back what "
    "was earned. Received so far = recognised so far + deferred, exactly."
)
DEFERRED = "Received and not yet earned at the close of the month."
PAYMENTS = (
    "Amounts in the currency of the row. Gross, refunds, chargebacks, reversed chargebacks, tax and fees add up to "
    "net, each with its sign."
)
PAYOUTS = (
    "Each payout against the payment events it settles, in its own currency. Unexplained is what was paid out less "
    "what those events come to; what is missing, paid twice or in another currency is counted."
)
