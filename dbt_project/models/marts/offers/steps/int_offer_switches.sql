{%- set priced = [
    "offer_id", "status", "mrr", "amount", "billing_interval", "billing_interval_count", "currency", "rate_to_reporting"
] %}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    Switches of offer: the days at whose close a subscription has another offer than at the close before, with access
    (trial, active, grace) at both. What was switched there and back within a day is nothing. Where a store told the
    switch as the end of one subscription and the start of another, the close before is that of the one that ended.

    The direction compares list prices per month, before discounts: in the currency of both, or, if the currency
    changed, each at its own rate, so that exchange rates by themselves never make an upgrade.
*/
with closings as (
    select
        subscription_id,
        customer_id,
        close_date,
        {%- for column in priced %}
            {{ column }},
            previous_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_revenue_closings') }}
    union all
    select
        opened.subscription_id,
        opened.customer_id,
        opened.close_date,
        {%- for column in priced %}
            opened.{{ column }},
            ended.previous_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_switched_subscriptions') }} as pairs
    inner join {{ ref('int_revenue_closings') }} as ended
        on pairs.from_subscription_id = ended.subscription_id
            and {{ report_date('pairs.ended_at') }} = ended.close_date
    inner join {{ ref('int_revenue_closings') }} as opened
        on pairs.to_subscription_id = opened.subscription_id
            and {{ report_date('pairs.opened_at') }} = opened.close_date
),

switches as (
    select
        *,
        case when currency = previous_currency then cast(1 as decimal(28, 12)) else rate_to_reporting end as rate,
        case
            when currency = previous_currency then cast(1 as decimal(28, 12)) else previous_rate_to_reporting
        end as previous_rate
    from closings
    where
        offer_id <> previous_offer_id
        and {{ has_access('status') }}
        and {{ has_access('previous_status') }}
),

priced as (
    select
        *,
        {{ monthly_recurring_revenue('amount', '0', 'billing_interval', 'billing_interval_count', 'rate') }}
            as list_price,
        {{ monthly_recurring_revenue(
            'previous_amount', '0', 'previous_billing_interval', 'previous_billing_interval_count', 'previous_rate'
        ) }} as previous_list_price
    from switches
)

select
    subscription_id,
    close_date as switch_date,
    customer_id,
    previous_offer_id as from_offer,
    offer_id as to_offer,
    case
        when list_price > previous_list_price then 'up'
        when list_price < previous_list_price then 'down'
        when list_price = previous_list_price then 'level'
        else 'unknown'
    end as direction,
    mrr > 0 and previous_mrr > 0 as is_paying,
    cast(case when mrr > 0 and previous_mrr > 0 then mrr - previous_mrr else 0 end as {{ money() }}) as mrr_change
from priced
