with counted as (
    select
        month,
        count(*) as churners,
        sum(case when outcome = 'resubscribed' then 1 else 0 end) as resubscribed_customers,
        sum(case when outcome = 'stayed_away' then 1 else 0 end) as stayed_away_customers,
        sum(case when outcome = 'undecided' then 1 else 0 end) as undecided_customers
    from {{ ref('fct_churners') }}
    group by month
)

select
    months.month,
    cast(coalesce(counted.churners, 0) as bigint) as churners,
    cast(coalesce(counted.resubscribed_customers, 0) as bigint) as resubscribed_customers,
    cast(coalesce(counted.stayed_away_customers, 0) as bigint) as stayed_away_customers,
    cast(coalesce(counted.undecided_customers, 0) as bigint) as undecided_customers,
    {{ ratio('counted.resubscribed_customers', 'counted.churners') }} as resubscribe_rate,
    {{ date_plus('months.month', 13, 'month') }} <= {{ report_date(as_of()) }} as is_complete
from {{ ref('int_months') }} as months
left join counted on months.month = counted.month
