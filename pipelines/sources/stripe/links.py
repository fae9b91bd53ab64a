"""What one object of Stripe's says that rows of others need: terms behind ids, and which objects are one payment.

Belongs here: the rows of ``sender_objects``. Does not belong here: what is made of them (``discounts``, ``payments``).
"""

from __future__ import annotations

_TOLD_AT = "coalesce(event_at, synced, known_at)"


def _expanded(*columns: str) -> str:
    """A list of the discounts that are objects, not ids, in columns that hold an object or a list."""
    parts = ", ".join(
        f"case json_type({column}) when 'ARRAY' then json_extract({column}, '$[*]') "
        f"when 'OBJECT' then [json_extract({column}, '$')] else [] end"
        for column in columns
    )
    return f"list_filter(flatten([{parts}]), lambda told: json_type(told) = 'OBJECT')"


_OF_ITEMS = """case when second_item is not null
    then to_json(flatten(list_transform(json_extract(items, '$[*]'), lambda item:
        json_extract(item, '$.discounts[*]')))) else item_discounts end"""
_ONLY_EXPANDED = """(contains(discounts, '{') or contains(discount, '{') or contains(item_discounts, '{')
    or second_item is not null and contains(items, '"discount"'))"""
_PAYMENT_KINDS = """('invoice paid', 'invoice failed', 'invoice payment paid', 'charge paid', 'charge failed',
    'intent paid', 'intent failed', 'refund', 'refund failed', 'dispute', 'dispute won')"""
_PRICE_FACTS = """json_object('id', id, 'unit_amount_decimal', unit_text, 'currency', lower(currency_text),
    'billing_scheme', scheme, 'tiers_mode', tiers_mode, 'tiers', tiers::JSON,
    'currency_options', currency_options::JSON,
    'recurring', json_object('interval', interval_text, 'interval_count', interval_count, 'usage_type', usage_type),
    'transform_quantity', case when packages is not null then packages::JSON when packages_of is not null
        then json_object('divide_by', packages_of, 'round', packages_round) end)"""
_COUPON_FACTS = """json_object('id', id, 'percent_off', percent_off, 'amount_off', amount_off, 'duration', duration,
    'currency', lower(currency_text), 'duration_in_months', duration_in_months)"""
_ITEM_FACTS = """json_object('id', id, 'quantity', quantity,
    'price', coalesce(item_price::JSON, to_json(price_id)),
    'current_period_start', epoch(period_start)::BIGINT, 'current_period_end', epoch(period_end)::BIGINT,
    'deleted', case when deleted then 'true' end)"""
# One that was deleted ended when that was seen.
_DISCOUNT_FACTS = f"""json_object('id', id, 'coupon', exported_coupon, 'start', epoch(start)::BIGINT,
    'end', epoch(coalesce(ends, case when deleted then {_TOLD_AT} end))::BIGINT)"""
# What was authorised and not captured is released as a refund that the total holds, too; no money came back by it.
_RELEASED = """(try_cast(amount_text as BIGINT) - try_cast(amount_captured as BIGINT))"""
RETURNED = f"""case when coalesce({_RELEASED} > 0 and {_RELEASED} <= try_cast(amount_refunded as BIGINT), false)
    then cast(try_cast(amount_refunded as BIGINT) - {_RELEASED} as VARCHAR) else amount_refunded end"""
"""The minor units of money that a charge says came back in all."""
# What a charge says was refunded in all, when it does not list the refunds.
REFUNDED_TOTAL = f"""(kind = 'charge' and try_cast({RETURNED} as DECIMAL(18,4)) > 0
    and coalesce(event_type, 'charge.refunded') in ('charge.refunded', 'charge.updated')
    and coalesce(json_array_length(refunds), 0) = 0)"""


def sender_objects(reporting_currency: str) -> str:  # noqa: ARG001 - facts keep the currency they have
    """Discounts, coupons, prices and items by their ids, and the ids that payments have of one another."""
    return f"""
    with discounts as (
        select file_number, row_number, {_TOLD_AT} as recorded_at, kind, unnest({
        _expanded("discounts", "discount", _OF_ITEMS)
    }) as told
        from stripe_objects where kind in ('subscription', 'customer', 'invoice') and {_ONLY_EXPANDED}
        union all
        select file_number, row_number, {_TOLD_AT}, kind, json_object('id', id, 'start', epoch(start)::BIGINT,
            'end', epoch(ends)::BIGINT, 'coupon', coupon::JSON, 'source', discount_source::JSON)
        from stripe_objects where kind = 'discount' and shape <> 'table'
    ),

    coupons as (
        select *, coalesce(json_extract(told, '$.coupon'), json_extract(told, '$.source.coupon')) as coupon
        from discounts
    ),

    expanded_payments as (
        select file_number, row_number, {_TOLD_AT} as recorded_at, id, unnest(json_extract(payments, '$[*]')) as part
        from stripe_objects where kind = 'invoice' and payments is not null
    )

    select file_number, row_number, 'stripe' as provider, 'discount' as object_kind,
        json_extract_string(told, '$.id') as object_id, recorded_at, null as subscription_id, null as invoice_id,
        null as charge_id, null as payment_intent_id, cast(told as VARCHAR) as facts
    from discounts where json_extract_string(told, '$.id') is not null
    union all
    select file_number, row_number, 'stripe', 'coupon', json_extract_string(coupon, '$.id'), recorded_at,
        null, null, null, null, cast(coupon as VARCHAR)
    from coupons where json_extract_string(coupon, '$.id') is not null
    union all
    select file_number, row_number, 'stripe', case kind when 'plan' then 'price' when 'discount'
            then 'exported_discount' else kind end, id, {_TOLD_AT},
        case when kind in ('subscription_item', 'discount') then invoice_subscription end, null, null, null,
        cast(case kind when 'coupon' then {_COUPON_FACTS} when 'discount' then {_DISCOUNT_FACTS}
            when 'subscription_item' then {_ITEM_FACTS} else {_PRICE_FACTS} end as VARCHAR)
    from stripe_objects
    where id is not null and (kind in ('price', 'plan', 'coupon', 'subscription_item')
        or kind = 'discount' and shape = 'table')
    union all
    select file_number, row_number, 'stripe', case when role in {_PAYMENT_KINDS} then role
            when kind = 'refund' then 'refund pending' else kind end, id,
        {_TOLD_AT}, invoice_subscription,
        case when kind = 'invoice' then id else invoice end,
        case when kind = 'charge' then id else charge end,
        case when kind = 'payment_intent' then id else payment_intent end,
        case when kind = 'refund' then json_object('amount', amount_text, 'at', epoch(coalesce(created, known_at)))
            when role = 'invoice payment paid' then json_object(
                'part', id, 'amount', amount_paid, 'at', epoch(coalesce(paid_at, created, known_at))) end
    from stripe_objects
    where id is not null
        and (role in {_PAYMENT_KINDS} or kind in ('charge', 'payment_intent', 'invoice_payment', 'refund', 'dispute'))
    union all
    select file_number, row_number, 'stripe', 'link', id, recorded_at, null, id,
        coalesce(json_extract_string(part, '$.payment.charge.id'), json_extract_string(part, '$.payment.charge')),
        coalesce(json_extract_string(part, '$.payment.payment_intent.id'),
            json_extract_string(part, '$.payment.payment_intent')),
        case when json_extract_string(part, '$.status') = 'paid' then json_object(
            'part', json_extract_string(part, '$.id'), 'amount', json_extract_string(part, '$.amount_paid'),
            'at', try_cast(coalesce(json_extract_string(part, '$.status_transitions.paid_at'),
                json_extract_string(part, '$.created')) as DOUBLE)) end
    from expanded_payments
    union all
    select file_number, row_number, 'stripe',
        case when json_extract_string(told, '$.status') in ('failed', 'canceled') then 'refund failed'
            when coalesce(json_extract_string(told, '$.status'), 'succeeded') = 'succeeded' then 'refund'
            else 'refund pending' end,
        json_extract_string(told, '$.id'), recorded_at, null, null, id, payment_intent,
        json_object('amount', json_extract_string(told, '$.amount'),
            'at', try_cast(json_extract_string(told, '$.created') as DOUBLE))
    from (select *, {_TOLD_AT} as recorded_at, unnest(json_extract(refunds, '$[*]')) as told
        from stripe_objects where kind = 'charge' and refunds is not null)
    union all
    select file_number, row_number, 'stripe', 'refunded total', id, {_TOLD_AT}, null, null, id, payment_intent,
        json_object('total', {RETURNED}, 'at', epoch({_TOLD_AT}), 'timed', coalesce(event_at, synced) is not null)
    from stripe_objects where {REFUNDED_TOTAL}
    union all
    select file_number, row_number, 'stripe', 'released', id, {_TOLD_AT}, null, null, id, payment_intent,
        json_object('amount', {_RELEASED}, 'of', try_cast(amount_text as BIGINT))
    from stripe_objects where kind = 'charge' and lower(status) in ('succeeded', 'paid') and {_RELEASED} > 0
    """
