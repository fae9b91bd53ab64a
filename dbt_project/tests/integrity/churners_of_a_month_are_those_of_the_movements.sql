-- Prevents churners lost on the way to the resubscribe rate, and serial churners who are none: both follow from the
-- churn movements alone.
{{ config(meta={'dagster': {'ref': {'name': 'fct_resubscribe_monthly'}}}) }}
with churns as (
    select
        customer_id,
        movement_date,
        {{ month_of('movement_date') }} as month
    from {{ ref('fct_mrr_movements') }}
    where movement_type = 'churn'
),

serial as (
    select
        customer_id,
        count(*) as churns
    from churns
    where movement_date > {{ date_plus(report_date(as_of()), -24, 'month') }}
    group by customer_id
    having count(*) >= 3
),

months as (
    select
        month,
        count(distinct customer_id) as churners
    from churns
    group by month
)

select cast(coalesce(resubscribed.month, months.month) as {{ dbt.type_string() }}) as wrong
from {{ ref('fct_resubscribe_monthly') }} as resubscribed
full outer join months on resubscribed.month = months.month
where resubscribed.month is null or resubscribed.churners <> coalesce(months.churners, 0)
union all
select coalesce(listed.customer_id, serial.customer_id) as wrong
from {{ ref('fct_serial_churners') }} as listed
full outer join serial on listed.customer_id = serial.customer_id
where listed.customer_id is null or serial.customer_id is null or listed.churns_in_two_years <> serial.churns
