"""Roku Pay push notifications: one JSON object a transaction, plain or as the message of a signed token.

A subscription is its first transaction's id, with or without dashes. Choices that the format forces:

- A Sale with ``isFreeTrial`` is a trial. Any other Sale converts a trial, renews, or starts, by its comment and by what
  came right before it. A Sale without an expiry is a purchase of something else.
- No field tells the length of the interval: it is that of the first whole period between a Sale and its expiry. The
  price after a trial is that of the Sale which follows it, 0 until that is known.
- ``price`` is the recurring price without tax, ``total`` is what was paid; a credit that was applied changes neither.
- A Cancellation with an expiry of that day or later is the customer's wish: auto-renew goes off, and since Roku says
  nothing when the time comes, the same notice makes the end, at the expiry, unless a Resubscribe follows it. One with
  a past expiry is passive: the payment could not be recovered, or was refunded if a Refund came right before.
- A switch is two subscriptions to Roku, and nothing in a pair of notices names the other one: the old one ends as
  ``switched``, at once (upgrade) or at its expiry (downgrade); the new one starts at once, or with its first payment,
  dated back to the expiry of the old. Both are of one customer and day, so the movement is one change of size.
- ``partnerReferenceId`` is the business's customer only on sales: on refunds and credits it names the request.
- Refunds and chargebacks do not name the payment that they concern.

Belongs here: what the fields mean. Does not belong here: signatures (``pipelines.sources.signatures``).
"""

from pipelines.sources.base import Source
from pipelines.sources.sql import base64url_text, instant, json_fields, key_hash, key_lists, sets_price
from pipelines.sources.store_intervals import is_whole_period, period_interval

_SALES = "('Sale', 'UpgradeSale', 'DowngradeSale')"
_CANCELLATIONS = "('Cancellation', 'UpgradeCancellation', 'DowngradeCancellation')"
_STATES = "('GraceInitiated', 'GraceRecovered', 'OnHoldInitiated', 'OnHoldRecovered', 'Resubscribe')"
_REVERSALS = "('Refund', 'Chargeback', 'ChargebackReversed', 'SecondChargeback')"

_FIELDS = {
    "kind": "$.transactionType",
    "transaction": "$.transactionId",
    "original": "$.originalTransactionId",
    "roku_customer": "$.customerId",
    "reference": "$.partnerReferenceId",
    "product": "$.productCode",
    "price_text": "$.price",
    "tax_text": "$.tax",
    "total_text": "$.total",
    "currency_text": "$.currency",
    "trial_text": "$.isFreeTrial",
    "event_text": "$.eventDate",
    "expiration_text": "$.expirationDate",
    "comments": "$.comments",
    "purchase_channel": "$.purchaseChannel",
}


# A token is the value of "payload" (or of "body", in what a receiver keeps); its message is a claim, encoded once more.
_TOKENS = """
    select *, case when not contains(payload, '"transactionType"') then
        coalesce(json_extract_string(payload, '$.payload'), json_extract_string(payload, '$.body')) end as token
    from payloads
"""
_CLAIMS = f"""
    select *, try(json_extract_string(claims, '$.x-Roku-message')) as message
    from (select *, {base64url_text("split_part(token, '.', 2)")} as claims from ({_TOKENS}))
"""
_OPENED = f"""(
    select *, case when json_valid(decoded) then decoded else payload end as document,
        list_concat({key_lists("claims")}, {key_lists("decoded")}) as document_keys,
        hash({key_hash("claims")}, {key_hash("decoded")}) as document_hash
    from (select *, {base64url_text("message")} as decoded from ({_CLAIMS}))
)"""
_READ = f"""
    select
        file_number, row_number, document_hash, kind, product, comments, price_text, total_text,
        currency_text, event_text, expiration_text,
        lower(replace(transaction, '-', '')) as transaction_id,
        lower(replace(original, '-', '')) as subscription_id,
        roku_customer,
        case when kind in {_SALES} then reference end as own_customer,
        coalesce(own_customer, 'roku_customer:' || roku_customer) as customer_id,
        try_cast(price_text as DECIMAL(18,4)) as price,
        abs(try_cast(tax_text as DECIMAL(18,4))) as tax,
        abs(try_cast(total_text as DECIMAL(18,4))) as total,
        upper(currency_text) as currency,
        lower(trial_text) = 'true' as is_trial,
        {instant("event_text")} as event_at,
        {instant("expiration_text")} as expires_at,
        case when lower(purchase_channel) = 'web' then 'web' else 'roku' end as channel,
        concat_ws(':', kind, transaction_id, epoch_us(event_at)) as notice,
        kind in {_SALES} and expires_at is not null
            and not (kind = 'DowngradeSale' and not coalesce(is_trial, false) and coalesce(price, 0) = 0) as opens,
        kind in ('GraceRecovered', 'OnHoldRecovered') as recovers,
        kind in {_CANCELLATIONS} and kind <> 'UpgradeCancellation' and date_trunc('day', expires_at)
            >= date_trunc('day', event_at) as is_announced
    from ({json_fields(_FIELDS, document="document", relation=_OPENED)})
"""
_INTERVAL, _COUNT = period_interval("event_at", "expires_at")
# A subscription keeps its product and so its interval: a period of another length, as a moved billing cycle makes it,
# tells none, and the last whole one does.
_PARSED = f"""
    select *, {is_whole_period("event_at", "expires_at", "paid_interval", "paid_count")} as is_whole
    from (
        select *, case when opens or recovers then {_INTERVAL} end as paid_interval,
            case when opens or recovers then {_COUNT} end as paid_count
        from ({_READ})
    )
"""

# What came right before a notice about the same subscription, and right after it, as far as it is known.
_BESIDE = """
    (
        select
            order_id as notice,
            lag(known_kind) over beside as kind_before,
            lag(trial_ends_at) over beside is not null as trial_before,
            lag(period_end) over beside as end_before,
            lead(known_kind) over beside as kind_after,
            lead(amount) over beside as amount_after,
            lead(currency) over beside as currency_after,
            last_value(billing_interval ignore nulls)
                over (beside rows between unbounded preceding and 1 preceding) as known_interval,
            last_value(billing_interval_count ignore nulls)
                over (beside rows between unbounded preceding and 1 preceding) as known_count,
            lead(billing_interval) over beside as interval_after,
            lead(billing_interval_count) over beside as count_after
        from (
            select *, split_part(order_id, ':', 1) as known_kind
            from (
                select distinct
                    order_id, purchase_id, recorded_at, period_end, trial_ends_at, amount, currency, billing_interval,
                    billing_interval_count
                from known_store_purchases
                where provider = 'roku' and purchase_id in (select subscription_id from delivered)
            )
        )
        window beside as (
            partition by purchase_id order by recorded_at, order_id, period_end, trial_ends_at, amount, currency,
                billing_interval, billing_interval_count
        )
    )
"""


def _store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - Roku tells the currency
    return """
    select
        file_number, row_number, 'roku' as provider, subscription_id as purchase_id, event_at as recorded_at,
        customer_id, product as offer_id, notice as order_id,
        case when opens and price > 0 then price end as amount,
        case when opens then currency end as currency,
        case when is_whole and not coalesce(is_trial, false) then paid_interval end as billing_interval,
        case when is_whole and not coalesce(is_trial, false) then paid_count end as billing_interval_count,
        case when expires_at >= event_at then expires_at end as period_end,
        case when is_trial then coalesce(expires_at, event_at) end as trial_ends_at
    from delivered
    where subscription_id is not null and kind not in ('Credit', 'Chargeback', 'ChargebackReversed', 'SecondChargeback')
    """


def _subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - Roku tells the currency
    return f"""
    with known as (
        select delivered.*, beside.* exclude (notice),
            -- The first payment after a downgrade is for the time since the old subscription's expiry.
            case when kind = 'Sale' and kind_before = 'DowngradeSale' and end_before < event_at
                and end_before > event_at - interval 3 days then end_before else event_at end as happened_at
        from delivered left join {_BESIDE} as beside using (notice)
    ),

    told as (
        select *, 1 as part,
            case
                when opens and is_trial then 'trial_started'
                when opens and kind = 'Sale' and trial_before then 'trial_converted'
                when opens and (kind_before is not null or comments ilike 'recurring%') then 'renewed'
                when opens then 'started'
                when kind = 'GraceInitiated' then 'grace_entered'
                when kind = 'OnHoldInitiated' then 'hold_entered'
                when recovers then 'recovered'
                when kind = 'Resubscribe' then 'cancel_reverted'
                when is_announced then 'cancel_scheduled'
                when kind in {_CANCELLATIONS} then 'ended'
            end as event_type
        from known
        union all
        select *, 2 as part, 'ended' as event_type
        from known where is_announced and coalesce(kind_after <> 'Resubscribe', true)
        union all
        -- What a recovery took is the price from then on, as of a renewal.
        select *, 3 as part, 'renewed' as event_type from known
        where recovers and price > 0 and currency is not null and coalesce(known_interval, paid_interval) is not null
    ),

    priced as (
        select *, {sets_price()} as is_priced from told
    )

    select
        file_number, row_number,
        'roku:' || notice || ':' || part as event_id,
        event_type,
        case when part = 2 then greatest(expires_at, event_at) else happened_at end as occurred_at,
        event_at as recorded_at,
        customer_id, subscription_id, product as offer_id,
        case when event_type = 'trial_started' then coalesce(nullif(price, 0), amount_after)
            when is_priced then price end as amount,
        case when is_priced then coalesce(currency, currency_after) end as currency,
        case when event_type = 'trial_started' then coalesce(interval_after, 'month')
            when is_priced then coalesce(known_interval, paid_interval) end as billing_interval,
        case when event_type = 'trial_started' then count_after
            when is_priced then case when known_interval is null then paid_count else known_count end end
            as billing_interval_count,
        case when is_priced then happened_at end as period_start,
        case when is_priced or event_type in ('recovered', 'cancel_scheduled') then expires_at end as period_end,
        channel, 'roku' as provider,
        case
            when event_type <> 'ended' then null
            when kind <> 'Cancellation' then 'switched'
            when kind_before = 'Refund' and expires_at <= event_at then 'refunded'
            when is_announced then 'customer_cancelled'
            else 'payment_failed'
        end as end_reason,
        concat_ws('/', kind, comments) as provider_code,
        case when event_type = 'trial_started' and coalesce(nullif(price, 0), amount_after) is null then true end
            as price_unknown
    from priced
    where event_type is not null
    """


_IS_OF = """coalesce(subscription_id in (
            select purchase_id from known_store_purchases where provider = 'roku' and {}), false)"""


def _payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - Roku tells the currency
    return f"""
    select
        file_number, row_number,
        'roku:' || notice || ':paid' as event_id,
        case kind when 'Refund' then 'refunded' when 'Chargeback' then 'chargeback'
            when 'SecondChargeback' then 'chargeback' when 'ChargebackReversed' then 'chargeback_reversed'
            else 'succeeded' end as event_type,
        event_at as occurred_at, event_at as recorded_at,
        customer_id, transaction_id, subscription_id, product as offer_id, total as amount, currency, tax as tax_amount,
        -- What is sold once never expires. A reversal that says no date is of what was sold before it.
        case when expires_at is not null or recovers or {_IS_OF.format("period_end is not null")} then 'subscription'
            when kind in {_SALES} or {_IS_OF.format("starts_with(order_id, 'Sale:')")} then 'other' end as product_kind,
        'roku' as provider, channel
    from delivered
    where total > 0 and not coalesce(is_trial and kind in {_SALES}, false)
        and (kind in {_SALES} or kind in {_REVERSALS} or recovers)
    """


def _identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - a link has no money
    return """
    select
        file_number, row_number, 'roku_customer' as alias_kind, roku_customer as alias_value,
        own_customer as customer_id, event_at as recorded_at
    from delivered
    where own_customer is not null
    """


def _other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no number follows from these
    return f"""
    select
        file_number, row_number, 'roku:' || notice as event_id, kind as event_type, event_at as occurred_at,
        event_at as recorded_at, 'roku' as provider, coalesce(subscription_id, customer_id) as subject_id
    from delivered
    where kind = 'Credit' or kind in {_SALES} and not opens and (coalesce(total, 0) = 0 or coalesce(is_trial, false))
        or kind in {_REVERSALS} and total = 0
    """


_KINDS = (
    f"(kind in {_SALES} or kind in {_CANCELLATIONS} or kind in {_STATES} or kind in {_REVERSALS} or kind = 'Credit')"
)

SOURCE = Source(
    name="roku",
    title="Roku Pay push notifications",
    cannot_know="the price after a trial before it is paid, what a recovery paid unless told, which payment a refund "
    "or chargeback concerns, countries, that a switch replaced one subscription by another",
    parsed=_PARSED,
    documents=f"select document_keys, document_hash from {_OPENED}",
    mappings={
        "store_purchases": _store_purchases,
        "subscription_events": _subscription_events,
        "payment_events": _payment_events,
        "identity_links": _identity_links,
        "other_events": _other_events,
    },
    rejections=(
        ("kind is null", "missing:transactionType"),
        (f"not {_KINDS}", "unknown_type"),
        ("transaction_id is null", "missing:transactionId"),
        ("roku_customer is null", "missing:customerId"),
        ("event_text is null", "missing:eventDate"),
        ("event_at is null", "invalid:eventDate"),
        ("expiration_text is not null and expires_at is null", "invalid:expirationDate"),
        (
            f"subscription_id is null and (opens or kind in {_CANCELLATIONS} or kind in {_STATES})",
            "missing:originalTransactionId",
        ),
        (f"kind in {_CANCELLATIONS} and expires_at is null", "missing:expirationDate"),
        ("opens and kind <> 'Resubscribe' and expires_at < event_at", "order:eventDate>expirationDate"),
        ("price_text is not null and price is null", "invalid:price"),
        ("total_text is not null and total is null", "invalid:total"),
        ("opens and not coalesce(is_trial, false) and price is null", "missing:price"),
        ("opens and price < 0", "negative:price"),
        (
            f"total is null and (kind in {_REVERSALS} or kind in {_SALES} and not coalesce(is_trial, false) "
            "and coalesce(price, 0) <> 0)",
            "missing:total",
        ),
        (
            f"currency is null and (kind in {_REVERSALS} or opens and not coalesce(is_trial, false) or total > 0)",
            "missing:currency",
        ),
    ),
    context=("store_purchases",),
    waiting=(
        (
            "delivered.opens and delivered.is_trial and delivered.currency is null and not exists (select 1 from "
            "known_store_purchases as known where known.provider = 'roku' and known.purchase_id = "
            "delivered.subscription_id and known.recorded_at > delivered.event_at and known.currency is not null)",
            "waiting:currency",
        ),
    ),
)
