-- Prevents trials lost between the funnel and the offers: decided ones by month and offer, started ones in all.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_monthly'}}}) }}
with differences as (
    select
        month,
        offer_id,
        ended_trials,
        converted_trials,
        lost_trials,
        0 as trials_started
    from {{ ref('fct_offer_monthly') }}
    union all
    select
        month,
        dimension_value as offer_id,
        -ended_trials as ended_trials,
        -converted_trials as converted_trials,
        -lost_trials as lost_trials,
        0 as trials_started
    from {{ ref('fct_trial_funnel_by_dimension') }}
    where dimension = 'offer'
    union all
    select
        null as month,
        '(all)' as offer_id,
        0 as ended_trials,
        0 as converted_trials,
        0 as lost_trials,
        sum(trials_started) as trials_started
    from {{ ref('fct_offer_monthly') }}
    union all
    select
        null as month,
        '(all)' as offer_id,
        0 as ended_trials,
        0 as converted_trials,
        0 as lost_trials,
        -sum(ended_trials + running_trials) as trials_started
    from {{ ref('fct_trial_funnel') }}
)

select
    month,
    offer_id
from differences
group by month, offer_id
having sum(ended_trials) <> 0 or sum(converted_trials) <> 0 or sum(lost_trials) <> 0 or sum(trials_started) <> 0
