with house as (
    select
        month,
        metric,
        variant_value as house_value
    from {{ ref('int_convention_steps') }}
    where convention = 'house'
)

select
    steps.month,
    steps.metric,
    steps.convention,
    steps.numerator,
    steps.denominator,
    steps.variant_value,
    house.house_value,
    cast(steps.variant_value - house.house_value as {{ convention_value() }}) as gap,
    steps.month < {{ month_of(report_date(as_of())) }} as is_complete
from {{ ref('int_convention_steps') }} as steps
inner join house on steps.month = house.month and steps.metric = house.metric
where steps.is_last
