"""What a subscription costs: the sum of its items, before and after what its discounts take off.

Most subscriptions have one item with a plain price and no discount; these are priced by the columns that ``facts``
name. The others (``IS_COMPOSED``) are taken apart into lines, once as they are and once as ``previous_attributes`` say
that they were, so that a change is found by comparing values.

- Items of one interval are summed as they are, items of several as amounts a month. Metered items have no recurring
  price. An item that cannot be priced (tiers that are not in the payload, a currency whose amount is not), or that a
  payload leaves out (``has_more``), leaves the whole subscription without a price: a part of one would be a wrong one.
- Tax that a rate of the item, else of the subscription, says is inside a price is taken out of it.
- Discounts apply in the order in which they are listed, first those of an item, then those of the subscription.
  A discount is found by its id among all objects that were ever delivered; until then there is no price.

Belongs here: items, quantities, tiers, discounts. Does not belong here: which event tells of a change.
"""

from __future__ import annotations

from pipelines.sources.stripe.discounts import discounted
from pipelines.sources.stripe.objects import in_minor, minor_money

_FILLED = "coalesce({0} not in ('[]', '{{}}', 'null'), false)"
IS_COMPOSED = f"""(
    second_item is not null or previous_second_item is not null
    or scheme = 'tiered' or previous_scheme = 'tiered'
    or packages is not null or packages_of is not null or previous_packages is not null
    or exported_coupon is not null
    or discount is not null or previous_discount is not null
    or {
    " or ".join(
        _FILLED.format(n) for n in ("discounts", "item_discounts", "previous_discounts", "previous_item_discounts")
    )
}
    or coalesce(has_more_items = 'true', false)
    or coalesce(contains(item_tax_rates, '"inclusive":true') or contains(default_tax_rates, '"inclusive":true'), false)
    or lower(price_currency) <> lower(currency_text)
    or price_minor is null and coalesce(usage_type, '') <> 'metered'
)"""
"""Whether a subscription's price takes more than one item's unit amount and quantity."""

SIMPLE_PRICE = f"""case
    when usage_type = 'metered' then null
    when is_major is not null then try_cast(replace(price_minor, ',', '') as DECIMAL(18,4))
    else {minor_money("try_cast(price_minor as DECIMAL(18,6)) * coalesce(try_cast(quantity as BIGINT), 1)")} end"""
"""The price of a subscription that is not composed."""

SIMPLE_CHANGED = """(
    coalesce(previous_price <> price_id, false)
    or coalesce(try_cast(previous_minor as DECIMAL(18,6)) <> try_cast(price_minor as DECIMAL(18,6)), false)
    or coalesce(previous_quantity <> coalesce(quantity, '1'), false)
)"""
"""Whether the price, plan or quantity of a subscription that is not composed is another than before."""

_KEYS = "file_number, row_number, ordinal"
# Of items that connectors deliver as rows of their own, those that were there when the subscription was seen, or the
# first of all: what came since is for later states. The tables of one synchronisation are minutes apart.
_KNOWN_ITEMS = f"""
    select {_KEYS}, '[' || string_agg(facts, ',' order by object_id) || ']' as items
    from (
        select {_KEYS}, object_id, arg_max(facts, version) as facts
        from (
            select {_KEYS}, coalesce(event_at, seen_at) as moment, known.*,
                min(known.recorded_at) over (partition by {_KEYS}) as first_at
            from stripe_objects join known_sender_objects as known on known.subscription_id = stripe_objects.id
            where stripe_objects.kind = 'subscription' and known.provider = 'stripe'
                and known.object_kind = 'subscription_item'
        )
        where recorded_at <= greatest(moment, first_at) + interval 1 hour
        group by {_KEYS}, object_id
    )
    where json_extract_string(facts, '$.deleted') is null
    group by {_KEYS}
"""


def _expanded(name: str) -> str:
    """The newest value of a field of a price that its object has only when it was asked for."""
    return f"""coalesce(arg_max(json_object('{name}', facts -> '$.{name}'), version)
        filter (where json_type(facts, '$.{name}') in ('ARRAY', 'OBJECT')), '{{}}')"""


_KNOWN_PRICES = f"""
    select object_id, json_merge_patch(
        json_merge_patch(arg_max(facts, version), {_expanded("tiers")}), {_expanded("currency_options")}) as facts
    from known_sender_objects where provider = 'stripe' and object_kind = 'price' group by object_id
"""

# What an update leaves out of previous_attributes stayed as it is: an item's old state is its new one, patched.
_OLD_ITEMS = """case
    when json_extract_string(previous, '$.items.data[0]') is not null then to_json(list_transform(
        json_extract(previous, '$.items.data[*]'), lambda old: json_merge_patch(coalesce(
            list_filter(json_extract(document, '$.items[*]'),
                lambda item: json_extract_string(item, '$.id') = json_extract_string(old, '$.id'))[1],
            case when json_extract_string(old, '$.id') is null then json_extract(document, '$.items[0]') end,
            '{}'), old)))
    when json_exists(previous, '$.quantity') or json_exists(previous, '$.plan') then to_json(list_transform(
        json_extract(document, '$.items[*]'), lambda item: json_merge_patch(item, json_object(
            'quantity', coalesce(json_extract(previous, '$.quantity'), json_extract(item, '$.quantity')),
            'plan', coalesce(json_extract(previous, '$.plan'), json_extract(item, '$.plan')),
            'price', case when json_exists(previous, '$.plan') then 'null'::JSON
                else json_extract(item, '$.price') end))))
    else json_extract(document, '$.items') end"""

_PRICE_OF = """coalesce(json_extract(item, '$.price'), json_extract(item, '$.plan'))"""
_EXPORTED_MINOR = in_minor("try_cast(replace(price_minor, ',', '') as DECIMAL(18,4))")
_IN_CURRENCY = "json_extract(price, '$.currency_options.' || lower(currency))"


def _text(*paths: str, of: str = "price") -> str:
    return "coalesce(" + ", ".join(f"json_extract_string({of}, '$.{path}')" for path in paths) + ")"


_UNIT = _text("unit_amount_decimal", "unit_amount", "amount_decimal", "amount")
# Graduated tiers charge each tier's units at its own price, volume tiers all units at the price of the last one.
_TIER_COST = """coalesce({units} * coalesce(
        try_cast(coalesce(tier ->> '$.unit_amount_decimal', tier ->> '$.unit_amount') as DECIMAL(18,6)), 0), 0)
    + coalesce(try_cast(coalesce(tier ->> '$.flat_amount_decimal', tier ->> '$.flat_amount') as DECIMAL(18,6)), 0)"""
_UP_TO = "coalesce(try_cast(tier ->> '$.up_to' as BIGINT), 1000000000000)"
_FLOOR = "coalesce(try_cast(tiers[position - 1] ->> '$.up_to' as BIGINT), 0)"
_TIERED = f"""case
    when tiers is null or len(tiers) = 0 then null
    when tiers_mode = 'volume' then (list_filter(list_transform(tiers, lambda tier: case
        when packages <= {_UP_TO} then {_TIER_COST.format(units="packages")} end), lambda cost: cost is not null))[1]
    when tiers_mode = 'graduated' then list_sum(list_transform(tiers, lambda tier, position: case
        when packages > {_FLOOR} or packages = 0 and position = 1 then
            {_TIER_COST.format(units=f"(least(packages, {_UP_TO}) - {_FLOOR})")} end))
    end"""
_TAX_WITHIN = """1 + coalesce(list_sum(list_transform(
    list_filter(coalesce(nullif(json_extract(item, '$.tax_rates[*]'), []), json_extract(document, '$.tax_rates[*]')),
        lambda rate: rate ->> '$.inclusive' = 'true'),
    lambda rate: try_cast(rate ->> '$.percentage' as DECIMAL(9,6)))), 0) / 100"""
_MONTHS = """case billing_interval when 'day' then 365.0 / 12 when 'week' then 52.0 / 12 when 'month' then 1.0
    when 'year' then 1.0 / 12 end / billing_interval_count"""


COMPOSED = f"""
    with composed as (
        select stripe_objects.* exclude (items, quantity), coalesce(quantity, '1') as quantity,
            coalesce(nullif(stripe_objects.items, '[]'), known.items) as items
        from (select * from stripe_objects where kind = 'subscription' and {IS_COMPOSED}) as stripe_objects
        left join ({_KNOWN_ITEMS}) as known using ({_KEYS})
    ),

    documents as (
        select {_KEYS}, currency, previous, coalesce(event_at, seen_at) as moment, '{{"items":' || case
                when coalesce(items, '[]') <> '[]' then items
                when price_minor is not null then json_array(json_object('quantity', quantity, 'plan', json_object(
                    'id', price_id, 'amount_decimal', case when is_major is null then price_minor
                        else cast({_EXPORTED_MINOR} as VARCHAR) end,
                    'currency', price_currency,
                    'interval', interval_text, 'interval_count', interval_count, 'usage_type', usage_type)))
                when price_id is not null then json_array(json_object('quantity', quantity, 'price', price_id))
                else '[]' end
            || ',"discounts":' || coalesce(discounts, '[]')
            || ',"discount":' || coalesce(discount, case when exported_coupon is not null
                then json_object('id', exported_coupon, 'coupon', exported_coupon) end, 'null')
            || ',"tax_rates":' || coalesce(default_tax_rates, '[]')
            || ',"has_more":' || to_json(coalesce(has_more_items = 'true', false))
            || ',"subscription":' || to_json(id)
            || ',"start":' || coalesce(to_json(epoch(period_start)::BIGINT), 'null')
            || ',"end":' || coalesce(to_json(epoch(period_end)::BIGINT), 'null') || '}}' as document
        from composed
    ),

    sides as (
        select {_KEYS}, currency, moment, 'now' as side, document from documents
        union all
        select {_KEYS}, currency, moment, 'before', json_merge_patch(document, json_object(
            'items', {_OLD_ITEMS},
            'discounts', case when json_exists(previous, '$.discounts')
                then coalesce(json_extract(previous, '$.discounts'), '[]'::JSON)
                else json_extract(document, '$.discounts') end,
            'discount', case when json_exists(previous, '$.discount') then json_extract(previous, '$.discount')
                else json_extract(document, '$.discount') end,
            'start', coalesce(json_extract(previous, '$.current_period_start'), json_extract(document, '$.start')),
            'end', coalesce(json_extract(previous, '$.current_period_end'), json_extract(document, '$.end'))
        ))
        from documents where previous is not null
    ),

    items as (
        select * exclude (items), unnest(items) as item, generate_subscripts(items, 1) as position
        from (select *, json_extract(document, '$.items[*]') as items from sides)
    ),

    priced as (
        -- What a payload leaves out of a price unless it is asked for, the price alone may have told.
        select * exclude (price, object_id), case
            when json_type(price) = 'VARCHAR' or {_UNIT} is null and json_extract_string(price, '$.tiers') is null
                then coalesce(known.facts, price)
            when lower({_text("currency")}) <> lower(currency) and {_IN_CURRENCY} is null
                then coalesce(known.facts, price)
            else price end as price
        from (select *, {_PRICE_OF} as price, coalesce(
            json_extract_string(item, '$.price.id'), json_extract_string(item, '$.plan.id'),
            json_extract_string(item, '$.price'), json_extract_string(item, '$.plan')) as price_id from items)
        left join ({_KNOWN_PRICES}) as known on known.object_id = price_id
    ),

    facts as (
        select {_KEYS}, side, moment, document, position, item, price_id,
            json_extract_string(item, '$.id') as item_id,
            {_text("product.id", "product")} as product,
            case
                when coalesce(lower({_text("currency")}) = lower(currency), true) then price
                else {_IN_CURRENCY} end as amounts,
            upper(coalesce(currency, {_text("currency")})) as line_currency,
            {_text("recurring.interval", "interval")} as billing_interval,
            coalesce(try_cast({_text("recurring.interval_count", "interval_count")} as BIGINT), 1)
                as billing_interval_count,
            coalesce({_text("recurring.usage_type", "usage_type")}, '') = 'metered' as is_metered,
            coalesce({_text("billing_scheme")}, '') = 'tiered' as is_tiered,
            {_text("tiers_mode")} as tiers_mode,
            coalesce(try_cast(json_extract_string(item, '$.quantity') as BIGINT), 1) as quantity,
            try_cast({_text("transform_quantity.divide_by", "transform_usage.divide_by")} as BIGINT) as package,
            {_text("transform_quantity.round", "transform_usage.round")} as rounding
        from priced
    ),

    packaged as (
        select * exclude (line_currency), line_currency as currency,
            json_extract(amounts, '$.tiers[*]') as tiers, {_TAX_WITHIN} as tax_within, case
            when package is null then quantity
            when rounding = 'down' then quantity // package
            else (quantity + package - 1) // package end as packages,
            {_MONTHS} as months
        from facts
    ),

    lines as (
        select *, cast(case
            when is_metered then 0
            when json_extract_string(document, '$.has_more') = 'true' then null
            when is_tiered then {_TIERED}
            else try_cast({_text("unit_amount_decimal", "unit_amount", "amount_decimal", "amount", of="amounts")}
                as DECIMAL(18,6)) * packages end / tax_within as DECIMAL(20,6)) as cost
        from packaged
    ),

    {discounted(_KEYS)}

    select {_KEYS}, side, currency, total as price_minor, total - remaining as discount_minor,
        discount_ends_at, coupon_code, is_unknown,
        billing_interval, billing_interval_count, offer_id, shape_of_items, shape_of_discounts,
        period_start, period_end
    from totals
"""
"""The select of the table ``stripe_composed``: each composed subscription as it is now and as it was before."""
