/*
    Whatever an identifier stands for or ever stood for, of the identifiers whose link is new on any step: who had its
    events until now has lost them. Every link counts here and not only the newest, since a link may replace another.
    A build that computes everything needs no list.
*/
{%- set links = ref('stg_identity_links') %}
with first_step as (
    select
        links.alias,
        links.customer_id
    from {{ links }} as links
    where
        {{ continues_a_build() }}
        and links.alias in (
            select aliases.alias from {{ ref('stg_customer_aliases') }} as aliases
            where aliases.is_newly_linked
        )
),

{%- for step, before in [("second_step", "first_step"), ("third_step", "second_step"), ("fourth_step", "third_step")] %}

{{ step }} as (
    select links.customer_id
    from {{ before }} as earlier
    inner join {{ links }} as links on earlier.customer_id = links.alias
),
{%- endfor %}

reached as (
    select alias as customer_id
    from first_step
    {%- for step in ["first_step", "second_step", "third_step", "fourth_step"] %}
    union
    select customer_id
    from {{ step }}
    {%- endfor %}
)

select customer_id
from reached
