with churns as (
    select
        customer_id,
        count(*) as churns_in_two_years,
        min(movement_date) as first_churn_date,
        max(movement_date) as last_churn_date
    from {{ ref('int_mrr_movements') }}
    where
        movement_type = 'churn'
        and movement_date > {{ date_plus(report_date(as_of()), -2, 'year') }}
    group by customer_id
    having count(*) >= 3
)

select
    churns.customer_id,
    cast(churns.churns_in_two_years as bigint) as churns_in_two_years,
    case
        when churns.churns_in_two_years >= 7 then '7+'
        when churns.churns_in_two_years >= 5 then '5-6'
        else '3-4'
    end as churn_band,
    churns.first_churn_date,
    churns.last_churn_date,
    customers.current_mrr > 0 as is_paying,
    customers.current_mrr
from churns
inner join {{ ref('dim_customers') }} as customers on churns.customer_id = customers.customer_id
