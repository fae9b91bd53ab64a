/*
    Viewing before, churn after: customers who pay at a month's open and watched in the 30 days before it, counted by
    month, days with viewing and the title that was watched most on the last of them.
*/
{%- set window = 30 %}

with parts as (
    select
        customer_id,
        {{ date_plus('viewing_month', 1, 'month') }} as month,
        next_days as active_days,
        next_day_title as dated_title
    from {{ ref('int_engagement_months') }}
    where next_days > 0
    union all
    select
        customer_id,
        {{ date_plus('viewing_month', 2, 'month') }} as month,
        second_days as active_days,
        second_day_title as dated_title
    from {{ ref('int_engagement_months') }}
    where second_days > 0
),

before_open as (
    select
        customer_id,
        month,
        sum(active_days) as active_days,
        max(dated_title) as dated_title
    from parts
    group by customer_id, month
),

-- Months whose 30 days the feed covers, by the first and the last day that it has.
covered as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from {{ ref('int_engagement_months') }}
),

turns as (
    select
        customer_id,
        movement_date,
        movement_type,
        lead(movement_date) over (partition by customer_id order by movement_date) as next_date
    from {{ ref('int_mrr_movements') }}
    where movement_type in ('new', 'reactivation', 'churn')
),

-- Spells at whose closes a customer has MRR, so that at most one has any close.
spells as (
    select
        customer_id,
        movement_date as first_close,
        coalesce(next_date, date '9000-01-01') as next_close
    from turns
    where movement_type <> 'churn'
),

paying as (
    select
        before_open.customer_id,
        before_open.month,
        before_open.active_days,
        before_open.dated_title
    from before_open
    inner join spells
        on before_open.customer_id = spells.customer_id
            and before_open.month > spells.first_close
            and before_open.month <= spells.next_close
    cross join covered
    where
        before_open.month <= {{ report_date(as_of()) }}
        and covered.first_date <= {{ date_plus('before_open.month', -window, 'day') }}
        and covered.last_date >= {{ date_plus('before_open.month', -1, 'day') }}
)

select
    paying.month,
    cast(paying.active_days as integer) as active_days,
    coalesce(nullif(substr(paying.dated_title, 11), ''), '(none)') as last_title_id,
    max(cast(substr(paying.dated_title, 1, 10) as date)) as last_seen_date,
    cast(count(*) as bigint) as paying_customers,
    cast(sum(case when staying.customer_id is null then 1 else 0 end) as bigint) as churned_customers
from paying
left join spells as staying
    on paying.customer_id = staying.customer_id
        and {{ date_plus('paying.month', window, 'day') }} > staying.first_close
        and {{ date_plus('paying.month', window, 'day') }} <= staying.next_close
group by paying.month, paying.active_days, coalesce(nullif(substr(paying.dated_title, 11), ''), '(none)')
