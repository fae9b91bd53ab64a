with trials as (
    select
        {{ month_of(report_date('ends_at')) }} as month,
        'offer' as dimension,
        coalesce(offer_id, '(none)') as dimension_value,
        outcome
    from {{ ref('int_retention_trials') }}
    union all
    select
        {{ month_of(report_date('ends_at')) }} as month,
        'channel' as dimension,
        coalesce(channel, '(none)') as dimension_value,
        outcome
    from {{ ref('int_retention_trials') }}
)

select
    month,
    dimension,
    dimension_value,
    {{ trial_outcomes() }}
from trials
group by month, dimension, dimension_value
