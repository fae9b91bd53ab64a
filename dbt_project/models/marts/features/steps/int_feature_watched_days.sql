/*
    Days of viewing, each version of them, under the customer they belong to, that features to compute may count: of who
    pays on a day to compute, the days in its window. Others are not copied, since the viewing of a large base does not
    fit into memory.
*/
{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}
{%- set affected_customers = ref('int_affected_feature_customers') %}
{%- set first_day = first_watched_day() %}
{#- Two reads: DuckDB would copy all viewing of a step that two read, and with "or" read every file to its end. -#}
{%- set read = ["versions.activity_date >= " ~ first_day] %}
{%- if is_incremental_model() %}
    {%- do read.append(
        "versions.activity_date < " ~ first_day ~ " and coalesce(aliases.customer_id, versions.customer_id) in ("
        ~ "select affected.customer_id from " ~ affected_customers ~ " as affected)"
    ) %}
{%- endif %}
with watched as (
    {%- for condition in read %}
        select
            coalesce(aliases.customer_id, versions.customer_id) as customer_id,
            versions.activity_date,
            versions.minutes_watched,
            versions.live_minutes,
            versions.top_title_id,
            versions.recorded_at
        from {{ ref('stg_engagement_versions') }} as versions
        left join {{ ref('stg_customer_aliases') }} as aliases on versions.customer_id = aliases.alias
        where {{ condition }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

-- Of most customers of a large base no more than the scoring day is looked at, and so few of their days.
spans as (
    select
        customers.customer_id,
        min({{ date_plus('days.newest_date', -83, 'day') }}) as first_date,
        max(days.newest_date) as last_date
    from {{ ref('int_feature_customers') }} as customers
    inner join {{ ref('int_feature_viewing_days') }} as days on customers.feature_date = days.feature_date
    where {{ is_affected_feature_row('customers.feature_date', 'customers.customer_id') }}
    group by customers.customer_id
)

select watched.*
from watched
inner join spans
    on
        watched.customer_id = spans.customer_id
        and watched.activity_date >= spans.first_date
        and watched.activity_date <= spans.last_date
