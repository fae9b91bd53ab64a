with steps as (
    select
        *,
        variant_value - lag(variant_value) over (
            partition by month, metric, convention order by step_number
        ) as contribution
    from {{ ref('int_convention_steps') }}
)

select
    month,
    metric,
    convention,
    step_number,
    rule_name,
    rule_value,
    numerator,
    denominator,
    variant_value as value_after,
    cast(contribution as {{ convention_value() }}) as contribution,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from steps
where step_number > 0
