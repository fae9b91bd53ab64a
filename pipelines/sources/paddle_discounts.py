"""Discounts of Paddle: a subscription names one by its id, notifications of discounts tell what it takes off.

A discount takes a percentage, an amount, or an amount a seat off the items that it is restricted to, off all where it
is not. One that does not recur counts until the period ends, any other until the subscription says that it ends. Of one
that nobody has told (yet), and of an amount in another currency, the price is not known.

Belongs here: what is kept of discounts, and the prices that know them. Does not belong here: fields (``paddle``).
"""

from __future__ import annotations

from pipelines.sources.billing_terms import Terms, told_objects
from pipelines.sources.sql import facts_in_time, instant, major_units

LINES = """list_transform(priced, lambda line: {
    'price': line.price_id, 'product': line.product_id, 'quantity': line.quantity, 'amount': line.amount
})"""
"""What a subscription keeps of its items for its discount."""

_IN_REACH = """list_filter(
    from_json(json_extract(terms, '$.lines'),
        '[{"price": "VARCHAR", "product": "VARCHAR", "quantity": "BIGINT", "amount": "BIGINT"}]'),
    lambda line: len(coalesce(reach, [])) = 0 or list_contains(reach, line.price) or list_contains(reach, line.product)
)"""
_RULE = "json_extract_string(facts, '$.data.{}')"
_AMOUNT = f"try_cast({_RULE.format('amount')} as BIGINT)"
_DISCOUNTED = f"""(
    select * exclude (facts, reach, lines, ends_at, counts, base, seats, off) replace (
        cast(case when counts then least(off, base) end as DECIMAL(18,4)) as discount_amount,
        case when counts then coalesce(ends_at,
            case when {_RULE.format("recur")} = 'false' then period_end end) end as discount_ends_at,
        coalesce(price_unknown, false) or counts and off is null as price_unknown
    )
    from (
        select *, case {_RULE.format("type")}
            when 'percentage' then
                round(base * (0.01 * try_cast({_RULE.format("amount")} as DECIMAL(9,4))), 4)
            when 'flat' then case when {_RULE.format("currency_code")} = currency
                then {major_units(_AMOUNT, "currency")} end
            when 'flat_per_seat' then case when {_RULE.format("currency_code")} = currency
                then {major_units(f"{_AMOUNT} * seats", "currency")} end end as off
        from (
            select *, coalesce(ends_at > occurred_at, true) and terms is not null as counts,
                {major_units("list_sum(list_transform(lines, lambda line: line.amount))", "currency")} as base,
                list_sum(list_transform(lines, lambda line: line.quantity)) as seats
            from (
                select *, {_IN_REACH} as lines, {instant("json_extract_string(terms, '$.ends_at')")} as ends_at
                from (
                    select delivered.*, facts, json_extract_string(facts, '$.data.restrict_to[*]') as reach
                    from (select * from delivered where word not like 'discount.%') as delivered
                    left join ({facts_in_time("paddle", "discount")}) as known
                        on known.object_id = delivered.coupon_code
                        and occurred_at >= known.valid_from and occurred_at < known.valid_to
                )
            )
        )
    )
)"""
_CONCERNED = """
    select distinct event.source_file from accepted_subscription_events as event
    join added_sender_objects as news on news.object_id = event.coupon_code
    where event.provider = 'paddle' and news.provider = 'paddle'
"""
DISCOUNTS = Terms(
    told_objects(
        "paddle",
        "discount",
        object_id="coupon_code",
        where="word like 'discount.%' and coupon_code is not null and terms is not null",
    ),
    priced=_DISCOUNTED,
    concerned=_CONCERNED,
)
"""What discounts take off, and the events that name a discount that is told now."""
