"""The words that columns of the feeds allow: kinds of event and of annotation, reasons of an end, intervals, products.

Belongs here: enumerations that more than one room reads. Does not belong here: the columns that they are of
(``pipelines.contract.feeds``), codes of others such as countries and currencies (``pipelines.contract.codes``).
"""

from __future__ import annotations

# What exports write for nothing, for yes and for no (these in any case). NA is Namibia's code.
WORDS_FOR_NOTHING = ("NULL", "null", "\\N", "None", "nan", "NaN", "NaT", "<NA>", "N/A", "#N/A", "(null)", "<null>")
YES = ("true", "t", "1", "yes", "y")
NO = ("false", "f", "0", "no", "n")
OPENING_EVENT_TYPES = ("trial_started", "started", "trial_converted", "renewed", "recovered", "resumed")
PRICED_EVENT_TYPES = ("trial_started", "started", "trial_converted", "renewed", "plan_changed")
SUBSCRIPTION_EVENT_TYPES = (
    "trial_started",
    "started",
    "trial_converted",
    "renewed",
    "plan_changed",
    "cancel_scheduled",
    "cancel_reverted",
    "grace_entered",
    "hold_entered",
    "recovered",
    "paused",
    "resumed",
    "ended",
)
END_REASONS = (
    "customer_cancelled",
    "price_increase_declined",
    "refunded",
    "payment_failed",
    "chargeback",
    "product_withdrawn",
    "publisher_terminated",
    "fraud",
    "switched",
)
BILLING_INTERVALS = ("day", "week", "month", "year")
PRODUCT_KINDS = ("subscription", "pass", "ppv", "rental", "other")
JOURNEY_STEPS = (
    "visited",
    "paywall_viewed",
    "registered",
    "checkout_started",
    "checkout_completed",
    "checkout_abandoned",
)
# What a checkout tells between its start and its end.
CHECKOUT_STEPS = (
    "offer_chosen",
    "payment_method_chosen",
    "payment_submitted",
    "payment_declined",
    "payment_authorised",
)
# What customers do by themselves in their account; that it took effect, subscription and customer events tell.
ACCOUNT_ACTIONS = ("card_updated", "plan_switched", "paused", "cancelled", "reactivated", "consent_changed")
ANNOTATION_KINDS = ("launch", "campaign", "outage", "price_change", "definition_change", "other")
ANNOTATION_DIMENSIONS = ("offer", "channel", "provider", "country", "interval", "acquisition_channel")
