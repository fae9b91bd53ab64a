"""What the numbers of retention mean, in the words that appear on hover.

Belongs here: explanations for readers of cohorts, survival, churn, trials and renewals. Does not belong here: the
calculations (``dbt_project``), the words that all pages share (``app.definitions``).
"""

from __future__ import annotations

from pipelines.readings.metrics import find_metric

COHORT = (
    "Customers by the month or the week of their first MRR, all of them, also those gone at once. Period 0 is that "
    "month or week itself; period k tells who has MRR at the close of the k-th after it. Cells that are not over "
    "are outlined and left out of averages."
)
MRR_RETENTION = (
    "MRR of the cohort's customers at the close, expansions and returns included, as a share of the MRR that they "
    "began with. It can pass 100%."
)
CUTS = {
    "first_offer": "First offer",
    "channel": "Sales channel",
    "acquisition_channel": "Acquisition channel",
    "acquisition_campaign": "Campaign",
    "first_coupon": "First coupon",
    "country": "Country",
    "first_interval": "First billing interval",
    "cohort_month": "Month of the first MRR",
    "offer": "Offer",
    "provider": "Provider",
}
CUT = (
    "First offer, sales channel and coupon are those of the first day with MRR and never change; country, "
    "acquisition channel and campaign are the customer's. (none) stands where nothing is known, so that the values "
    "sum to the whole."
)
BAND = (
    "Pointwise 95% confidence band (Greenwood's variance, log-log transformed): wide where few were followed so long."
)
PROJECTION = (
    "The share of those who start that a model expects to pay without a break, renewal by renewal (Fader and Hardie): "
    "each customer has a chance of leaving of their own, so those who are left are the loyal ones. The band says how "
    "far the model is known, not how the next customers may chance. The last third of the observed periods checks a "
    "fit that had not seen them."
)
CHURN_BY_KIND = (
    "Customers paying at the month's open and not at its close, each once, by the kind of their last churn movement"
    " of the month. The kinds sum to all of them, and so do the deciding rules."
)
RULES = {
    "end_reason": "end reason given",
    "state_hold": "on hold",
    "state_grace": "ended in grace",
    "state_pause": "paused",
    "auto_renew_off": "auto-renewal off",
    "stale": "ran out, nothing said",
    "none": "no evidence",
}
RESUBSCRIBE = find_metric("resubscribe_rate").description
SERIAL = "Customers whose MRR fell to zero three or more times in the two years up to the as-of day."
TRIALS = (
    "Trials by the month in which their period ends. A trial converts when its subscription has MRR at the latest "
    "seven days after that end; before those are over it is undecided. Running trials end later and are not among "
    "the ended."
)
RENEWALS = (
    "Active subscriptions and those in grace by the day on which their period ends, with their MRR now. Those set "
    "to cancel will end then unless auto-renewal is turned on again. Trials that end have no MRR and stand apart."
)
SET_TO_CANCEL = (
    "Live subscriptions with auto-renewal off at the close of the day. Opening + newly set - reverted - ended = "
    "closing, exactly."
)
