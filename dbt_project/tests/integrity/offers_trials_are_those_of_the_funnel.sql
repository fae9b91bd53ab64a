-- Prevents trials lost between the funnel and the offers: decided ones by month and offer, started ones in all.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_monthly'}}}) }}
with cut as (
    select
        *,
        dimension_value as offer_id
    from {{ ref('fct_trial_funnel_by_dimension') }}
    where dimension = 'offer'
),

whole as (
    select sum(ended_trials + running_trials) as trials
    from {{ ref('fct_trial_funnel') }}
),

started as (
    select sum(trials_started) as trials
    from {{ ref('fct_offer_monthly') }}
)

select cast(month as {{ dbt.type_string() }}) as what
from (
    {{ sums_that_differ(
        ref('fct_offer_monthly'), 'cut', ['month', 'offer_id'], ['ended_trials', 'converted_trials', 'lost_trials']
    ) }}
) as differences
union all
select 'started' as what
from started
cross join whole
where coalesce(started.trials, 0) <> coalesce(whole.trials, 0)
