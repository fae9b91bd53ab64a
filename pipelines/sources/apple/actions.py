"""What each notification of the App Store does, by its type and subtype.

Belongs here: the table of types. Does not belong here: the rows that follow from it.
"""

ACTIONS: dict[tuple[str, str], str] = {
    ("SUBSCRIBED", "INITIAL_BUY"): "purchase",
    ("SUBSCRIBED", "RESUBSCRIBE"): "purchase",
    # Until 2023 a purchase with an offer came under this type.
    ("OFFER_REDEEMED", "INITIAL_BUY"): "purchase",
    ("OFFER_REDEEMED", "RESUBSCRIBE"): "purchase",
    # An upgrade takes effect at once; a downgrade, or an offer for the same product, with the next renewal.
    ("OFFER_REDEEMED", "UPGRADE"): "upgrade",
    ("OFFER_REDEEMED", "DOWNGRADE"): "other",
    ("OFFER_REDEEMED", ""): "other",
    ("DID_CHANGE_RENEWAL_PREF", "UPGRADE"): "upgrade",
    ("DID_CHANGE_RENEWAL_PREF", "DOWNGRADE"): "other",
    ("DID_CHANGE_RENEWAL_PREF", ""): "other",
    ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_ENABLED"): "auto_renew_on",
    ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_DISABLED"): "auto_renew_off",
    ("DID_RENEW", ""): "renewal",
    ("DID_RENEW", "BILLING_RECOVERY"): "recovery",
    ("DID_FAIL_TO_RENEW", "GRACE_PERIOD"): "grace",
    ("DID_FAIL_TO_RENEW", ""): "hold",
    ("GRACE_PERIOD_EXPIRED", ""): "grace_over",
    ("EXPIRED", "VOLUNTARY"): "expiry",
    ("EXPIRED", "BILLING_RETRY"): "expiry",
    ("EXPIRED", "PRICE_INCREASE"): "expiry",
    ("EXPIRED", "PRODUCT_NOT_FOR_SALE"): "expiry",
    ("EXPIRED", ""): "expiry",
    ("RENEWAL_EXTENDED", ""): "extension",
    ("REVOKE", ""): "revocation",
    ("REFUND", ""): "refund",
    ("REFUND_REVERSED", ""): "refund_reversed",
    ("ONE_TIME_CHARGE", ""): "one_time",
}
"""What a type and subtype (empty where there is none) does."""

OTHER_TYPES = (
    "CONSUMPTION_REQUEST",
    "EXTERNAL_PURCHASE_TOKEN",
    "METADATA_UPDATE",
    "MIGRATION",
    "PRICE_CHANGE",
    "PRICE_INCREASE",
    "REFUND_DECLINED",
    "RENEWAL_EXTENSION",
    "RESCIND_CONSENT",
    "TEST",
)
"""Types that move no number whatever their subtype."""

MAPPED_TYPES = tuple(sorted({notification_type for notification_type, _ in ACTIONS}))
"""Types of which only the listed subtypes are understood."""

PRICED_ACTIONS = ("purchase", "upgrade", "renewal", "recovery")
"""Actions whose transaction sets the subscription's price."""
