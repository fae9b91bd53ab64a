-- Prevents trials lost in a cut: the values of every dimension sum to the month, outcome by outcome.
{{ config(meta={'dagster': {'ref': {'name': 'fct_trial_funnel_by_dimension'}}}) }}
with dimensions as (
    select 'offer' as dimension
    union all
    select 'channel' as dimension
),

differences as (
    select
        month,
        dimension,
        converted_trials,
        lost_trials,
        undecided_trials,
        running_trials
    from {{ ref('fct_trial_funnel_by_dimension') }}
    union all
    select
        funnel.month,
        dimensions.dimension,
        -funnel.converted_trials as converted_trials,
        -funnel.lost_trials as lost_trials,
        -funnel.undecided_trials as undecided_trials,
        -funnel.running_trials as running_trials
    from {{ ref('fct_trial_funnel') }} as funnel
    cross join dimensions
)

select
    month,
    dimension
from differences
group by month, dimension
having
    sum(converted_trials) <> 0
    or sum(lost_trials) <> 0
    or sum(undecided_trials) <> 0
    or sum(running_trials) <> 0
