/*
    Days of viewing, each version of them, under the customer they belong to, that features to compute may count: in a
    build that continues another those of the days computed for everybody, and those of customers computed for every
    day. A view, since a copy of the viewing of a large base would take as long as reading it.
*/
{{ config(materialized='view') }}
{%- set customers = ref('int_affected_feature_customers') %}
{%- set first_day = first_watched_day() %}
with viewing as (
    select
        coalesce(aliases.customer_id, versions.customer_id) as customer_id,
        versions.activity_date,
        versions.minutes_watched,
        versions.live_minutes,
        versions.top_title_id,
        versions.recorded_at
    from {{ ref('stg_engagement_versions') }} as versions
    left join {{ ref('stg_customer_aliases') }} as aliases on versions.customer_id = aliases.alias
)

select *
from viewing
where activity_date >= {{ first_day }}
{%- if is_incremental_build() %}
union all
select *
from viewing
where activity_date < {{ first_day }} and customer_id in (select affected.customer_id from {{ customers }} as affected)
{%- endif %}
