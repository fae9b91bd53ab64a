/*
    The customers whose past days have features: everybody, or of a large base as many as a model learns anything more
    from, the same people on each day. Past days of all of a million customers would cost most of their build. A build
    that continues another notes who came in or left, as a new customer may take the place of another.
*/
{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}
with placed as (
    select
        customer_id,
        row_number() over (order by hashed, customer_id) as place
    from (
        select distinct
            customer_id,
            {{ sha256('customer_id') }} as hashed
        from {{ ref('fct_paying_spans') }}
    ) as ever_paying
)

select
    placed.customer_id,
    placed.place <= {{ var('feature_panel_customers') }} as is_in_panel,
    {% if is_incremental_model() -%}
    coalesce((placed.place <= {{ var('feature_panel_customers') }}) <> earlier.is_in_panel, false) as has_changed
    {%- else -%}
        false as has_changed
    {%- endif %}
from placed
{%- if is_incremental_model() %}
left join {{ this }} as earlier on placed.customer_id = earlier.customer_id
{%- endif %}
