-- Prevents a filter that loses or doubles tries: combinations sum to the steps, of all and of each cut.
{{ config(meta={'dagster': {'ref': {'name': 'fct_checkout_steps_by_combination'}}}) }}
{%- set measures = ['tries', 'went_on', 'dropped', 'completed'] %}
{%- set cuts = {
    'offer': 'offer_id', 'device': 'device', 'payment_method': 'payment_method', 'coupon': 'coupon_code',
    'error_code': 'error_code',
} %}
with cut as (
    select
        '(all)' as dimension,
        '(all)' as dimension_value,
        *
    from {{ ref('fct_checkout_steps_by_combination') }}
    {%- for dimension, column in cuts.items() %}
        union all
        select
            '{{ dimension }}' as dimension,
            {{ column }} as dimension_value,
            *
        from {{ ref('fct_checkout_steps_by_combination') }}
    {%- endfor %}
),

summed as (
    select
        month,
        dimension,
        dimension_value,
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        step
    from cut
    group by month, dimension, dimension_value, step
)

select coalesce(summed.step, steps.step) as culprit
from summed
full outer join {{ ref('fct_checkout_steps') }} as steps
    on summed.month = steps.month
        and summed.dimension = steps.dimension
        and summed.dimension_value = steps.dimension_value
        and summed.step = steps.step
where
    summed.step is null
    or steps.step is null
    {%- for measure in measures %}
        or summed.{{ measure }} <> steps.{{ measure }}
    {%- endfor %}
