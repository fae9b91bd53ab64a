-- noqa: disable=LT02
-- Loops that write commas have no indent that the linter understands.
-- Cases of a month and value, by what became of them. Days on hold of open cases run to the as-of instant.
{%- set outcomes = ["recovered", "lost", "open"] %}

with cases as (
    select
        *,
        opened_month as month,
        coalesce(days_on_hold, {{ exact_days('hold_at', as_of()) }}, 0) as days_on_hold_so_far
    from {{ ref('fct_dunning_cases') }}
),

cut as (
    {%- for dimension, column in dunning_cuts().items() %}
    select
        month,
        '{{ dimension }}' as dimension,
        {{ column }} as dimension_value,
        count(*) as cases,
        count(distinct customer_id) as customers,
        {%- for outcome in outcomes %}
            sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as {{ outcome }}_cases,
            sum(case when outcome = '{{ outcome }}' then amount_due_reporting else 0 end) as amount_{{ outcome }},
            sum(case when outcome = '{{ outcome }}' then mrr_at_opening else 0 end) as mrr_{{ outcome }},
        {%- endfor %}
        sum(case when stage in ('grace', 'hold') then 1 else 0 end) as grace_cases,
        sum(case when stage = 'hold' then 1 else 0 end) as hold_cases,
        sum(amount_due_reporting) as amount_due,
        sum(coalesce(received_amount, 0)) as amount_received,
        sum(mrr_at_opening) as mrr_due,
        sum(case when outcome = 'recovered' then days_to_outcome else 0 end) as recovery_days,
        sum(case when outcome = 'lost' then days_to_outcome else 0 end) as loss_days,
        sum(days_on_hold_so_far) as days_on_hold
    from cases
    group by month{{ ", " ~ column if dimension != "total" }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    month,
    dimension,
    dimension_value,
    cast(cases as bigint) as cases,
    cast(customers as bigint) as customers,
    {%- for outcome in outcomes %}
        cast({{ outcome }}_cases as bigint) as {{ outcome }}_cases,
    {%- endfor %}
    cast(grace_cases as bigint) as grace_cases,
    cast(hold_cases as bigint) as hold_cases,
    cast(amount_due as {{ money() }}) as amount_due,
    {%- for outcome in outcomes %}
        cast(amount_{{ outcome }} as {{ money() }}) as amount_{{ outcome }},
    {%- endfor %}
    cast(amount_received as {{ money() }}) as amount_received,
    cast(mrr_due as {{ money() }}) as mrr_due,
    {%- for outcome in outcomes %}
        cast(mrr_{{ outcome }} as {{ money() }}) as mrr_{{ outcome }},
    {%- endfor %}
    {{ ratio('recovered_cases', '(recovered_cases + lost_cases)') }} as case_recovery_rate,
    {{ ratio('amount_recovered', '(amount_recovered + amount_lost)') }} as amount_recovery_rate,
    cast(recovery_days as decimal(18, 4)) as recovery_days,
    {{ ratio('recovery_days', 'recovered_cases') }} as mean_days_to_recovery,
    cast(loss_days as decimal(18, 4)) as loss_days,
    cast(days_on_hold as decimal(18, 4)) as days_on_hold,
    month < {{ month_of(report_date(as_of())) }} and open_cases = 0 as is_complete
from cut
