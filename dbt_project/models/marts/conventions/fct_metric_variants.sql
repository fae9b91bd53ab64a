with defaults as (
    select
        month,
        metric,
        variant_value as default_value
    from {{ ref('int_convention_steps') }}
    where convention = 'default'
)

select
    steps.month,
    steps.metric,
    steps.convention,
    steps.numerator,
    steps.denominator,
    steps.variant_value,
    defaults.default_value,
    cast(steps.variant_value - defaults.default_value as {{ convention_value() }}) as gap,
    steps.month < {{ month_of(report_date(as_of())) }} as is_complete
from {{ ref('int_convention_steps') }} as steps
inner join defaults on steps.month = defaults.month and steps.metric = defaults.metric
where steps.is_last
