-- Prevents trials lost in a cut: the values of every dimension sum to the month, outcome by outcome.
{{ config(meta={'dagster': {'ref': {'name': 'fct_trial_funnel_by_dimension'}}}) }}
with whole as (
    select
        funnel.*,
        dimensions.dimension
    from {{ ref('fct_trial_funnel') }} as funnel
    cross join (values ('offer'), ('channel')) as dimensions (dimension)
)

{{ sums_that_differ(
    ref('fct_trial_funnel_by_dimension'), 'whole', ['month', 'dimension'],
    ['converted_trials', 'lost_trials', 'undecided_trials', 'running_trials']
) }}
