-- Prevents a filter that loses or doubles tries: combinations sum to the steps, of all and of each cut.
{{ config(meta={'dagster': {'ref': {'name': 'fct_checkout_steps_by_combination'}}}) }}
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
)

{{ sums_that_differ(
    'cut', ref('fct_checkout_steps'), ['month', 'dimension', 'dimension_value', 'step'],
    ['tries', 'went_on', 'dropped', 'completed']
) }}
