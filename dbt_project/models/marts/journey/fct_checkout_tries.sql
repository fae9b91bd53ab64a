/*
    A try is what the sender calls one, or what a visitor did at the checkout on one day. It has come as far as its
    furthest step, though senders leave steps out: who was authorised has submitted. Of what a try said several times,
    the last counts; of errors too, for the last is the one that stood in the way.
*/
{%- set steps = checkout_steps() %}
{%- set facts = ['customer_id', 'offer_id', 'device', 'payment_method', 'coupon_code', 'error_code'] %}
with events as (
    select
        *,
        coalesce(
            checkout_id,
            visitor_id || ' ' || cast({{ report_date('occurred_at') }} as {{ dbt.type_string() }})
        ) as try_id,
        case event_type
            {%- for step in steps %}
                when '{{ step }}' then {{ loop.index }}
            {%- endfor %}
            when 'payment_declined' then 5
        end as step_number
    from {{ ref('stg_journey_events') }}
    where
        event_type in (
            {% for step in steps -%}
                '{{ step }}',
            {% endfor -%}
            'payment_declined',
            'checkout_abandoned'
        )
),

said as (
    select
        visitor_id,
        try_id,
        {%- for fact in facts %}
            row_number() over (
                partition by visitor_id, try_id
                order by {{ fact }} is null, occurred_at desc, recorded_at desc, event_id desc
            ) as {{ fact }}_rank,
            {{ fact }},
        {%- endfor %}
        event_id
    from events
),

facts as (
    select
        visitor_id,
        try_id,
        {%- for fact in facts %}
            max(case when {{ fact }}_rank = 1 then {{ fact }} end) as {{ fact }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from said
    group by visitor_id, try_id
),

tries as (
    select
        visitor_id,
        try_id,
        min(occurred_at) as began_at,
        max(step_number) as furthest_step,
        {%- for step in steps %}
            min(case when event_type = '{{ step }}' then occurred_at end) as {{ step }}_at,
        {%- endfor %}
        count(case when event_type = 'payment_declined' then 1 end) as declines
    from events
    group by visitor_id, try_id
)

select
    tries.visitor_id,
    tries.try_id,
    {%- for fact in facts %}
        facts.{{ fact }},
    {%- endfor %}
    tries.began_at,
    {{ month_of(report_date('tries.began_at')) }} as month,
    cast(tries.furthest_step as integer) as furthest_step,
    {%- for step in steps %}
        tries.{{ step }}_at,
    {%- endfor %}
    cast(tries.declines as integer) as declines,
    tries.furthest_step = {{ steps | length }} as is_completed
from tries
inner join facts on tries.visitor_id = facts.visitor_id and tries.try_id = facts.try_id
where tries.furthest_step is not null
