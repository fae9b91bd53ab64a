{{ config(**incremental_by('customer_id')) }}
/*
    What changed between two closings both above 0 is taken apart along one path: the exchange rate first, at the old
    price; then the price before discount, at the new rate; then the discount. The parts are differences of rounded MRR,
    so they sum to the change to the last digit.
*/

with changes as (
    select
        *,
        coalesce(previous_mrr, cast(0 as {{ money() }})) as mrr_before,
        -- Another currency is another price; only within one currency does the rate have an effect of its own.
        case when currency = previous_currency then rate_to_reporting else previous_rate_to_reporting end as path_rate,
        case
            when coalesce(previous_mrr, 0) = 0 and close_date = first_mrr_date then 'new'
            when coalesce(previous_mrr, 0) = 0 then 'reactivation'
            when mrr = 0 then 'churn'
            when mrr > previous_mrr then 'expansion'
            else 'contraction'
        end as movement_type,
        offer_id <> previous_offer_id
        or billing_interval <> previous_billing_interval
        or billing_interval_count <> previous_billing_interval_count as is_other_plan
    from {{ ref('int_revenue_closings') }}
    where mrr <> coalesce(previous_mrr, 0) and {{ is_affected('customer_id') }}
),

priced as (
    select
        *,
        {{ monthly_recurring_revenue(
            'previous_amount', '0', 'previous_billing_interval', 'previous_billing_interval_count', 'path_rate'
        ) }} as old_list_mrr,
        {{ monthly_recurring_revenue(
            'previous_amount', 'previous_discount_amount', 'previous_billing_interval',
            'previous_billing_interval_count', 'path_rate'
        ) }} as old_mrr
    from changes
    where movement_type in ('expansion', 'contraction')
),

steps as (
    select
        *,
        old_mrr - mrr_before as rate_change,
        list_mrr - old_list_mrr as price_change,
        (mrr - list_mrr) - (old_mrr - old_list_mrr) as discount_change
    from priced
),

{%- set carried = "close_date, subscription_id, customer_id, movement_type, mrr_before, mrr, " ~
    "previous_offer_id, offer_id" %}

parts as (
    select
        {{ carried }},
        movement_type as cause,
        mrr - mrr_before as mrr_change
    from changes
    where movement_type not in ('expansion', 'contraction')
    union all
    select
        {{ carried }},
        'exchange_rate' as cause,
        rate_change as mrr_change
    from steps
    union all
    select
        {{ carried }},
        case when is_other_plan then 'plan_change' else 'price_change' end as cause,
        price_change as mrr_change
    from steps
    union all
    select
        {{ carried }},
        case when discount_change < 0 then 'discount_start' else 'discount_end' end as cause,
        discount_change as mrr_change
    from steps
)

select
    close_date as movement_date,
    subscription_id,
    cause,
    customer_id,
    movement_type,
    cast(mrr_change as {{ money() }}) as mrr_change,
    cast(mrr_before as {{ money() }}) as mrr_before,
    mrr as mrr_after,
    case when mrr_before > 0 then previous_offer_id end as offer_before,
    case when mrr > 0 then offer_id end as offer_after
from parts
where mrr_change <> 0
