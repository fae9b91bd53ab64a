/*
    What became of everybody assigned, at each horizon whose last day has closed. Nobody is left out: who did nothing,
    and visitors whom nobody knows, count as nothing in each measure.
*/
with horizons as (
    {{ experiment_horizons() }}
),

complete as (
    select
        assigned.test_id,
        assigned.person_id,
        assigned.is_customer,
        assigned.customer_id,
        assigned.variant,
        assigned.assigned_at,
        assigned.assigned_date,
        horizons.horizon_days,
        {{ date_plus('assigned.assigned_date', 'horizons.horizon_days', 'day') }} as outcome_date
    from {{ ref('fct_price_test_assignments') }} as assigned
    cross join horizons
    where {{ date_plus('assigned.assigned_date', 'horizons.horizon_days', 'day') }} < {{ report_date(as_of()) }}
),

begun as (
    select distinct
        complete.test_id,
        complete.customer_id,
        complete.horizon_days
    from complete
    inner join {{ ref('int_mrr_movements') }} as movements
        on complete.customer_id = movements.customer_id
            and complete.assigned_date <= movements.movement_date
            and complete.outcome_date >= movements.movement_date
    where movements.movement_type in ('new', 'reactivation')
),

converted_trials as (
    select distinct
        complete.test_id,
        complete.customer_id,
        complete.horizon_days
    from complete
    inner join {{ ref('int_retention_trials') }} as trials
        on complete.customer_id = trials.customer_id
            and complete.assigned_at <= trials.started_at
            and {{ report_date('trials.converted_at') }} <= complete.outcome_date
),

kept as (
    {{ mrr_at_outcome('test_id') }}
),

received as (
    {{ revenue_until_outcome('test_id', 'complete.assigned_at <= transactions.occurred_at') }}
)

select
    complete.test_id,
    complete.person_id,
    complete.is_customer,
    complete.horizon_days,
    complete.variant,
    complete.assigned_date,
    complete.outcome_date,
    begun.customer_id is not null as is_converted,
    converted_trials.customer_id is not null as has_converted_trial,
    cast(coalesce(received.revenue, 0) as {{ money() }}) as revenue,
    coalesce(kept.mrr, 0) > 0 as is_retained,
    cast(coalesce(kept.mrr, 0) as {{ money() }}) as mrr
from complete
{%- for outcome in ['begun', 'converted_trials', 'kept', 'received'] %}
left join {{ outcome }}
    on complete.test_id = {{ outcome }}.test_id
        and complete.customer_id = {{ outcome }}.customer_id
        and complete.horizon_days = {{ outcome }}.horizon_days
{%- endfor %}
