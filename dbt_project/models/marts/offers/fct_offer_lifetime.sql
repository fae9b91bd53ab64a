-- By the offer that a customer began to pay with, which never changes; so every customer is in one row.
with paid_days as (
    select
        customer_id,
        sum({{ days_between('valid_from', "coalesce(valid_to, " ~ report_date(as_of()) ~ ")") }}) as days
    from {{ ref('fct_paying_spans') }}
    group by customer_id
),

customers as (
    select
        cohorts.first_offer as offer_id,
        customers.current_mrr,
        customers.lifetime_revenue,
        paid_days.days
    from {{ ref('dim_customer_cohorts') }} as cohorts
    inner join {{ ref('dim_customers') }} as customers on cohorts.customer_id = customers.customer_id
    left join paid_days on cohorts.customer_id = paid_days.customer_id
),

summed as (
    select
        offer_id,
        count(*) as customers,
        sum(case when current_mrr > 0 then 1 else 0 end) as paying_customers,
        sum(case when current_mrr > 0 then 0 else 1 end) as churned_customers,
        sum(lifetime_revenue) as realised_revenue,
        sum(coalesce(days, 0)) as paid_days,
        sum(case when current_mrr > 0 then 0 else coalesce(days, 0) end) as paid_days_of_churned
    from customers
    group by offer_id
)

select
    offer_id,
    cast(customers as bigint) as customers,
    cast(paying_customers as bigint) as paying_customers,
    cast(churned_customers as bigint) as churned_customers,
    {{ ratio('churned_customers', 'customers') }} as churned_rate,
    cast(realised_revenue as {{ money() }}) as realised_revenue,
    case when realised_revenue < 0 then -1 else 1 end * {{ share_of('abs(realised_revenue)', '1', 'customers') }}
        as revenue_per_customer,
    {{ ratio('paid_days', 'customers') }} as mean_paid_days,
    {{ ratio('paid_days_of_churned', 'churned_customers') }} as mean_paid_days_of_churned
from summed
