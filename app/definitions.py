"""What each metric means, in the words that appear on hover.

Belongs here: explanations for readers. Does not belong here: the calculations (``dbt_project``).
"""

from __future__ import annotations

from pipelines.readings.metrics import find_metric
from pipelines.warehouse.project_variables import lapse_days

MRR = find_metric("mrr").description
PAYING_CUSTOMERS = find_metric("paying_customers").description
CUSTOMER_CHURN_RATE = find_metric("customer_churn_rate").description
GROSS_MRR_CHURN_RATE = find_metric("gross_mrr_churn_rate").description
NET_MRR_CHURN_RATE = find_metric("net_mrr_churn_rate").description
MOVEMENTS = {
    "new": "MRR of customers who pay for the first time ever.",
    "reactivation": "MRR of customers who paid before, had stopped and pay again.",
    "expansion": "Higher MRR of customers who already paid: upgrades, price rises, discounts that end.",
    "contraction": "Lower MRR of customers who go on paying: downgrades, one of several subscriptions cancelled.",
    "churn": "MRR of customers whose MRR fell to zero.",
}
MOVEMENT = (
    "The closing MRR of a customer's day against the day before; at most one movement per customer and day. "
    "Opening MRR plus all movements is closing MRR, exactly."
)
CHURN_KINDS = {
    "voluntary": "The subscriber cancelled, refused a price rise, was refunded, or had switched auto-renewal off.",
    "involuntary": "A payment failed or was charged back, and access stopped.",
    "publisher": "The product was withdrawn, or the publisher ended the subscription.",
    "switched": "The subscription ended because another one took its place.",
    "pause": "The subscriber paused, which ends payment for now.",
    "unknown": "Nothing that arrived tells why. Kept visible rather than spread over the other kinds.",
}
CHURN_KIND = "Why the MRR fell to zero, by the best evidence of that day. " + " ".join(
    f"**{kind.capitalize()}**: {text}" for kind, text in CHURN_KINDS.items()
)
CHURN_RULE = (
    "The evidence that decided the kind: the stated end reason, the state in which access was lost (hold, grace, "
    "pause), auto-renewal being off, a period that ran out with nothing said (stale), or none."
)
COHORT = (
    "Customers by the month of their first MRR. Period 0 is that month itself; period k tells who has MRR at the close "
    "of the k-th month after it. Cells whose month is not over are outlined and left out of averages."
)
SURVIVAL = (
    "The estimated share of customers who have not churned by each day since their first MRR (Kaplan and Meier). "
    "Customers who still pay count for as long as they were seen."
)
CHURN_PROBABILITY = (
    "The estimated chance that a customer who pays now has no MRR at the end of the horizon, calibrated on past "
    "outcomes: of customers rated 20%, about one in five should leave."
)
OVERDUE = (
    "Active subscriptions whose paid period has ended and of which nothing was told since. They count as paying until "
    f"{lapse_days()[0]} days after that; those that do not renew by then churned when the period ended, so newest "
    "months still change."
)
RISK_BAND = (
    "High: odds of leaving at least three times the base odds. Medium: at or above the base odds. Low: below them."
)
SCORE_METRICS = {
    "customers": "Customers that were rated.",
    "churn_rate": "The share of them that had left by the end of the horizon.",
    "auc": "The chance that somebody who left was rated above somebody who stayed; 0.5 is guessing, 1 perfect.",
    "average_precision": "How pure the top of the list is; guessing gives the churn rate, 1 is perfect.",
    "top_decile_lift": "How many times more often the tenth rated highest left than everybody.",
    "top_decile_gain": "The share of all who left that was among the tenth rated highest.",
    **{
        f"lift_at_{share}_percent": f"How many times more often the {share}% rated highest left than everybody."
        for share in (1, 5, 20)
    },
    **{
        f"capture_at_{share}_percent": f"The share of all who left that was among the {share}% rated highest."
        for share in (1, 5, 20)
    },
    "log_loss": "The penalty for confident mistakes; lower is better.",
    "brier": "The mean squared distance of probability and outcome; lower is better.",
    "expected_calibration_error": "How far predicted and observed shares lie apart on average; 0 is perfect.",
    "calibration_slope": "1 is right; below 1 the probabilities are too extreme, above 1 too timid.",
    "expected_maximum_profit": "What a campaign at the best threshold earns a customer, at 200 a kept customer, 10 an "
    "incentive and 1 a contact that three in ten of those who would leave accept.",
    "savings": "The share of what leaving costs that contacts from that threshold on save, against the cheaper of "
    "contacting nobody and everybody; below 0 the list is worse than that.",
    "contact_threshold": "The probability from which on a contact pays at these costs.",
}
SCORE_SHARES = {
    "churn_rate",
    "top_decile_gain",
    *(f"capture_at_{share}_percent" for share in (1, 5, 20)),
    "expected_calibration_error",
    "savings",
    "contact_threshold",
}
BACKTEST_PARTS = (
    "Each month end is judged by a model of the days whose outcome was over by then. In brackets the 95% interval, by "
    "drawing customers 200 times, each with all their month ends; none where fewer than 20 left or stayed."
)
BACKTEST_POPULATIONS = {
    "everybody": "Everybody",
    "renewing": "Set to renew and not in grace",
    "in_grace": "In grace",
    "off_ending": "Auto-renew off, ending within the horizon",
    "off_later": "Auto-renew off, ending later",
    "on_due": "Set to renew, due within the horizon",
    "on_later": "Set to renew, due later",
}
REASONS = "What is true of this customer and raises the estimate most, strongest first. Fewer than three may apply."
EXPECTED_PURCHASES = (
    "Days with purchases, as models of buying (BG/NBD) and of sizes (Gamma-Gamma) expect of a customer with these: "
    "fewer the longer nothing was bought. A mean of many alike, not a promise of one. A dash: sizes cannot be told."
)
WHAT_IF = (
    "The score of the same customer if only this were another. It says what goes with leaving among past customers, "
    "not what a change would do: only an experiment tells that. Where few customers and days had such a plan (seen), "
    "the model has little to go by."
)
REVENUE = "Payments received less refunds and chargebacks, tax excluded, in the reporting currency, by day of payment."
AS_OF = (
    "Every number is what was known at this instant: later events, and events recorded later, are not in it. "
    "The same data and the same instant always give the same numbers."
)
LIFETIME_REVENUE = "All payments of the customer so far less refunds and chargebacks, tax excluded."
FRESHNESS = "For each feed: rows known at the as-of instant, and when the newest of them happened and was recorded."
QUARANTINE = "Rows that broke the contract of their feed. They are kept with the reason and are in no number."
ANOMALIES = "Events that could not apply in the order of their subscription, such as an end before any start."
ACCOUNTING = (
    "By the day on which files were taken in: rows read = loaded + duplicates + quarantined, exactly. A file that is "
    "delivered again is counted again; its rows are duplicates then."
)
FEED_HEALTH = {
    "Freshness": (
        "Late: no row for longer than three times the median gap between arrivals, or one and a half times the longest "
        "usual gap (the 95th percentile) where that is longer. Judged over the 60 days up to the newest row."
    ),
    "Gaps": (
        "Days of the last 90 without a row, on weekdays with rows on at least three in four days of the last year. "
        "Only for feeds that come daily; one of the last seven days is worth a look."
    ),
    "Last full day": (
        "Unusual: the rows of the last complete day lie more than 3.5 robust deviations from the median of the same "
        "weekday in the eight weeks before. Only for feeds that come daily."
    ),
    "Event mix": (
        "The share of rows that would have to be of another type for the last seven days to look like the 28 before. "
        "Unusual: above 10% and more than three times what chance explains."
    ),
}
ANOMALY_KINDS = (
    "**Before start**: nothing has opened the subscription yet. **After end**: it ended or lapsed and was not opened "
    "again. **Other customer**: the event names another customer than the subscription's first event."
)
