{{ config(
    materialized='incremental',
    pre_hook=["{{ delete_affected_rows('customer_id') }}", "{{ delete_affected_opens() }}"],
) }}
/*
    Viewing before, churn after: customers who pay at a month's open and watched in the 30 days before it, with their
    days with viewing and the title that was watched most on the last of them.

    Nothing here depends on the clock, nor on how far the feed goes: that is for who counts the rows.
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
    where {{ is_affected('customer_id') }} or {{ is_affected_open('month') }}
    group by customer_id, month
),

turns as (
    {{ paying_turns() }}
),

-- Spells at whose closes a customer has MRR, so that at most one has any close.
spells as (
    select
        customer_id,
        movement_date as first_close,
        coalesce(next_date, date '9000-01-01') as next_close
    from turns
    where movement_type <> 'churn'
)

select
    before_open.customer_id,
    before_open.month,
    cast(before_open.active_days as integer) as active_days,
    cast(substr(before_open.dated_title, 1, 10) as date) as last_seen_date,
    nullif(substr(before_open.dated_title, 11), '') as last_title_id,
    staying.customer_id is null as has_churned
from before_open
inner join spells
    on before_open.customer_id = spells.customer_id
        and before_open.month > spells.first_close
        and before_open.month <= spells.next_close
left join spells as staying
    on before_open.customer_id = staying.customer_id
        and {{ date_plus('before_open.month', window, 'day') }} > staying.first_close
        and {{ date_plus('before_open.month', window, 'day') }} <= staying.next_close
