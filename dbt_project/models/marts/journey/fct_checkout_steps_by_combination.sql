{%- set steps = checkout_steps() %}
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
        {%- for column in ['offer_id', 'device', 'payment_method', 'coupon_code', 'error_code'] %}
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
    tries.offer_id,
    tries.device,
    tries.payment_method,
    tries.coupon_code,
    tries.error_code,
    tries.country,
    tries.acquisition_channel,
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
    tries.month,
    steps.step,
    tries.offer_id,
    tries.device,
    tries.payment_method,
    tries.coupon_code,
    tries.error_code,
    tries.country,
    tries.acquisition_channel
