"""PayPal events as rows of canonical feeds, read beside what is known of the subscription and its plan.

Belongs here: the selects. Does not belong here: the choices behind them, which the package's charter gives.
"""

from pipelines.sources.paypal.invoices import CONTEXT
from pipelines.sources.sql import email_hash, sets_price

_OF_TIER = "try_cast(tier ->> '$.{}' as DECIMAL(18,4))"
_FIRST, _LAST = _OF_TIER.format("starting_quantity"), _OF_TIER.format("ending_quantity")
# By volume all units have the price of the tier that their number is in; else each tier's units have its own.
_UNITS = f"""case when terms ->> '$.model' = 'VOLUME'
        then case when units >= coalesce({_FIRST}, 1) and coalesce(units <= {_LAST}, true) then units else 0 end
        else greatest(least(units, coalesce({_LAST}, units)) - coalesce({_FIRST}, 1) + 1, 0) end"""
_TIERED = f"""cast(round(nullif(list_sum(list_transform(json_extract(terms, '$.tiers[*]'), lambda tier:
        ({_UNITS}) * {_OF_TIER.format("amount.value")})), 0)
    * 100 / (100 + coalesce(try_cast(terms ->> '$.tax_within' as DECIMAL(9,4)), 0)), 4) as DECIMAL(18,4))"""

# What came right before an event of the same subscription, right after it, and the plan that was known at the time.
_KNOWN = f"""
    with known as (
        -- The owners of payments, which are as many, say nothing of a subscription.
        select distinct purchase_id, recorded_at, order_id, offer_id, amount, currency, billing_interval,
            billing_interval_count, trial_ends_at, trial_interval, trial_interval_count, trial_amount, tiers
        from known_store_purchases where provider = 'paypal' and not starts_with(purchase_id, 'sale:')
    ),

    beside as (
        select order_id, purchase_id, offer_id,
            lag(known_kind) over neighbours as kind_before,
            lag(quantity_text) over neighbours as quantity_before,
            last_value(offer_id ignore nulls) over (neighbours rows between unbounded preceding and 1 preceding)
                as plan_before,
            first_value(offer_id ignore nulls) over (neighbours rows between 1 following and unbounded following)
                as plan_after,
            lag(trial_ends_at) over neighbours is not null
                -- A fee is taken as a trial begins, and a trial it stays.
                or coalesce(lag(trial_ends_at, 2) over neighbours is not null
                    and lag(known_kind) over neighbours = 'PAYMENT.SALE.COMPLETED'
                    and lag(recorded_at) over neighbours
                        < lag(recorded_at, 2) over neighbours + interval 12 hours, false)
                as trial_before,
            lag(recorded_at) over neighbours as time_before,
            lead(known_kind) over neighbours as kind_after,
            lead(recorded_at) over neighbours as time_after,
            last_value(told_quantity ignore nulls) over (neighbours rows between unbounded preceding and current row)
                as known_quantity
        from (
            -- A sale has no quantity of its own.
            select *, case when starts_with(known_kind, 'BILLING.')
                then try_cast(quantity_text as DECIMAL(18,4)) end as told_quantity
            from (
                select *, split_part(order_id, '|', 1) as known_kind, split_part(order_id, '|', 2) as quantity_text
                from known where purchase_id in (select subscription_id from delivered)
            )
        )
        window neighbours as (partition by purchase_id order by recorded_at, order_id, offer_id, amount, trial_ends_at)
    ),

    seen as (
        select delivered.*, beside.* exclude (order_id, purchase_id, offer_id),
            coalesce(plan_ref, plan_before, plan_after) as plan_id, coalesce(known_quantity, quantity) as units
        from delivered left join beside
            on delivered.subscription_id = beside.purchase_id and delivered.order_id = beside.order_id
    ),

    plans as (
        select purchase_id as plan_id, amount as plan_price, currency as plan_currency,
            billing_interval as plan_interval, billing_interval_count as plan_count,
            trial_interval as plan_trial_unit, trial_interval_count as plan_trial_count,
            trial_amount as plan_trial_price, tiers as plan_tiers, recorded_at as valid_from,
            lag(recorded_at) over versions is null as is_first,
            coalesce(lead(recorded_at) over versions, TIMESTAMP '9999-12-31') as valid_to
        from (select distinct on (purchase_id, recorded_at) * from known where starts_with(purchase_id, 'P-')
            order by all)
        window versions as (partition by purchase_id order by recorded_at)
    ),

    -- What a first sale took, and the first whole period, stand in for a plan that nobody has told.
    sold as (
        select purchase_id,
            arg_min(amount, (recorded_at, amount)) as sold_amount,
            arg_min(currency, (recorded_at, amount, currency)) as sold_currency,
            arg_min(billing_interval, (recorded_at, billing_interval)) as seen_interval,
            arg_min(billing_interval_count, (recorded_at, billing_interval, billing_interval_count)) as seen_count
        from known where amount is not null or billing_interval is not null
        group by purchase_id
    ),

    informed as (
        select seen.* exclude (tiers), plans.* exclude (plan_id), sold.* exclude (purchase_id),
            coalesce(seen.tiers, case when price is null then plan_tiers end) as terms,
            coalesce(price * units, {_TIERED}, plan_price * units) as told_price,
            coalesce(told_price, sold_amount) as recurring,
            coalesce(currency, plan_currency, sold_currency) as recurring_currency,
            coalesce(billing_interval, plan_interval, seen_interval) as recurring_interval,
            case when billing_interval is not null then interval_count
                else coalesce(plan_count, seen_count) end as recurring_count,
            coalesce(trial_price, plan_trial_price, 0) * units as trial_charge,
            case when trial_unit is not null then trial_count else plan_trial_count end as trial_length,
            coalesce(trial_unit, plan_trial_unit) as trial_length_unit
        from seen left join plans on seen.plan_id = plans.plan_id
            and (seen.event_at >= plans.valid_from or plans.is_first) and seen.event_at < plans.valid_to
        left join sold on plans.plan_id is null and sold.purchase_id = seen.subscription_id
    )
"""


def _later(count: str, unit: str) -> str:
    """The event's time and an interval."""
    return f"""event_at + {count} * case {unit} when 'year' then interval 1 year
                when 'month' then interval 1 month when 'week' then interval 7 days else interval 1 day end"""


# In a trial the next billing is its end, unless it is told as of the day that the trial began.
_TRIAL_END = f"""case when next_billing_at > event_at + interval 12 hours then next_billing_at
            else {_later("trial_length", "trial_length_unit")} end"""
_NEXT_BILLING = f"""case when next_billing_at > event_at then next_billing_at
            else {_later("recurring_count", "recurring_interval")} end"""
_NET = "total - coalesce(tax, 0) - coalesce(shipping, 0)"
# A sale may take several payments that were late, or a fee beside the first; else what it took is the newer price, as
# it is when that is less, or nobody told the price.
_PRICE = f"""case when is_sale and not was_stopped and recurring > 0 and ({_NET} < recurring
            or not trial_before and (told_price is null or ({_NET}) % recurring <> 0)) then {_NET} else recurring end"""


def store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - PayPal tells the currency
    """Plans, and what is known of a subscription at each event; the owner of a payment, its reversals and disputes.

    A reversal or dispute goes by the id of its payment; its ``order_id`` says which it is.
    """
    return f"""
    select
        file_number, row_number, 'paypal' as provider, coalesce(subscription_id, resource) as purchase_id,
        case when is_plan then recorded_at else event_at end as recorded_at,
        case when is_plan then null else customer_id end as customer_id,
        case when is_plan then resource else plan_ref end as offer_id, order_id,
        case when is_plan then price when kind = 'PAYMENT.SALE.COMPLETED' then {_NET} end as amount,
        case when is_plan then currency when kind = 'PAYMENT.SALE.COMPLETED' then sale_currency end as currency,
        case when is_plan then billing_interval else period_unit end as billing_interval,
        case when is_plan then interval_count else period_count end as billing_interval_count,
        case when not is_plan then next_billing_at end as period_end,
        case when is_trial then coalesce(next_billing_at, event_at) end as trial_ends_at,
        case when is_plan then trial_unit end as trial_interval,
        case when is_plan and trial_unit is not null then trial_count end as trial_interval_count,
        case when is_plan then trial_price end as trial_amount, null as next_amount,
        case when is_plan then tiers end as tiers
    from delivered
    where is_plan and (price is not null or tiers is not null)
        or kind = 'PAYMENT.SALE.COMPLETED' and subscription_id is not null
        or is_subscription and kind <> 'BILLING.SUBSCRIPTION.CREATED'
    union all
    select file_number, row_number, 'paypal', 'sale:' || resource, event_at, customer_id, teller, subscription_id,
        null, null, null, null, null, null, null, null, null, null, null
    from delivered where money in ('COMPLETED', 'DENIED')
    union all
    {CONTEXT}
    union all
    select file_number, row_number, 'paypal', coalesce(sale, resource), recorded_at, null, resource,
        coalesce('DISPUTE|' || dispute_step, concat_ws('|', money, resource, teller)), total, sale_currency,
        null, null, null, null, null, null, null, case when dispute_step = 'LOST' then lost end, null
    from delivered where is_reversal or is_about_dispute
    """


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - PayPal tells the currency
    """One row an event, two for a cancellation that was announced."""
    return f"""
    {_KNOWN},

    -- Materialized, since a condition on the type would otherwise decide it anew wherever it stands.
    told as materialized (
        select *, 1 as part,
            coalesce(kind_before like '%.SUSPENDED' or kind_before like '%.PAYMENT.FAILED', false) as was_stopped,
            coalesce(kind_before like '%.ACTIVATED' and event_at < time_before
                    + case when trial_before then interval 12 hours else interval 2 days end
                or kind_after like '%.ACTIVATED' and time_after < event_at + interval 2 days, false)
                as is_first_payment,
            case kind
                when 'BILLING.SUBSCRIPTION.ACTIVATED'
                    then case when was_stopped then 'resumed'
                        when is_trial and trial_charge = 0 then 'trial_started' else 'started' end
                when 'BILLING.SUBSCRIPTION.RE-ACTIVATED' then 'resumed'
                when 'BILLING.SUBSCRIPTION.UPDATED'
                    then case when told_price is not null and (plan_before <> plan_ref
                        or try_cast(quantity_before as DECIMAL(18,4)) <> quantity) then 'plan_changed' end
                when 'BILLING.SUBSCRIPTION.SUSPENDED' then case when has_failed then 'hold_entered' else 'paused' end
                when 'BILLING.SUBSCRIPTION.PAYMENT.FAILED' then 'grace_entered'
                when 'BILLING.SUBSCRIPTION.EXPIRED' then 'ended'
                when 'BILLING.SUBSCRIPTION.CANCELLED'
                    then case when was_stopped or coalesce(next_billing_at <= event_at, true)
                        then 'ended' else 'cancel_scheduled' end
                when 'PAYMENT.SALE.COMPLETED'
                    then case when is_first_payment then null
                        when trial_before and trial_charge = 0 then 'trial_converted'
                        when was_stopped then 'recovered' else 'renewed' end
            end as event_type
        from informed
        where subscription_id is not null
    ),

    parts as (
        from told where event_type is not null
        union all by name
        select * replace (2 as part, 'ended' as event_type) from told where event_type = 'cancel_scheduled'
    ),

    priced as (
        select *, {sets_price()} as is_priced, kind = 'PAYMENT.SALE.COMPLETED' as is_sale
        from parts
        where not {sets_price()}
            or recurring is not null and recurring_currency is not null and recurring_interval is not null
    )

    select
        file_number, row_number, 'paypal:' || told || ':' || part as event_id, event_type,
        case when part = 2 then next_billing_at else event_at end as occurred_at, recorded_at,
        customer_id, subscription_id, plan_id as offer_id,
        case when is_priced then {_PRICE} end as amount,
        case when is_priced and kind like '%.ACTIVATED' and trial_charge > 0 and is_trial
            then greatest({_PRICE} - trial_charge, 0) else 0 end as discount_amount,
        case when is_priced and kind like '%.ACTIVATED' and trial_charge > 0 and is_trial then {_TRIAL_END} end
            as discount_ends_at,
        case when is_priced then recurring_currency end as currency,
        case when is_priced then recurring_interval end as billing_interval,
        case when is_priced then recurring_count end as billing_interval_count,
        case when is_priced then event_at end as period_start,
        case
            when is_sale then {_later("recurring_count", "recurring_interval")}
            when is_priced and is_trial then {_TRIAL_END}
            when is_priced or event_type in ('cancel_scheduled', 'resumed') then {_NEXT_BILLING}
            when event_type = 'grace_entered' and next_billing_at > event_at then next_billing_at
        end as period_end,
        'web' as channel, 'paypal' as provider, country_text as country,
        case when event_type = 'ended' and kind like '%.CANCELLED' then
            case when has_failed then 'payment_failed' else 'customer_cancelled' end end as end_reason,
        replace(kind, 'BILLING.SUBSCRIPTION.', '') as provider_code
    from priced
    """


def identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - a link has no money
    """Subscriptions, payers and e-mail hashes, linked to the strongest identifier of an event."""
    return f"""
    with aliases as (
        select file_number, row_number, recorded_at, customer_id, unnest([
            {{'kind': 'paypal_subscription', 'value': subscription_id}},
            {{'kind': 'paypal_subscriber', 'value': payer}},
            {{'kind': 'email_hash', 'value': {email_hash("email")}}}
        ]) as alias
        from delivered where subscription_id is not null
    )

    select file_number, row_number, alias.kind as alias_kind, alias.value as alias_value, customer_id, recorded_at
    from aliases where alias.value is not null and customer_id <> alias.kind || ':' || alias.value
    """


def offers(reporting_currency: str) -> str:  # noqa: ARG001 - PayPal tells the currency
    """One version of an offer for each plan event that tells a price."""
    return """
    select
        file_number, row_number, resource as offer_id, plan_name as title, 'subscription' as offer_kind,
        price as amount, currency, billing_interval, interval_count as billing_interval_count,
        trial_count * case trial_unit when 'day' then 1 when 'week' then 7 when 'month' then 30 when 'year' then 365 end
            as trial_days,
        plan_status = 'ACTIVE' as active, recorded_at
    from delivered where is_plan and price is not null and plan_name is not null
    """


def other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no number follows from these
    """Events from which no number follows."""
    return """
    select
        file_number, row_number,
        concat_ws(':', 'paypal', told, nullif(teller, 'SALE')) as event_id, kind as event_type, event_at as occurred_at,
        recorded_at, 'paypal' as provider, coalesce(sale, resource) as subject_id
    from delivered
    where kind in ('BILLING.SUBSCRIPTION.CREATED', 'BILLING.SUBSCRIPTION.UPDATED') or money = 'PENDING'
        or is_about_other or is_invoice or is_plan and price is null
        or (is_about_dispute or is_reversal or teller = 'CAPTURE')
            and (file_number, row_number) not in (select file_number, row_number from paypal_booked)
    """
