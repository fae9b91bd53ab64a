"""The canonical rows that follow from notifications of the App Store.

Belongs here: one select a feed over the decoded notifications. Does not belong here: decoding, verification.
"""

from __future__ import annotations

from pipelines.sources.apple.actions import PRICED_ACTIONS
from pipelines.sources.sql import sets_price
from pipelines.sources.store_intervals import is_whole_period

_PRICED = ", ".join(f"'{action}'" for action in PRICED_ACTIONS)
_CUSTOMER = "coalesce('app_account_token:' || account_token, 'original_transaction_id:' || original_id)"
_PROVIDER_CODE = "notification_type || coalesce('/' || subtype, '')"
_COMMON = f"""
        file_number, row_number,
        signed_at as recorded_at,
        {_CUSTOMER} as customer_id,
        original_id as subscription_id,
        'apple' as provider,
        'ios' as channel,
        country
"""
# What was announced before it takes effect happened when it was announced.
_EXPIRED_AT = "least(expires_at, signed_at)"
# An end that is told more than a day after the period ended came after failed payments, and not at its end.
_ENDED_AT = (
    """case when signed_at <= expires_at + interval 1 day then least(expires_at, signed_at) else signed_at end"""
)

_IS_WHOLE = is_whole_period("purchased_at", "expires_at", "billing_interval", "billing_interval_count")

_DONE = f"""
    select * replace (
            case when action = 'recovery' then coalesce(known_interval, billing_interval) else billing_interval end
                as billing_interval,
            case when action = 'recovery' and known_interval is not null then known_count
                else billing_interval_count end as billing_interval_count
        ),
        case action
            when 'purchase' then case when is_trial then 'trial_started' else 'started' end
            when 'upgrade' then case
                when is_trial then 'plan_changed' when follows_trial then 'trial_converted' else 'plan_changed' end
            when 'renewal' then case when follows_trial then 'trial_converted' else 'renewed' end
            when 'recovery' then 'renewed'
            when 'auto_renew_on' then 'cancel_reverted'
            when 'auto_renew_off' then 'cancel_scheduled'
            when 'grace' then 'grace_entered'
            when 'hold' then 'hold_entered'
            when 'grace_over' then 'hold_entered'
            when 'expiry' then 'ended'
            when 'revocation' then 'ended'
            -- A trial that is given more time stays one.
            when 'extension' then case when is_trial then 'plan_changed' else 'resumed' end
            when 'refund' then case when status = '5' then 'ended' end
            when 'refund_reversed' then case when status = '1' then 'resumed' end
        end as main_type,
        case
            when action in ('purchase', 'upgrade', 'renewal', 'one_time') then purchased_at
            when action in ('grace', 'hold') then coalesce({_EXPIRED_AT}, signed_at)
            when action = 'grace_over' then coalesce(least(grace_expires_at, signed_at), signed_at)
            when action = 'expiry' then coalesce({_ENDED_AT}, signed_at)
            when action in ('revocation', 'refund') then coalesce(least(revoked_at, signed_at), signed_at)
            else signed_at
        end as happened_at
    from (
        select delivered.*,
            coalesce(
                purchased_at <= context.trial_ends_at + interval 1 day and not is_trial, false
            ) as follows_trial,
            case when context.latest.offer_id = product_id then context.latest.billing_interval end as known_interval,
            case when context.latest.offer_id = product_id then context.latest.billing_interval_count end as known_count
        from delivered left join (
            select event.file_number, event.row_number,
                arg_max(known.trial_ends_at, known.version) as trial_ends_at,
                arg_max({{'offer_id': known.offer_id, 'billing_interval': known.billing_interval,
                    'billing_interval_count': known.billing_interval_count}}, known.version) as latest
            from delivered as event join known_store_purchases as known
                on known.purchase_id = event.original_id and known.recorded_at <= event.purchased_at
            where known.provider = 'apple' and event.action in ('renewal', 'upgrade', 'recovery')
            group by event.file_number, event.row_number
        ) as context on context.file_number = delivered.file_number and context.row_number = delivered.row_number
        where action <> 'other' and not coalesce(is_shared, false)
    )
"""


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - every transaction has its currency
    """What moves a subscription; a recovered renewal is both a recovery and a renewal, since its price may differ."""
    price = "case when is_trial then next_price else greatest(paid, full_price) end"
    return f"""
    with done as ({_DONE}),

    steps as (
        select *, main_type as event_type, '' as part from done where main_type is not null
        union all
        select *, 'recovered', ':recovered' from done where action = 'recovery'
    ),

    priced as (
        select *,
            -- The price that follows is the full one of this product, unless the offer was for a length of its own.
            case
                when discount_type = 'PAY_UP_FRONT' or not renews_same_product or next_currency <> currency then paid
                when discount_type is not null then coalesce(next_price, paid)
                else paid
            end as full_price,
            {sets_price()} as sets_price,
            -- A free period of somebody who was no longer in a trial is a price with all of it taken off.
            {sets_price()} and event_type <> 'trial_started' and action <> 'extension' as is_charged
        from steps
    )

    select {_COMMON},
        'apple:' || notification_id || part as event_id,
        event_type,
        happened_at as occurred_at,
        product_id as offer_id,
        case when sets_price then {price} end as amount,
        case when is_charged then {price} - paid when not sets_price or {price} is not null then 0 end
            as discount_amount,
        case when is_charged and {price} > paid then expires_at end as discount_ends_at,
        case when sets_price then case when is_trial then next_currency else currency end end as currency,
        case when sets_price then billing_interval end as billing_interval,
        case when sets_price then billing_interval_count end as billing_interval_count,
        case when sets_price then purchased_at end as period_start,
        case
            when event_type in ('ended', 'hold_entered') then null
            when action = 'grace' then coalesce(grace_expires_at, expires_at)
            else expires_at
        end as period_end,
        case when sets_price then offer_identifier end as coupon_code,
        case
            when event_type <> 'ended' or action = 'revocation' then null
            when action = 'refund' then 'refunded'
            when subtype = 'VOLUNTARY' then 'customer_cancelled'
            when subtype = 'BILLING_RETRY' then 'payment_failed'
            when subtype = 'PRICE_INCREASE' then 'price_increase_declined'
            when subtype = 'PRODUCT_NOT_FOR_SALE' then 'product_withdrawn'
            when expiration_intent = '1' then 'customer_cancelled'
            when expiration_intent = '2' then 'payment_failed'
            when expiration_intent = '3' then 'price_increase_declined'
            when expiration_intent = '4' then 'product_withdrawn'
        end as end_reason,
        {_PROVIDER_CODE} as provider_code,
        case when sets_price and {price} is null then true end as price_unknown
    from priced
    """


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - every transaction has its currency
    """Money: charges of more than nothing, failed renewals whose price is known, refunds and their reversal."""
    subscribed = "action in ('grace', 'hold') or product_type is null or product_type = 'Auto-Renewable Subscription'"
    timed = "action = 'one_time' and product_type = 'Non-Renewing Subscription'"
    refunded = "cast(round(paid * (0.00001 * refunded_percentage), 4) as DECIMAL(18,4))"
    return f"""
    select {_COMMON.replace("original_id as", f"case when {subscribed} then original_id end as")},
        'apple:' || notification_id || ':payment' as event_id,
        payment_type as event_type,
        happened_at as occurred_at,
        case when payment_type = 'failed' then notification_id else transaction_id end as transaction_id,
        case payment_type when 'failed' then next_price when 'refunded' then {refunded} else paid end as amount,
        case payment_type when 'failed' then next_currency else currency end as currency,
        product_id as offer_id,
        case
            when {subscribed} then 'subscription'
            when product_type = 'Non-Renewing Subscription' then 'pass'
            else 'other'
        end as product_kind,
        case payment_type when 'failed' then {_PROVIDER_CODE} end as failure_code,
        case when payment_type in ('refunded', 'chargeback_reversed') then transaction_id end
            as original_transaction_id,
        case when {timed} then purchased_at end as access_start,
        case when {timed} then expires_at end as access_end,
        case payment_type when 'succeeded' then offer_identifier end as coupon_code
    from (
        select *, case
            when action in ({_PRICED}, 'one_time') and paid > 0 then 'succeeded'
            when action in ('grace', 'hold') and next_price > 0 and next_currency is not null then 'failed'
            when action = 'refund' and paid > 0 then 'refunded'
            when action = 'refund_reversed' and paid > 0 then 'chargeback_reversed'
        end as payment_type
        from ({_DONE})
    )
    where payment_type is not null
    """


def identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - no money
    """The app's own token of a customer behind a subscription of the store."""
    return """
    select
        file_number, row_number,
        'original_transaction_id' as alias_kind,
        original_id as alias_value,
        'app_account_token:' || account_token as customer_id,
        signed_at as recorded_at
    from delivered
    where account_token is not null and original_id is not null and not coalesce(is_shared, false)
    """


def store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - every transaction has its currency
    """When trials end, and how long a whole period of a product is: the context that a later notification lacks.

    The period that is over when grace begins is one of these, and so is a purchase at the price of its product.
    """
    return f"""
    select
        file_number, row_number,
        'apple' as provider,
        original_id as purchase_id,
        signed_at as recorded_at,
        {_CUSTOMER} as customer_id,
        product_id as offer_id,
        case when is_whole then billing_interval end as billing_interval,
        case when is_whole then billing_interval_count end as billing_interval_count,
        purchased_at as period_start,
        expires_at as period_end,
        case when action in ('purchase', 'extension') and is_trial then expires_at end as trial_ends_at,
        country
    from (
        select *, not is_trial and coalesce(discount_type <> 'PAY_UP_FRONT', true) and {_IS_WHOLE} as is_whole
        from delivered
        where action in ('purchase', 'upgrade', 'grace', 'extension') and not coalesce(is_shared, false)
            and original_id is not null and product_id is not null
    )
    where is_whole and action <> 'extension' or action in ('purchase', 'extension') and is_trial
    """


def other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no money
    """Notifications that move no number: announcements, tests, and purchases shared with a family."""
    return f"""
    select
        file_number, row_number,
        'apple:' || notification_id as event_id,
        case when coalesce(is_shared, false) then 'FAMILY_SHARED/' else '' end || {_PROVIDER_CODE} as event_type,
        signed_at as occurred_at,
        signed_at as recorded_at,
        'apple' as provider,
        coalesce(original_id, external_purchase_id, request_id) as subject_id
    from (select *, {_UNMOVED} as is_unmoved from delivered)
    where is_unmoved
    """


# A charge, refund or reversal of nothing, told of no subscription, leaves no other row.
_UNMOVED = """action = 'other' or coalesce(is_shared, false)
    or (action = 'one_time' and paid = 0)
    or (action = 'refund' and paid = 0 and coalesce(status, '') <> '5')
    or (action = 'refund_reversed' and paid = 0 and coalesce(status, '') <> '1')"""
