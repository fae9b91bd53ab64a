"""The canonical rows that follow from notifications, purchases and orders of Google Play.

Belongs here: one select a feed over the decoded messages. Does not belong here: decoding.
"""

from __future__ import annotations

from pipelines.contract.vocabulary import OPENING_EVENT_TYPES
from pipelines.sources.google.actions import PAID_STATES, PRICED_EVENTS, WITHOUT_PURCHASE
from pipelines.sources.sql import sets_price

_PRICED = ", ".join(f"'{event}'" for event in PRICED_EVENTS)
_PAID = ", ".join(f"'{state}'" for state in PAID_STATES)
_BOUGHT = f"""subscription is not null and state not in ({", ".join(f"'{state}'" for state in WITHOUT_PURCHASE)})
    and coalesce(order_state, '') <> 'PENDING'"""
_KNOWS_PRICE = (
    f"{_BOUGHT} and not is_prepaid and price is not null and currency is not null and billing_interval is not null"
)
_HAS_NO_PRICE_THAT_RECURS = f"""subscription is not null and (is_prepaid
    or state in ({", ".join(f"'{state}'" for state in WITHOUT_PURCHASE)}) or coalesce(order_state, '') = 'PENDING')"""
_REPLACES = f"{_BOUGHT} and linked_token is not null and started_at is not null"
_ENDED_BY_DEVELOPER = (
    f"{_BOUGHT} and state = 'SUBSCRIPTION_STATE_EXPIRED' and by_developer is not null and expires_at is not null"
)
_IS_PAID = f"order_state in ({_PAID}) and total > 0 and paid_at is not null and token is not null"

KNOWN = """
    select purchase_id, recorded_at, purchase_kind, customer_id, offer_id, amount, currency, billing_interval,
        billing_interval_count, period_start, period_end, trial_ends_at, country, replaces_purchase_id, next_offer_id,
        next_amount, end_reason, version
    from known_store_purchases
    where provider = 'google' and (purchase_kind in ('prepaid', 'pending')
        or amount is not null and currency is not null and billing_interval is not null)
"""
"""What is known behind tokens: their prices, or that none recurs; any other row says nothing about any event."""

# Of what is known, the state after the notification describes it if its period had begun by then; renewals are told
# within hours, hence the day. Otherwise what was known before still holds; otherwise the first that became known.
_INFORMED = f"""
    select event.*, context.known, context.earlier_trial_ends_at, context.end_reason
    from delivered as event left join (
        select *,
            case
                when later.recorded_at is not null
                    and coalesce(later.period_start, later.recorded_at) <= event_at + interval 1 day
                    and coalesce(later.period_end > event_at, true) then later
                when earlier.recorded_at is not null then earlier
                else later
            end as known,
            earlier.trial_ends_at as earlier_trial_ends_at,
            coalesce(later.end_reason, earlier.end_reason) as end_reason
        from (
            select event.file_number, event.row_number, event.event_at,
                arg_max(known, known.version) filter (where known.recorded_at <= event.event_at) as earlier,
                arg_min(known, known.version) filter (where known.recorded_at > event.event_at) as later
            from delivered as event join ({KNOWN}) as known on known.purchase_id = event.token
            where event.notice = 'subscription'
            group by event.file_number, event.row_number, event.event_at
        )
    ) as context on context.file_number = event.file_number and context.row_number = event.row_number
    where event.notice = 'subscription'
"""
NOTICES = f"""
    select file_number, row_number, message_id, notice_type, event_at, token, known,
        case when notice_type = 'SUBSCRIPTION_EXPIRED' or notice_type = 'SUBSCRIPTION_REVOKED'
            and end_reason = 'publisher_terminated' then end_reason end as end_reason, case
        when known.purchase_kind in ('prepaid', 'pending') then 'other'
        when action = 'started' and known.trial_ends_at > event_at then 'trial_started'
        when action = 'renewed' and event_at between earlier_trial_ends_at - interval 1 day
            and earlier_trial_ends_at + interval 1 day then 'trial_converted'
        when action = 'deferred' then case
            when known.trial_ends_at > event_at then 'plan_changed'
            when known.period_end > event_at then 'resumed'
            else 'other' end
        else action end as event_type
    from ({_INFORMED})
"""
"""The select of the table ``google_notices``: what each notification of a subscription does, beside what is known."""

# A replacement that was put off takes effect with the renewal, whether or not the purchase was looked at again.
_FOLLOWS = """event_type in ('renewed', 'trial_converted', 'recovered') and known.next_amount is not null
    and known.period_end <= event_at + interval 1 day"""


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - every price has its currency
    """What notifications say, with the price and the user behind the token; replaced and withdrawn subscriptions."""
    return f"""
    select
        file_number, row_number,
        'google:' || message_id || part as event_id,
        event_type,
        event_at as occurred_at,
        event_at as recorded_at,
        coalesce(known.customer_id, 'purchase_token:' || token) as customer_id,
        token as subscription_id,
        case when {_FOLLOWS} then known.next_offer_id else known.offer_id end as offer_id,
        case when sets_price then case when {_FOLLOWS} then known.next_amount else known.amount end end as amount,
        case when sets_price then known.currency end as currency,
        case when sets_price then known.billing_interval end as billing_interval,
        case when sets_price then coalesce(known.billing_interval_count, 1) end as billing_interval_count,
        case
            when event_type not in {(*OPENING_EVENT_TYPES, "plan_changed")} then null
            when known.period_end > event_at + interval 1 day then known.period_end
            -- What was known ends here, so the period that begins now is one interval long.
            when event_type <> 'plan_changed' then event_at + case known.billing_interval
                when 'day' then to_days(cast(coalesce(known.billing_interval_count, 1) as INTEGER))
                when 'week' then to_days(cast(7 * coalesce(known.billing_interval_count, 1) as INTEGER))
                when 'month' then to_months(cast(coalesce(known.billing_interval_count, 1) as INTEGER))
                when 'year' then to_months(cast(12 * coalesce(known.billing_interval_count, 1) as INTEGER)) end
        end as period_end,
        'android' as channel,
        'google' as provider,
        known.country as country,
        end_reason,
        notice_type as provider_code,
        case when event_type in ('trial_started', 'started') then known.replaces_purchase_id end
            as replaces_subscription_id
    from (
        select *, {sets_price()} as sets_price
        from (
            select *, '' as part from google_notices where event_type <> 'other'
            union all
            -- What a recovery took is the price from then on, as of a renewal.
            select * replace ('renewed' as event_type), ':renewed'
            from google_notices where event_type = 'recovered' and known.amount is not null
        )
    )
    union all by name
    select
        file_number, row_number,
        'google:' || token || ':replaces' as event_id,
        'ended' as event_type,
        started_at as occurred_at,
        started_at as recorded_at,
        coalesce(account_id, 'purchase_token:' || linked_token) as customer_id,
        linked_token as subscription_id,
        'android' as channel,
        'google' as provider,
        region as country,
        'switched' as end_reason,
        'linkedPurchaseToken' as provider_code
    from delivered where {_REPLACES}
    union all by name
    select
        file_number, row_number,
        'google:' || token || ':withdrawn' as event_id,
        'ended' as event_type,
        expires_at as occurred_at,
        expires_at as recorded_at,
        coalesce(account_id, 'purchase_token:' || token) as customer_id,
        token as subscription_id,
        'android' as channel,
        'google' as provider,
        region as country,
        'publisher_terminated' as end_reason,
        'developerInitiatedCancellation' as provider_code
    from delivered where {_ENDED_BY_DEVELOPER}
    """


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - every order has its currency
    """Orders whose money was taken, and what of it was given back."""
    partial = "json_extract_string(partial, '$.{}')"
    total = "refundDetails.total"
    return f"""
    with paid as (select * from delivered where {_IS_PAID}),

    steps as (
        select *, 'paid' as part, 'succeeded' as event_type, paid_at as happened_at, total as amount, tax as tax_amount
        from paid
        union all
        select *, 'refunded',
            case when refund_reason = 'CHARGEBACK' then 'chargeback' else 'refunded' end,
            refunded_at, coalesce(refunded, total), null
        from paid where refunded_at is not null
        union all
        select * exclude (partial), 'refunded:' || {partial.format("processTime")}, 'refunded',
            try_cast({partial.format("processTime")} as TIMESTAMPTZ) at time zone 'UTC',
            cast(
                coalesce(try_cast({partial.format(f"{total}.units")} as DECIMAL(18,0)), 0)
                + cast(coalesce(try_cast({partial.format(f"{total}.nanos")} as DECIMAL(18,0)), 0) * 0.000000001
                    as DECIMAL(18,4)) as DECIMAL(18,4)
            ),
            null
        from (select *, unnest(json_extract(partial_refunds, '$[*]')) as partial from paid)
        where {partial.format("state")} = 'PROCESSED_SUCCESSFULLY' and {partial.format("processTime")} is not null
    )

    select
        file_number, row_number,
        'google:' || order_id || ':' || part as event_id,
        event_type,
        happened_at as occurred_at,
        happened_at as recorded_at,
        -- The token, never the account: an order that comes alone names none, and must make the same row.
        'purchase_token:' || token as customer_id,
        order_id as transaction_id,
        amount,
        total_currency as currency,
        case when subscription_details is not null then token end as subscription_id,
        order_product_id as offer_id,
        case when subscription_details is not null then 'subscription' when rental_details is not null then 'rental'
            else 'other' end as product_kind,
        tax_amount,
        'google' as provider,
        case when event_type <> 'succeeded' then order_id end as original_transaction_id,
        buyer_country as country,
        'android' as channel
    from steps
    """


def identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - no money
    """The customer behind a token, or the token that a newer one replaces; for orders that come alone too."""
    return f"""
    select
        file_number, row_number,
        'purchase_token' as alias_kind,
        token as alias_value,
        coalesce(account_id, 'purchase_token:' || linked_token) as customer_id,
        fetched_at as recorded_at
    from delivered where {_BOUGHT} and coalesce(account_id, linked_token) is not null
    union all
    select file_number, row_number, 'purchase_token', linked_token, account_id, fetched_at
    from delivered where {_BOUGHT} and account_id is not null and linked_token is not null
    union all
    select file_number, row_number, 'purchase_token', token, context.customer_id, paid_at
    from delivered join (
        select purchase_id, arg_max(customer_id, version) as customer_id
        from known_store_purchases
        where provider = 'google' and customer_id is not null
        group by purchase_id
    ) as context on context.purchase_id = delivered.token
    where subscription is null and {_IS_PAID}
    """


def store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - every price has its currency
    """The price, the plan and the user behind a token at the time of the fetch."""
    return f"""
    select
        file_number, row_number,
        'google' as provider,
        token as purchase_id,
        fetched_at as recorded_at,
        account_id as customer_id,
        product_id as offer_id,
        coalesce(item_order_id, latest_order_id, order_id) as order_id,
        case when offer_phase in ('INTRO', 'INTRODUCTORY') and {_IS_PAID} then total else price end as amount,
        currency,
        billing_interval,
        billing_interval_count,
        period_start_at as period_start,
        expires_at as period_end,
        case when is_trial then expires_at end as trial_ends_at,
        region as country,
        linked_token as replaces_purchase_id,
        case when is_prepaid then 'prepaid' when not coalesce({_KNOWS_PRICE}, false) then 'pending' else 'recurring' end
            as purchase_kind,
        next_offer_id,
        next_amount,
        case
            when by_user is not null then 'customer_cancelled'
            when by_replacement is not null then 'switched'
            when by_developer is not null then 'publisher_terminated'
        end as end_reason
    from delivered where {_KNOWS_PRICE} or {_HAS_NO_PRICE_THAT_RECURS}
    """


def other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no money
    """Notifications that move no number, and purchases and orders that say nothing of price or money (yet)."""
    return f"""
    select
        file_number, row_number,
        'google:' || message_id as event_id,
        notice_type as event_type,
        event_at as occurred_at,
        event_at as recorded_at,
        'google' as provider,
        subject as subject_id
    from (
        select file_number, row_number, message_id, notice_type, event_at, token as subject from google_notices
        where event_type = 'other'
        union all
        -- Of a purchase, one order of several is voided.
        select file_number, row_number, message_id, notice_type, event_at, coalesce(voided_order, token) from delivered
        where notice <> 'subscription'
    )
    union all by name
    select
        file_number, row_number,
        'google:' || md5(enrichment) as event_id,
        concat_ws('/', state, 'ORDER_' || order_state) as event_type,
        coalesce(fetched_at, paid_at) as occurred_at,
        coalesce(fetched_at, paid_at) as recorded_at,
        'google' as provider,
        token as subject_id
    from delivered
    where notice is null and not coalesce({_KNOWS_PRICE}, false) and not coalesce({_IS_PAID}, false)
    """


WAITS_FOR_PRICE = f"""delivered.notice = 'subscription' and delivered.action in ({_PRICED})
    and not exists (select 1 from ({KNOWN}) as known where known.purchase_id = delivered.token)"""
"""The condition under which a row waits: an event that needs a price, of a token whose price nobody has told."""
