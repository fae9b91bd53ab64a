{#- When a customer began to pay, left or came back, each with the day of the next of these. -#}
{% macro paying_turns() -%}
    select
        customer_id,
        movement_date,
        movement_type,
        lead(movement_date) over (partition by customer_id order by movement_date) as next_date
    from {{ ref('int_mrr_movements') }}
    where movement_type in ('new', 'reactivation', 'churn')
{%- endmacro %}
