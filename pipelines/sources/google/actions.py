"""What each real-time developer notification of Google Play does, by its number.

Belongs here: the tables of types. Does not belong here: the rows that follow from them.
"""

SUBSCRIPTION_TYPES: dict[str, tuple[str, str]] = {
    # Recovered from a hold or resumed from a pause: Google does not say which, and either makes it active again.
    "1": ("SUBSCRIPTION_RECOVERED", "recovered"),
    "2": ("SUBSCRIPTION_RENEWED", "renewed"),
    "3": ("SUBSCRIPTION_CANCELED", "cancel_scheduled"),
    "4": ("SUBSCRIPTION_PURCHASED", "started"),
    "5": ("SUBSCRIPTION_ON_HOLD", "hold_entered"),
    "6": ("SUBSCRIPTION_IN_GRACE_PERIOD", "grace_entered"),
    "7": ("SUBSCRIPTION_RESTARTED", "cancel_reverted"),
    "8": ("SUBSCRIPTION_PRICE_CHANGE_CONFIRMED", "other"),
    "9": ("SUBSCRIPTION_DEFERRED", "deferred"),
    "10": ("SUBSCRIPTION_PAUSED", "paused"),
    "11": ("SUBSCRIPTION_PAUSE_SCHEDULE_CHANGED", "other"),
    "12": ("SUBSCRIPTION_REVOKED", "ended"),
    "13": ("SUBSCRIPTION_EXPIRED", "ended"),
    "17": ("SUBSCRIPTION_ITEMS_CHANGED", "plan_changed"),
    "18": ("SUBSCRIPTION_CANCELLATION_SCHEDULED", "cancel_scheduled"),
    "19": ("SUBSCRIPTION_PRICE_CHANGE_UPDATED", "other"),
    "20": ("SUBSCRIPTION_PENDING_PURCHASE_CANCELED", "other"),
    "22": ("SUBSCRIPTION_PRICE_STEP_UP_CONSENT_UPDATED", "other"),
}
"""Google's name of a subscription notification, and the canonical event that follows (``other``: none)."""

ONE_TIME_TYPES = {"1": "ONE_TIME_PRODUCT_PURCHASED", "2": "ONE_TIME_PRODUCT_CANCELED"}
"""Google's name of a notification about a product that is sold once."""

PRICED_EVENTS = ("started", "renewed", "plan_changed")
"""Events that wait until the price behind their token is known."""

PAID_STATES = ("PROCESSED", "PENDING_REFUND", "PARTIALLY_REFUNDED", "REFUNDED")
"""States of an order in which its money was taken, whatever was given back since."""

ORDER_STATES = (*PAID_STATES, "PENDING", "CANCELED", "STATE_UNSPECIFIED")
"""All states of an order."""

WITHOUT_PURCHASE = ("SUBSCRIPTION_STATE_PENDING", "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED")
"""States of a subscription that nobody has bought (yet)."""
