-- What follows churn to 0 can only be a reactivation, so the next movement is the return.
with followed as (
    select
        customer_id,
        movement_type,
        movement_date as churn_date,
        lead(movement_date) over (partition by customer_id order by movement_date) as return_date
    from {{ ref('int_mrr_movements') }}
),

ranked as (
    select
        {{ month_of('churn_date') }} as month,
        return_date,
        {{ date_plus('churn_date', 12, 'month') }} as last_return_date,
        row_number() over (
            partition by customer_id, {{ month_of('churn_date') }} order by churn_date desc
        ) as rank_from_close
    from followed
    where movement_type = 'churn'
),

outcomes as (
    select
        month,
        case
            when return_date <= last_return_date then 'resubscribed'
            when last_return_date < {{ report_date(as_of()) }} then 'stayed_away'
            else 'undecided'
        end as outcome
    from ranked
    where rank_from_close = 1
),

counted as (
    select
        month,
        count(*) as churners,
        sum(case when outcome = 'resubscribed' then 1 else 0 end) as resubscribed_customers,
        sum(case when outcome = 'stayed_away' then 1 else 0 end) as stayed_away_customers,
        sum(case when outcome = 'undecided' then 1 else 0 end) as undecided_customers
    from outcomes
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
