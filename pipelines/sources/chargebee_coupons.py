"""Coupons of Chargebee: a subscription names them by their ids, events of coupons tell what they take off.

An invoice that bills the whole term says itself what was taken off. Beside an event without one, or with one of a part
of the term, the coupons are worked out: a percentage or an amount, of the invoice or of each item that the coupon is
restricted to, until the term ends. Of a coupon that nobody has told (yet), that gives units away, or whose amount is in
another currency, the price is not known.

Read: Coupon and Subscription.Coupon in the types of Chargebee's own client. In what order several take off is not said:
each takes its part of the whole.

Belongs here: what is kept of coupons, and the prices that know them. Does not belong here: fields (``chargebee``).
"""

from __future__ import annotations

from pipelines.sources.billing_terms import Terms, told_objects
from pipelines.sources.sql import facts_in_time, major_units

TOLD = ("coupon_created", "coupon_updated")
"""The events that say what a coupon takes off."""

_LINES = 'from_json(json_extract(terms, \'$.lines\'), \'[{"price": "VARCHAR", "type": "VARCHAR", "sum": "BIGINT"}]\')'
_RULE = "json_extract_string(facts, '$.{}')"
_CONSTRAINTS = """from_json(json_extract(facts, '$.item_constraints'),
    '[{"item_type": "VARCHAR", "constraint": "VARCHAR", "item_price_ids": ["VARCHAR"]}]')"""
# The items that a coupon reaches; criteria name families of items, which an item of a subscription does not.
_IS_REACHED = """len(list_filter(constraints, lambda it: it.item_type = line.type
    and (it.constraint = 'all' or it.constraint = 'specific' and list_contains(it.item_price_ids, line.price)))) > 0"""
_HAS_CRITERIA = "list_contains(list_transform(constraints, lambda it: it.constraint), 'criteria')"
_REACHED = f"""case {_RULE.format("apply_on")} when 'invoice_amount' then lines when 'each_specified_item' then
    case when len(constraints) > 0 and not {_HAS_CRITERIA} then list_filter(lines, lambda line: {_IS_REACHED}) end
end"""
_AMOUNT = f"100 * try_cast({_RULE.format('discount_amount')} as BIGINT)"
_OFF = f"""case {_RULE.format("discount_type")}
    when 'percentage' then cast(round(0.01 * try_cast({_RULE.format("discount_percentage")} as DECIMAL(9,6))
        * coalesce(list_sum(list_transform(reached, lambda line: line.sum)), 0)) as BIGINT)
    when 'fixed_amount' then case when {_RULE.format("currency_code")} = currency then
        case when {_RULE.format("apply_on")} = 'invoice_amount'
            then least({_AMOUNT}, list_sum(list_transform(reached, lambda line: line.sum)))
            else coalesce(list_sum(list_transform(reached, lambda line: least({_AMOUNT}, line.sum))), 0) end end
end"""
_TAKEN = f"""
    select file_number, row_number, sum(off) as taken, count(*) > count(off) as is_unclear
    from (
        select *, case when reached is not null then {_OFF} end as off
        from (
            select *, {_REACHED} as reached
            from (
                select used.*, facts, {_LINES} as lines, {_CONSTRAINTS} as constraints
                from (
                    select file_number, row_number, terms, currency, occurred_at,
                        unnest(json_extract_string(terms, '$.coupons[*]')) as coupon
                    from delivered where word not in {TOLD} and terms is not null
                ) as used
                left join ({facts_in_time("chargebee", "coupon")}) as known on known.object_id = used.coupon
                    and used.occurred_at >= known.valid_from and used.occurred_at < known.valid_to
            )
        )
    ) group by all
"""
_COUPONED = f"""(
    select delivered.* replace (
        case when worked.taken is null then discount_amount
            else cast(least(amount, coalesce(discount_amount, 0)
                + {major_units("worked.taken", "currency")} * 0.01) as DECIMAL(18,4)) end as discount_amount,
        coalesce(price_unknown, false) or coalesce(worked.is_unclear, false) as price_unknown
    )
    from delivered left join ({_TAKEN}) as worked
        on worked.file_number = delivered.file_number and worked.row_number = delivered.row_number
)"""
_CONCERNED = """
    select distinct event.source_file from accepted_subscription_events as event
    join accepted_sender_objects as used on used.subscription_id = event.subscription_id
    join added_sender_objects as news on news.object_id = used.object_id
    where event.provider = 'chargebee' and used.provider = 'chargebee' and used.object_kind = 'coupon_use'
        and news.provider = 'chargebee' and news.object_kind = 'coupon'
"""
_OBJECTS = " union all ".join(
    (
        told_objects(
            "chargebee",
            "coupon",
            object_id="coupon_code",
            where=f"word in {TOLD} and coupon_code is not null and terms is not null",
        ),
        told_objects(
            "chargebee",
            "coupon_use",
            object_id="unnest(json_extract_string(terms, '$.coupons[*]'))",
            subscription_id="subscription_id",
            facts="null",
            where=f"word not in {TOLD} and terms is not null",
        ),
    )
)
COUPONS = Terms(_OBJECTS, priced=_COUPONED, concerned=_CONCERNED)
"""What coupons take off and which subscriptions have them, and the subscriptions of a coupon that is told now."""
