{{ config(**incremental_by('customer_id')) }}
/*
    What a subscription was at the close of each day on which anything happened to it, beside what it was at the close
    before, with the price that its MRR follows from. A discount is in the price while it is in force.
*/
{%- set compared = [
    "status", "mrr", "offer_id", "channel", "provider", "amount", "discount_amount", "billing_interval",
    "billing_interval_count", "currency", "rate_to_reporting", "price_interval", "price_currency",
] %}

with spans as (
    select
        subscription_id,
        customer_id,
        {{ report_date('valid_from') }} as close_date,
        status,
        auto_renew,
        coalesce(offer_id, '(none)') as offer_id,
        coalesce(channel, '(none)') as channel,
        coalesce(provider, '(none)') as provider,
        mrr,
        amount,
        case when discount_ends_at > valid_from then discount_amount else 0 end as discount_amount,
        discount_ends_at,
        currency,
        billing_interval,
        billing_interval_count,
        {{ interval_name('billing_interval', 'billing_interval_count') }} as price_interval,
        coalesce(currency, '(none)') as price_currency,
        rate_to_reporting,
        row_number() over (
            partition by subscription_id, {{ report_date('valid_from') }} order by valid_from desc
        ) as rank_from_close
    from {{ ref('int_subscription_spans') }}
    where {{ is_affected('customer_id') }}
),

closings as (
    select
        *,
        case
            when {{ is_paying('status') }} and amount is not null
                then {{ monthly_recurring_revenue(
                    'amount', '0', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
                ) }}
            else cast(0 as {{ money() }})
        end as list_mrr
    from spans
    where rank_from_close = 1
)

select
    closings.subscription_id,
    closings.customer_id,
    closings.close_date,
    closings.auto_renew,
    closings.list_mrr,
    closings.discount_ends_at,
    coalesce(customers.country, '(none)') as country,
    coalesce(customers.acquisition_channel, '(none)') as acquisition_channel,
    {%- for column in compared %}
        closings.{{ column }},
        lag(closings.{{ column }}) over history as previous_{{ column }},
    {%- endfor %}
    lead(closings.close_date) over history as next_close_date,
    min(case when closings.mrr > 0 then closings.close_date end) over (
        partition by closings.subscription_id
    ) as first_mrr_date
from closings
inner join {{ ref('dim_customers') }} as customers on closings.customer_id = customers.customer_id
window history as (partition by closings.subscription_id order by closings.close_date)
