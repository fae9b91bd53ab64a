"""Customers, identity, offers and coupons of Stripe, and what none of the numbers follows from.

Belongs here: reference feeds and ``other_events``. Does not belong here: subscriptions and money.
"""

from __future__ import annotations

from pipelines.sources.sql import email_hash, is_no
from pipelines.sources.stripe.objects import money

_KEYS = "file_number, row_number, ordinal"


def customer_events(reporting_currency: str) -> str:  # noqa: ARG001 - customers have no money
    """Customers that came, changed and went; a snapshot tells of a registration with what is known now."""
    return """
    with changes as (
        select *, case
            when event_type = 'customer.deleted' or deleted then 'deleted'
            when event_type = 'customer.updated' then 'updated'
            else 'registered' end as change
        from stripe_objects where role = 'customer'
    )

    select
        file_number, row_number,
        case when event_id is not null then 'stripe:' || event_id
            else concat_ws(':', 'stripe', id, change, md5(concat_ws(
                '|', customer_id, email, country_text, locale, synced
            ))) end as event_id,
        change as event_type,
        case when change = 'registered' then coalesce(created, known_at) else coalesce(event_at, synced, known_at) end
            as occurred_at,
        customer_id,
        coalesce(event_at, greatest(synced, created, known_at)) as recorded_at,
        case when change <> 'deleted' then email end as email,
        case when change <> 'deleted' then upper(country_text) end as country,
        case when change <> 'deleted' then locale end as locale
    from changes
    """


def identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - links have no money
    """What leads from Stripe's customer, an e-mail or a charge to the business's customer, or at least to Stripe's."""
    return f"""
    with known as (
        select *, event_type is null or event_type = 'customer.subscription.created'
            or case when kind = 'subscription' and previous is not null
                then json_exists(previous, '$.metadata') else false end as names_customer
        from stripe_objects
        where kind in ('customer', 'checkout.session', 'subscription', 'charge', 'invoice', 'payment_intent')
            and customer_id is not null and not deleted
        union all by name
        -- What names no customer leads on to what may: a refund to its payment, a payment to its invoice.
        select * replace (case kind when 'invoice_payment' then 'stripe_invoice:' || invoice
            else 'stripe_payment_intent:' || payment_intent end as customer_id), false as names_customer
        from stripe_objects
        where kind = 'invoice_payment' and invoice is not null
            or kind in ('refund', 'dispute') and charge is not null and payment_intent is not null
    ),

    links as (
        select *, unnest([
            {{'alias_kind': 'stripe_customer', 'alias_value': case
                when own_customer is not null and (
                    kind in ('customer', 'checkout.session') or kind = 'subscription' and names_customer
                ) then stripe_customer end}},
            {{'alias_kind': 'email_hash', 'alias_value': case
                when kind in ('customer', 'checkout.session') and nullif(trim(email), '') is not null
                    then {email_hash("email")} end}},
            {{'alias_kind': 'stripe_charge', 'alias_value': case when kind = 'charge' then id
                when kind in ('invoice', 'payment_intent', 'invoice_payment', 'refund', 'dispute')
                    and (starts_with(charge, 'ch_') or starts_with(charge, 'py_')) then charge end}},
            {{'alias_kind': 'stripe_payment_intent', 'alias_value': case
                when kind in ('charge', 'invoice', 'invoice_payment', 'checkout.session') then payment_intent
                when kind = 'payment_intent' then id end}},
            {{'alias_kind': 'stripe_invoice', 'alias_value': case when kind = 'invoice' then id end}}
        ]) as link
        from known
    )

    select distinct
        file_number, row_number, link.alias_kind, link.alias_value, customer_id,
        case when link.alias_kind in ('stripe_charge', 'stripe_payment_intent', 'stripe_invoice')
            then coalesce(created, known_at) else coalesce(event_at, synced, known_at) end as recorded_at
    from links where link.alias_value is not null
    """


def offers(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Prices, and plans, which are the older name of the same; a price that is paid once is bought, not subscribed."""
    return f"""
    select
        file_number, row_number, id as offer_id, coalesce(title, product, id) as title,
        case when interval_text is not null then 'subscription' else 'ppv' end as offer_kind,
        {money("unit_text")} as amount,
        case when unit_text is not null then currency end as currency,
        interval_text as billing_interval,
        case when interval_text is not null then coalesce(try_cast(interval_count as BIGINT), 1) end
            as billing_interval_count,
        try_cast(trial_days as BIGINT) as trial_days,
        not deleted and not (coalesce(event_type, '') in ('price.deleted', 'plan.deleted'))
            and not {is_no("active_text")} as active,
        coalesce(event_at, synced, created, known_at) as recorded_at
    from stripe_objects where role = 'offer'
    """


def coupons(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Coupons by their ids, as subscriptions name them, and promotion codes by the code that a customer types."""
    return f"""
    with coupons as (
        select * replace (
            coalesce(percent_off, coupon ->> '$.percent_off') as percent_off,
            coalesce(amount_off, coupon ->> '$.amount_off') as amount_off,
            coalesce(duration, coupon ->> '$.duration') as duration,
            coalesce(currency, upper(coupon ->> '$.currency')) as currency
        )
        from (
            select * replace (case when kind = 'promotion_code' then coalesce(
                coupon, promotion::JSON ->> '$.coupon') end as coupon)
            from stripe_objects where role = 'coupon'
        )
    )

    select
        file_number, row_number,
        case when kind = 'promotion_code' then coalesce(promotion_code, id) else id end as coupon_code,
        coalesce(title, coupon ->> '$.name') as campaign,
        percent_off,
        {money("amount_off")} as amount_off,
        case when amount_off is not null then currency end as currency,
        duration,
        case when event_type = 'coupon.deleted' then coalesce(least(redeem_by, event_at), event_at) else redeem_by end
            as valid_until,
        try_cast(max_redemptions as BIGINT) as max_redemptions,
        coalesce(event_at, synced, created, known_at) as recorded_at
    from coupons
    """


def payouts(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Payouts that were paid, on the day on which they arrive."""
    return f"""
    select
        file_number, row_number, id as payout_id, 'stripe' as provider, arrival as paid_at, currency,
        {money("amount_text")} as amount, coalesce(event_at, synced) as recorded_at
    from stripe_objects where role = 'payout'
    """


def other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no money here
    """What is understood and moves no number: a change without meaning, a payment that another object tells."""
    return """
    select
        file_number, row_number,
        case when event_id is not null then 'stripe:' || event_id
            else concat_ws(':', 'stripe', kind, coalesce(id, payout || '/' || balance_transaction), status,
                epoch(case kind when 'subscription' then seen_at else known_at end)) end as event_id,
        coalesce(event_type, kind) as event_type,
        case kind when 'subscription' then seen_at else known_at end as occurred_at,
        'stripe' as provider,
        coalesce(id, payout) as subject_id
    from stripe_objects
    where role <> 'customer' and role not in ('offer', 'coupon', 'payout') and not exists (
        select 1 from stripe_told as told
        where told.file_number = stripe_objects.file_number and told.row_number = stripe_objects.row_number
            and told.ordinal = stripe_objects.ordinal
    )
    """


TOLD = f"""
    select distinct {_KEYS} from stripe_webhooks
    union all select distinct {_KEYS} from stripe_seen
    union all select distinct {_KEYS} from stripe_booked where not is_told_otherwise
"""
"""The select of the table ``stripe_told``: which objects told a subscription's event or a movement of money."""
