/*
    Every measure by differences: a closing of a subscription adds what it is on its day, and takes it away on the day
    of the next closing. Committed MRR leaves a discount out from a month before the day on which it ends, so within a
    closing it may change once.
*/
{%- set statuses = ["trial", "active", "grace", "on_hold", "paused"] %}
{%- set movement_types = ["new", "expansion", "contraction", "churn", "reactivation"] %}

with closings as (
    select
        *,
        case when auto_renew and {{ is_paying('status') }} then mrr else 0 end as committed,
        case when auto_renew and {{ is_paying('status') }} then list_mrr else 0 end as committed_later,
        {{ date_plus(report_date('discount_ends_at'), -1, 'month') }} as last_month_date
    from {{ ref('int_revenue_closings') }}
),

committed_changes as (
    select
        close_date,
        case when last_month_date <= close_date then committed_later else committed end as change
    from closings
    union all
    select
        last_month_date as close_date,
        committed_later - committed as change
    from closings
    where
        committed_later <> committed
        and last_month_date > close_date
        and last_month_date < coalesce(next_close_date, date '9999-12-31')
        and last_month_date <= {{ report_date(as_of()) }}
    union all
    select
        next_close_date as close_date,
        case when last_month_date < next_close_date then -committed_later else -committed end as change
    from closings
    where next_close_date is not null
),

state_changes as (
    select
        close_date,
        status,
        case when auto_renew then 0 else 1 end as off,
        1 as step
    from closings
    union all
    select
        next_close_date as close_date,
        status,
        case when auto_renew then 0 else 1 end as off,
        -1 as step
    from closings
    where next_close_date is not null
),

states as (
    select
        close_date,
        {%- for status in statuses %}
            sum(case when status = '{{ status }}' then step else 0 end) as {{ status }}_subscriptions,
        {%- endfor %}
        sum(case when status <> 'ended' then off * step else 0 end) as set_to_cancel_subscriptions
    from state_changes
    group by close_date
),

movements as (
    select
        movement_date,
        {%- for movement_type in movement_types %}
            sum(case when movement_type = '{{ movement_type }}' then mrr_change else 0 end) as {{ movement_type }}_mrr,
        {%- endfor %}
        sum(mrr_change) as mrr_change,
        sum(case when mrr_before = 0 then 1 when mrr_after = 0 then -1 else 0 end) as closing_customers
    from {{ ref('int_mrr_movements') }}
    group by movement_date
),

commitments as (
    select
        close_date,
        sum(change) as committed_mrr
    from committed_changes
    group by close_date
),

bounds as (
    select
        min(close_date) as first_date,
        {{ report_date(as_of()) }} as last_date
    from closings
),

days as (
    select {{ dates_every(1, 'first_date', 'last_date') }} as close_date
    from bounds
)

select
    days.close_date,
    cast(
        sum(coalesce(movements.mrr_change, 0)) over so_far - coalesce(movements.mrr_change, 0) as {{ money() }}
    ) as opening_mrr,
    {%- for movement_type in movement_types %}
        cast(coalesce(movements.{{ movement_type }}_mrr, 0) as {{ money() }}) as {{ movement_type }}_mrr,
    {%- endfor %}
    cast(sum(coalesce(movements.mrr_change, 0)) over so_far as {{ money() }}) as closing_mrr,
    cast(sum(coalesce(commitments.committed_mrr, 0)) over so_far as {{ money() }}) as committed_mrr,
    cast(sum(coalesce(movements.closing_customers, 0)) over so_far as bigint) as closing_customers,
    cast(
        sum(coalesce(states.set_to_cancel_subscriptions, 0)) over so_far as bigint
    ) as set_to_cancel_subscriptions,
    {%- for status in statuses %}
        cast(sum(coalesce(states.{{ status }}_subscriptions, 0)) over so_far as bigint) as {{ status }}_subscriptions
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from days
left join movements on days.close_date = movements.movement_date
left join states on days.close_date = states.close_date
left join commitments on days.close_date = commitments.close_date
window so_far as (order by days.close_date rows unbounded preceding)
