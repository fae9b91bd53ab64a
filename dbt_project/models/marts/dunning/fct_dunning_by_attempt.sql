-- noqa: disable=LT02
-- Loops that write commas have no indent that the linter understands.
-- What each attempt brings, all in all and by what is known of the first failure.
with attempts as (
    select
        attempts.case_id,
        attempts.attempt_number,
        attempts.outcome,
        attempts.amount_reporting,
        attempts.days_since_opening,
        cases.provider,
        cases.payment_method,
        cases.failure_code
    from {{ ref('fct_dunning_attempts') }} as attempts
    inner join {{ ref('fct_dunning_cases') }} as cases on attempts.case_id = cases.case_id
),

cut as (
    {%- for dimension, column in dunning_cuts().items() if dimension != "attempts" %}
    select
        '{{ dimension }}' as dimension,
        {{ column }} as dimension_value,
        attempt_number,
        count(*) as attempts,
        sum(case when outcome = 'failed' then 1 else 0 end) as failed_attempts,
        sum(case when outcome = 'succeeded' then 1 else 0 end) as recoveries,
        sum(case when outcome = 'succeeded' then amount_reporting else 0 end) as amount_received,
        sum(days_since_opening) as days_since_opening
    from attempts
    group by {{ column ~ ", " if dimension != "total" }}attempt_number
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    dimension,
    dimension_value,
    attempt_number,
    cast(attempts as bigint) as attempts,
    cast(failed_attempts as bigint) as failed_attempts,
    cast(recoveries as bigint) as recoveries,
    {{ ratio('recoveries', 'attempts') }} as recovery_rate,
    cast(amount_received as {{ money() }}) as amount_received,
    {{ ratio('days_since_opening', 'attempts') }} as mean_days_since_opening
from cut
