-- Prevents a funnel that loses trials: as many begin as fct_subscription_periods has spans in trial that follow none,
-- less those that go on without a known end, or in trial
-- under another id.
{{ config(meta={'dagster': {'ref': {'name': 'fct_trial_funnel'}}}) }}
with periods as (
    select
        subscription_id,
        status,
        lag(status) over (partition by subscription_id order by valid_from) as previous_status
    from {{ ref('fct_subscription_periods') }}
),

counts as (
    select count(*) as trials
    from periods
    where status = 'trial' and coalesce(previous_status, 'none') <> 'trial'
    union all
    select -count(*) as trials
    from {{ ref('fct_subscriptions') }}
    where status = 'trial' and period_end is null
    union all
    select -count(*) as trials
    from {{ ref('int_switched_subscriptions') }} as pairs
    inner join {{ ref('int_retention_trial_spells') }} as spells
        on pairs.from_subscription_id = spells.subscription_id and pairs.ended_at = spells.left_at
    where pairs.goes_on_in_trial
    union all
    select -coalesce(sum(ended_trials + running_trials), 0) as trials
    from {{ ref('fct_trial_funnel') }}
)

select sum(trials) as difference
from counts
having sum(trials) <> 0
