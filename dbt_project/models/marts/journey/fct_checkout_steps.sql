{%- set steps = checkout_steps() %}
{%- set cuts = {
    'offer': 'offer_id', 'device': 'device', 'payment_method': 'payment_method', 'coupon': 'coupon_code',
    'error_code': 'error_code',
} %}
-- The time to the next step is from the step to the first later one of which a time is told.
with reached as (
    {%- for step in steps %}
        select
            month,
            offer_id,
            device,
            payment_method,
            coupon_code,
            error_code,
            '{{ step }}' as step,
            {{ loop.index }} as step_number,
            furthest_step > {{ loop.index }} as went_on,
            is_completed,
            {%- if loop.last %}
                cast(null as double) as minutes_to_next
            {%- else %}
                {%- set next_at = 'coalesce(' ~ steps[loop.index:] | join('_at, ') ~ '_at)' %}
                case
                    when {{ next_at }} >= {{ step }}_at
                        then cast({{ seconds_between(step ~ '_at', next_at) }} as double) / 60
                end as minutes_to_next
            {%- endif %}
        from {{ ref('fct_checkout_tries') }}
        where furthest_step >= {{ loop.index }}
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

cut as (
    select
        *,
        '(all)' as dimension,
        '(all)' as dimension_value
    from reached
    {%- for dimension, column in cuts.items() %}
        union all
        select
            *,
            '{{ dimension }}' as dimension,
            coalesce({{ column }}, '(none)') as dimension_value
        from reached
    {%- endfor %}
)

select
    month,
    dimension,
    dimension_value,
    step,
    cast(step_number as integer) as step_number,
    cast(count(*) as bigint) as tries,
    cast(sum(case when went_on then 1 else 0 end) as bigint) as went_on,
    cast(sum(case when went_on or step = 'checkout_completed' then 0 else 1 end) as bigint) as dropped,
    cast(sum(case when is_completed then 1 else 0 end) as bigint) as completed,
    {{ ratio('sum(case when is_completed then 1 else 0 end)', 'count(*)') }} as completion_rate,
    cast(percentile_cont(0.5) within group (order by minutes_to_next) as double) as median_minutes_to_next
from cut
group by month, dimension, dimension_value, step, step_number
