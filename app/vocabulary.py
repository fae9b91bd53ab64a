"""From the warehouse's codes to the words that people read, once for all pages.

Belongs here: codes whose words are not the code with spaces, and the columns that hold codes. Does not belong here:
definitions (``app.definitions``), titles of columns (``app.columns``).
"""

from __future__ import annotations

WORDS = {
    # Stand for values where there is none, or all.
    "(all)": "All together",
    "(none)": "None named",
    "(still there)": "Still there",
    # The rule that decided a kind of churn.
    "end_reason": "Reason given by the sender",
    "state_hold": "Payment failed, access stopped",
    "state_grace": "Payment failed, in grace",
    "state_pause": "Paused by the subscriber",
    "auto_renew_off": "Auto-renew was off",
    "stale": "Lapsed without a word",
    "none": "No evidence",
    # Reasons of an end.
    "customer_cancelled": "Cancelled by the customer",
    "publisher_terminated": "Ended by the publisher",
    "switched": "Switched to another plan",
    # Events of payments, kinds of products.
    "chargeback_reversed": "Chargeback reversed",
    "ppv": "Pay-per-view",
    "cancel_scheduled": "Set to cancel",
    "cancel_reverted": "Kept after all",
    "plan_changed": "Plan changed",
    "trial_converted": "Trial converted",
    "grace_entered": "Grace began",
    "hold_entered": "Hold began",
    # Ways to pay, as their makers write them.
    "apple_id": "Apple ID",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "google_play": "Google Play",
    "roku_pay": "Roku Pay",
    "amazon_pay": "Amazon Pay",
    "paypal": "PayPal",
    "ideal": "iDEAL",
    "sepa_debit": "SEPA debit",
    # Channels.
    "tv": "TV",
    "fire_tv": "Fire TV",
    "ios": "iOS",
    "kkbox": "KKBox",
    # Next steps of care.
    "ask_for_new_card": "Ask for a new card",
    "offer_cheaper_plan": "Offer a cheaper plan",
    "answer_ticket": "Answer the ticket",
    "make_good": "Make it good",
    "ask_why_leaving": "Ask why they leave",
    "recommend_content": "Recommend content",
}

# Of people on the way: who pays stands at one of four, so that "paying" means MRR here as everywhere.
STAGES = {
    "visited": "Visited",
    "registered": "Registered",
    "checkout": "Tried, never paid",
    "trial": "In trial",
    "paying": "Paying, all well",
    "at_risk": "Paying, payment failed",
    "set_to_cancel": "Paying, set to cancel",
    "won_back": "Paying, won back",
    "churned": "Churned, with deleted accounts",
    "(new)": "Not known before",
}
STAGE_COLUMNS = frozenset({"stage", "previous_stage", "from_stage", "to_stage", "next_stage", "journey_stage"})

CODED_COLUMNS = STAGE_COLUMNS | frozenset(
    {
        "acquisition_channel",
        "action",
        "anomaly",
        "arm",
        "billing_interval",
        "case_failure_code",
        "case_payment_method",
        "case_provider",
        "cause",
        "channel",
        "churn_band",
        "churn_kind",
        "churn_kind_now",
        "churn_kind_then",
        "churn_rule",
        "churn_rule_now",
        "churn_rule_then",
        "commitment_axis",
        "customer_status",
        "device",
        "direction",
        "duration",
        "end_reason",
        "error_code",
        "engagement_level",
        "engagement_trend",
        "event_type",
        "failure_code",
        "feature",
        "feed",
        "hybrid_kind",
        "intent",
        "interval",
        "item",
        "kind",
        "last_churn_kind",
        "last_churn_rule",
        "movement_type",
        "movement_type_now",
        "movement_type_then",
        "last_contact_topic",
        "last_decline_reason",
        "lost_kind",
        "metric",
        "offer_kind",
        "outcome",
        "outcome_30_days",
        "outcome_90_days",
        "outcome_reason",
        "outcome_rule",
        "payment_method",
        "price_interval",
        "product_kind",
        "provider",
        "risk_band",
        "rule_name",
        "rule_value",
        "status",
        "step",
        "subscription_churn_kind",
        "subscription_status",
        "topic",
        "topic_source",
        "unit",
        "value_axis",
        "value_cell",
        "verdict",
        "vulnerability_axis",
        "warning",
    }
)


_ACRONYMS = {name.lower(): name for name in ("MRR", "ARPU", "AUC", "CSAT", "FX", "ID")}


def word(code: str) -> str:
    """A code as words: on_hold becomes On hold; what has capitals, as DE or Google Ads, is words already."""
    if code in WORDS:
        return WORDS[code]
    if code != code.lower():
        return code
    words = " ".join(_ACRONYMS.get(each, each) for each in code.split("_"))
    return words[:1].upper() + words[1:]


def stage(code: str) -> str:
    """A stage of the journey as words."""
    return STAGES.get(code) or word(code)
