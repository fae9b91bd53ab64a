"""RevenueCat: webhook events. (Its scheduled exports are tables, which load by a column mapping.)

Read: the sources of RevenueCat's documentation (repository RevenueCat/docs of February 2026): "Webhooks", "Event Types
and Fields", "Common Webhook Flows", and all its sample events, which were run. Not read: its newer
``X-RevenueCat-Signature`` header, which that documentation only names; the ``Authorization`` header is checked. Choices
that the format forces:

- A subscription is the store's original transaction. The customer is the app user that RevenueCat saw first
  (``original_app_user_id``); a later id of the same person that is not anonymous is linked to it.
- Money is in the purchased currency, tax included: what RevenueCat estimates of it as tax is taken out of the price,
  and its estimate of the store's commission is the fee. ``price`` in dollars is not used.
- No field tells an interval: it is that of the period, where this is a whole one (``store_intervals``). A purchase for
  another period, or without a price, begins a subscription whose price is not known, and so does a trial; a renewal of
  that kind keeps the price that was known (``recovered``).
- A renewal by Stripe may carry the time at which the period began, long before a product was changed: then it counts
  from the time that it is told.
- CANCELLATION is intent: auto-renew goes off. One for a failed payment (``BILLING_ERROR``) changes nothing, for
  BILLING_ISSUE tells it as grace or hold; one by customer support is a refund and says nothing of the renewal.
  EXPIRATION ends, but for a pause, which begins then. PRODUCT_CHANGE is an announcement: a purchase or renewal brings
  the new price. An extended trial stays one.
- What is granted (``PROMOTIONAL``) or shared with a family has no price: another event. A prepaid period is a pass.
- Events of the stores' sandboxes are no revenue (``sandbox_environment``).

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.base import IdentifierPlace
from pipelines.sources.billing import billing_source, chosen, one_event
from pipelines.sources.sql import epoch_milliseconds, json_fields
from pipelines.sources.store_intervals import is_whole_period, period_interval

EVENTS = {
    "INITIAL_PURCHASE": "started",
    "RENEWAL": "renewed",
    "UNCANCELLATION": "cancel_reverted",
    "SUBSCRIPTION_EXTENDED": "resumed",
    "EXPIRATION": "ended",
    "BILLING_ISSUE": "grace_entered",
    "CANCELLATION": "cancel_scheduled",
}
"""What a type does, but for what its reason, its period and its store change in that."""
OTHER = (
    "EXPERIMENT_ENROLLMENT",
    "INVOICE_ISSUANCE",
    "NON_RENEWING_PURCHASE",
    "PRODUCT_CHANGE",
    "REFUND_REVERSED",
    "SUBSCRIBER_ALIAS",
    "SUBSCRIPTION_PAUSED",
    "TEMPORARY_ENTITLEMENT_GRANT",
    "TEST",
    "TRANSFER",
    "VIRTUAL_CURRENCY_TRANSACTION",
)
"""Types that move no subscription; some are payments."""
END_REASONS = {
    "UNSUBSCRIBE": "customer_cancelled",
    "BILLING_ERROR": "payment_failed",
    "DEVELOPER_INITIATED": "publisher_terminated",
    "PRICE_INCREASE": "price_increase_declined",
    "CUSTOMER_SUPPORT": "refunded",
}
CHANNELS = {
    "APP_STORE": "ios",
    "MAC_APP_STORE": "mac",
    "PLAY_STORE": "android",
    "AMAZON": "fire_tv",
    "ROKU": "roku",
    "STRIPE": "web",
    "RC_BILLING": "web",
    "PADDLE": "web",
    "PROMOTIONAL": "promotional",
}
_FIELDS = {
    name: f"$.event.{path}"
    for name, path in {
        "kind": "type",
        "id": "id",
        "told": "event_timestamp_ms",
        "user": "app_user_id",
        "original_user": "original_app_user_id",
        "product": "product_id",
        "period_type": "period_type",
        "bought": "purchased_at_ms",
        "expires": "expiration_at_ms",
        "grace": "grace_period_expiration_at_ms",
        "store": "store",
        "environment": "environment",
        "converts": "is_trial_conversion",
        "cancelled_for": "cancel_reason",
        "expired_for": "expiration_reason",
        "transaction": "transaction_id",
        "original": "original_transaction_id",
        "price": "price_in_purchased_currency",
        "money": "currency",
        "tax_share": "tax_percentage",
        "fee_share": "commission_percentage",
        "nation": "country_code",
        "shared": "is_family_share",
        "offer_code": "offer_code",
        "to_user": "transferred_to[0]",
        "from_user": "transferred_from[0]",
    }.items()
}
_UNIT, _COUNT = period_interval("bought_at", "expires_at")
_IS_WHOLE = is_whole_period("bought_at", "expires_at", _UNIT, _COUNT)
_EVENT = one_event("kind", EVENTS)
_KNOWN = ", ".join(f"'{name}'" for name in (*EVENTS, *OTHER))


def _share(share: str) -> str:
    """The part of the price that RevenueCat estimates, to the cent: it tells four digits of the share."""
    return f"cast(round(gross * coalesce(try_cast({share} as DECIMAL(9,6)), 0), 2) as DECIMAL(18,4))"


_FACTS = f"""
    select
        file_number, row_number,
        case when kind is null then 'missing:event.type' when kind not in ({_KNOWN}) then 'unknown_type'
            when environment = 'SANDBOX' then 'sandbox_environment' end as flaw,
        id as notice, kind as word,
        least(case when kind = 'RENEWAL' and store = 'STRIPE' and told_at > bought_at + interval 1 day then told_at
            when kind in ('INITIAL_PURCHASE', 'RENEWAL', 'NON_RENEWING_PURCHASE') then bought_at
            when kind = 'EXPIRATION' then expires_at end, told_at) as occurred_at,
        told_at as recorded_at,
        'revenuecat_user:' || coalesce(original_user, app_user) as customer_id,
        original as subscription_id,
        case
            when is_granted or kind in {OTHER} then []
            when kind = 'INITIAL_PURCHASE' then case when period_type = 'TRIAL' then ['trial_started']
                when period_type = 'PREPAID' then [] else ['started'] end
            when kind = 'RENEWAL' then case when period_type = 'PREPAID' then []
                when converts = 'true' then ['trial_converted']
                when {_IS_WHOLE} and gross is not null then ['renewed'] else ['recovered'] end
            when kind = 'CANCELLATION' and cancelled_for in ('BILLING_ERROR', 'CUSTOMER_SUPPORT', 'SUBSCRIPTION_PAUSED')
                then []
            when kind = 'SUBSCRIPTION_EXTENDED' and period_type = 'TRIAL' then ['plan_changed']
            when kind = 'EXPIRATION' and expired_for = 'SUBSCRIPTION_PAUSED' then ['paused']
            when kind = 'BILLING_ISSUE' and grace_at is null then ['hold_entered']
            else {_EVENT}
        end as events,
        product as offer_id,
        abs(gross) - {_share("tax_share")} as amount, money as currency,
        case when {_IS_WHOLE} then {_UNIT} end as billing_interval,
        case when {_IS_WHOLE} then {_COUNT} end as billing_interval_count,
        period_type = 'TRIAL' or gross is null or not coalesce({_IS_WHOLE}, false) as price_unknown,
        bought_at as period_start,
        case when kind = 'BILLING_ISSUE' then grace_at else expires_at end as period_end,
        {chosen("store", {store: f"'{channel}'" for store, channel in CHANNELS.items()})} as channel,
        nation as country, offer_code as coupon_code,
        {chosen("expired_for", {word: f"'{reason}'" for word, reason in END_REASONS.items()})} as end_reason,
        case
            when is_granted or coalesce(gross, 0) = 0 then null
            when kind in ('INITIAL_PURCHASE', 'RENEWAL', 'NON_RENEWING_PURCHASE') then 'succeeded'
            when kind = 'CANCELLATION' and cancelled_for = 'CUSTOMER_SUPPORT' then 'refunded'
            when kind = 'REFUND_REVERSED' then 'chargeback_reversed'
        end as payment,
        transaction as transaction_id,
        case when kind in ('CANCELLATION', 'REFUND_REVERSED') then transaction end as original_transaction_id,
        abs(gross) as paid, case when tax_share is not null then abs({_share("tax_share")}) end as tax_amount,
        case when fee_share is not null then abs({_share("fee_share")}) end as fee_amount,
        case when kind = 'NON_RENEWING_PURCHASE' then case when expires_at is null then 'other' else 'pass' end
            when period_type = 'PREPAID' then 'pass' end as product_kind,
        case when kind = 'NON_RENEWING_PURCHASE' or period_type = 'PREPAID' then bought_at end as access_start,
        case when kind = 'NON_RENEWING_PURCHASE' or period_type = 'PREPAID' then expires_at end as access_end,
        case when alias is not null then 'revenuecat_user' end as alias_kind, alias_value, alias as alias_of
    from (
        select *,
            coalesce(store = 'PROMOTIONAL' or period_type = 'PROMOTIONAL' or shared = 'true', false) as is_granted,
            coalesce(user, to_user) as app_user,
            case when kind = 'TRANSFER' then 'revenuecat_user:' || to_user
                when user <> original_user and not starts_with(user, '$RCAnonymousID:') then user end as alias,
            case when kind = 'TRANSFER' then from_user else original_user end as alias_value,
            try_cast(price as DECIMAL(18,4)) as gross,
            {epoch_milliseconds("told")} as told_at,
            {epoch_milliseconds("bought")} as bought_at,
            {epoch_milliseconds("expires")} as expires_at,
            {epoch_milliseconds("grace")} as grace_at
        from ({json_fields(_FIELDS)})
    )
"""

_IDENTIFIERS = (
    IdentifierPlace("event.original_transaction_id", "subscription"),
    IdentifierPlace("event.transaction_id", "transaction"),
    IdentifierPlace("event.transferred_to", "customer"),
    IdentifierPlace("event.transferred_from", "customer"),
)
SOURCE = billing_source(
    "revenuecat",
    "RevenueCat webhooks",
    facts=_FACTS,
    cannot_know="the price after a trial before it is paid, discounts, prices and intervals of periods that a change "
    "of product shortened, exact taxes and commissions, when an announced change of product takes effect",
    flaws=("missing:event.type", "sandbox_environment"),
    identifiers=_IDENTIFIERS,
)
