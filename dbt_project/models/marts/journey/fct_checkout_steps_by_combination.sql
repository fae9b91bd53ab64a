{%- set steps = checkout_steps() %}
{%- set told = ['offer_id', 'device', 'payment_method', 'coupon_code', 'error_code'] %}
{%- set combined = told + ['country', 'acquisition_channel'] %}
with steps as (
    {%- for step in steps %}
        select
            {{ loop.index }} as step_number,
            '{{ step }}' as step
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

tries as (
    select
        tries.month,
        tries.furthest_step,
        tries.is_completed,
        {%- for column in told %}
            coalesce(tries.{{ column }}, '(none)') as {{ column }},
        {%- endfor %}
        coalesce(customers.country, '(none)') as country,
        coalesce(customers.acquisition_channel, '(none)') as acquisition_channel
    from {{ ref('fct_checkout_tries') }} as tries
    left join {{ ref('dim_customers') }} as customers on tries.customer_id = customers.customer_id
)

select
    tries.month,
    steps.step,
    {%- for column in combined %}
        tries.{{ column }},
    {%- endfor %}
    cast(count(*) as bigint) as tries,
    cast(sum(case when tries.furthest_step > steps.step_number then 1 else 0 end) as bigint) as went_on,
    cast(
        sum(
            case
                when tries.furthest_step = steps.step_number and steps.step_number < {{ steps | length }} then 1
                else 0
            end
        ) as bigint
    ) as dropped,
    cast(sum(case when tries.is_completed then 1 else 0 end) as bigint) as completed
from tries
inner join steps on tries.furthest_step >= steps.step_number
group by
    {%- for column in combined %}
        tries.{{ column }},
    {%- endfor %}
    tries.month,
    steps.step
