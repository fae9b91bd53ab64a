with trials as (
    select
        {{ month_of(report_date('ends_at')) }} as month,
        outcome
    from {{ ref('int_retention_trials') }}
)

select
    month,
    {{ trial_outcomes() }}
from trials
group by month
