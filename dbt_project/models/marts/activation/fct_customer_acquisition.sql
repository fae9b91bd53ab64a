/*
    What winning customers cost, and what those who were won are worth: a row a subscriber on the day of their first
    MRR, and a row a cost on its day. One table, so that costs and worth can be divided by channel and campaign.

    Worth is what was paid so far and, of those who have a score, what is expected of the next 24 months. Who no longer
    pays has no score, and is worth what was paid.
*/
with used as (
    select distinct
        currency,
        cost_date as used_date
    from {{ ref('stg_acquisition_costs') }}
),

rates as (
    {{ rates_on('used') }}
)

select
    'subscriber' as kind,
    cohorts.customer_id as acquisition_id,
    cohorts.first_paid_date as acquisition_date,
    cohorts.customer_id,
    attributes.acquisition_channel,
    attributes.acquisition_campaign,
    cast(1 as integer) as subscribers,
    cast(0 as {{ money() }}) as cost,
    attributes.lifetime_revenue as realised_value,
    coalesce(attributes.value_at_risk - attributes.expected_loss, cast(0 as {{ money() }})) as expected_value
from {{ ref('dim_customer_cohorts') }} as cohorts
inner join {{ ref('dim_customer_attributes') }} as attributes on cohorts.customer_id = attributes.customer_id
union all
select
    'cost' as kind,
    costs.cost_id as acquisition_id,
    costs.cost_date as acquisition_date,
    cast(null as {{ dbt.type_string() }}) as customer_id,
    costs.acquisition_channel,
    costs.acquisition_campaign,
    cast(0 as integer) as subscribers,
    {{ converted('costs.amount', 'rates.rate_to_reporting') }} as cost,
    cast(0 as {{ money() }}) as realised_value,
    cast(0 as {{ money() }}) as expected_value
from {{ ref('stg_acquisition_costs') }} as costs
left join rates
    on costs.currency = rates.currency and costs.cost_date = rates.used_date
