"""What discounts take off a subscription's lines, and until when.

Belongs here: finding discounts and coupons by their ids, applying them in order. Does not belong here: prices.
"""

from __future__ import annotations

from pipelines.sources.sql import epoch_seconds, newest_facts

# Discounts that connectors deliver as rows of their own name the subscription, which does not name them.
_KNOWN_OF_SUBSCRIPTION = """
    select subscription_id, '[' || string_agg(facts, ',' order by object_id) || ']' as discounts
    from (
        select subscription_id, object_id, arg_max(facts, version) as facts
        from known_sender_objects
        where provider = 'stripe' and object_kind = 'exported_discount' and subscription_id is not null
        group by subscription_id, object_id
    )
    group by subscription_id
"""


def _text(of: str, *paths: str) -> str:
    return "coalesce(" + ", ".join(f"json_extract_string({of}, '$.{path}')" for path in paths) + ")"


def _period(bound: str) -> str:
    return epoch_seconds(f"coalesce(item ->> '$.current_period_{bound}', document ->> '$.{bound}')")


# Applied one after another to what is left: a share of what it is for, or an amount, but never more than is left.
_APPLIED = """list_reduce(
    coalesce(taken, []),
    lambda left_over, cut: {'share': cut.share, 'amount': cut.amount, 'base': cut.base, 'rest': cast(
        left_over.rest - case
            when cut.share is not null then cast(least(left_over.rest, cut.base) as DECIMAL(20,6)) * cut.share
            else least(left_over.rest, cut.base, cut.amount) end as DECIMAL(20,6))},
    {'share': cast(null as DECIMAL(11,8)), 'amount': cast(null as DECIMAL(20,6)),
        'base': cast(null as DECIMAL(20,6)), 'rest': cast(START as DECIMAL(20,6))}
).rest"""
_CUTS = """list({{'share': share, 'amount': {amount}, 'base': cast(coalesce({base}, 100000000000) as DECIMAL(20,6)),
    'rest': cast(0 as DECIMAL(20,6))}} order by place) filter (where terms_known)"""


def discounted(keys: str) -> str:
    """Common table expressions that end in ``totals``, over ``lines`` (one row an item) with the columns of keys."""
    sides = f"{keys}, side"
    return f"""
    known_discounts as ({newest_facts("stripe", "discount")}),

    known_coupons as ({newest_facts("stripe", "coupon")}),

    of_subscriptions as (
        select {sides}, 0 as position, currency, moment, tax_within, unnest(refs) as ref,
            generate_subscripts(refs, 1) as place
        from (
            select {sides}, currency, moment, tax_within, case
                when len(listed) > 0 then listed
                when json_type(document, '$.discount') = 'OBJECT' then [json_extract(document, '$.discount')]
                else list_filter(coalesce(json_extract(known.discounts, '$[*]'), []), lambda told:
                    coalesce({epoch_seconds("told ->> '$.start'")} <= moment + interval 1 hour, true)) end as refs
            from (
                select {sides}, currency, moment, document, json_extract(document, '$.discounts[*]') as listed,
                    coalesce(sum(cost * tax_within) / nullif(sum(cost), 0), 1) as tax_within
                from lines group by all
            ) as documents
            left join ({_KNOWN_OF_SUBSCRIPTION}) as known
                on known.subscription_id = json_extract_string(documents.document, '$.subscription')
        )
    ),

    of_items as (
        select {sides}, position, currency, moment, tax_within, unnest(refs) as ref,
            generate_subscripts(refs, 1) as place
        from (select *, json_extract(item, '$.discounts[*]') as refs from lines where not is_metered)
    ),

    refs as (
        select *, coalesce(json_extract_string(ref, '$.id'), json_extract_string(ref, '$')) as discount_id
        from (select * from of_subscriptions union all by name select * from of_items)
    ),

    named as (
        select refs.*, case when json_type(ref) = 'OBJECT' then ref else known_discounts.facts end as told
        from refs left join known_discounts on known_discounts.object_id = refs.discount_id
    ),

    terms as (
        select named.*, {_text("named.told", "source.coupon.id", "coupon.id", "source.coupon", "coupon")} as coupon_id,
            case
                when json_type(named.told, '$.coupon') = 'OBJECT' then json_extract(named.told, '$.coupon')
                when json_type(named.told, '$.source.coupon') = 'OBJECT'
                    then json_extract(named.told, '$.source.coupon')
                else known_coupons.facts end as coupon
        from named left join known_coupons on known_coupons.object_id
            = {_text("named.told", "source.coupon", "coupon")}
    ),

    amounts as (
        select *,
            cast(try_cast(json_extract_string(coupon, '$.percent_off') as DECIMAL(9,6)) / 100 as DECIMAL(11,8))
                as share,
            try_cast(case
                when coalesce(lower(json_extract_string(coupon, '$.currency')), lower(currency)) = lower(currency)
                    then json_extract_string(coupon, '$.amount_off')
                else json_extract_string(coupon, '$.currency_options.' || lower(currency) || '.amount_off')
                end as DECIMAL(20,6)) / tax_within as amount,
            json_extract_string(coupon, '$.applies_to.products[*]') as products,
            coalesce({epoch_seconds("json_extract_string(told, '$.end')")},
                case json_extract_string(coupon, '$.duration')
                when 'repeating' then {epoch_seconds("json_extract_string(told, '$.start')")} + to_months(
                    try_cast(json_extract_string(coupon, '$.duration_in_months') as INTEGER)) end) as ends_at,
            json_extract_string(coupon, '$.duration') = 'once' as is_once
        from terms
    ),

    judged as (
        select *, share is not null or amount is not null as terms_known
        from amounts where ends_at is null or ends_at > moment
    ),

    intervals as (
        select {sides},
            count(distinct months) filter (where not is_metered) > 1 as is_mixed,
            max(months) filter (where not is_metered) as shortest
        from lines group by {sides}
    ),

    item_cuts as (
        select {sides}, position, {_CUTS.format(amount="amount", base="cast(null as DECIMAL(20,6))")} as taken
        from judged where position > 0 group by {sides}, position
    ),

    cut_lines as (
        select lines.*, cost * factor as gross, factor * {_APPLIED.replace("START", "cost")} as net
        from (
            select lines.*, is_mixed, shortest, item_cuts.taken,
                case when is_mixed and not is_metered then cast(months as DECIMAL(18,10)) else 1 end as factor
            from lines join intervals using ({sides}) left join item_cuts using ({sides}, position)
        ) as lines
    ),

    bases as (
        select {sides}, place, sum(net) as base
        from (select {sides}, place, unnest(products) as product from judged where position = 0)
        join cut_lines using ({sides}, product) group by {sides}, place
    ),

    subscription_cuts as (
        select {sides}, {
        _CUTS.format(
            amount="cast(amount * case when is_mixed then cast(shortest as DECIMAL(14,6)) else 1 end as DECIMAL(20,6))",
            base="case when len(coalesce(products, [])) > 0 then coalesce(base, 0) end",
        )
    } as taken
        from judged join intervals using ({sides}) left join bases using ({sides}, place)
        where position = 0 group by {sides}
    ),

    sums as (
        select {sides},
            case when bool_and(cost is not null and (is_metered or months is not null)) and bool_or(not is_metered)
                then sum(gross) end as total,
            sum(net) as net,
            bool_or(is_mixed) as is_mixed,
            arg_min(currency, position) as currency,
            arg_min(billing_interval, position) filter (where not is_metered) as first_interval,
            arg_min(billing_interval_count, position) filter (where not is_metered) as first_count,
            coalesce(arg_min(price_id, position) filter (where not is_metered), arg_min(price_id, position))
                as offer_id,
            list({{'price': price_id, 'quantity': quantity, 'cost': cost, 'interval': billing_interval,
                'count': billing_interval_count}} order by price_id, quantity) as shape_of_items,
            max({_period("start")}) as period_start, min({_period("end")}) as period_end
        from cut_lines group by {sides}
    ),

    summed_discounts as (
        select {sides},
            bool_or(not terms_known) as is_unknown,
            min(case when is_once then null else ends_at end) as ends_at,
            bool_or(is_once) as is_once,
            coalesce(arg_min(coalesce(coupon_id, discount_id), (position, place)) filter (where not terms_known),
                arg_min(coupon_id, (position, place))) as coupon_code,
            list({{'id': discount_id, 'item': position}} order by discount_id, position) as shape_of_discounts
        from judged group by {sides}
    ),

    totals as (
        select sums.*, coalesce(is_unknown, false) as is_unknown, coupon_code,
            shape_of_discounts,
            case when is_mixed then 'month' else first_interval end as billing_interval,
            case when is_mixed then 1 else first_count end as billing_interval_count,
            least(ends_at, case when is_once then period_end end) as discount_ends_at,
            {_APPLIED.replace("START", "net")} as remaining
        from sums
        left join summed_discounts using ({sides})
        left join subscription_cuts using ({sides})
    )
"""
