{{ config(**incremental_by('viewing_month')) }}
/*
    The viewing of a month, by what it is to the opens after it: a day is before the open of the month after its own,
    and in the last days of January before that of March as well, since February is shorter than 30 days.

    Nearly all days come in one version, and finding the newest one sorts the whole feed. So a customer's month in
    which no day comes twice is summed as it is, and only in the others the newest version of each day is looked for.
*/
{%- set window = 30 %}
{%- set next_open = date_plus('viewing_month', 1, 'month') %}
{%- set second_open = date_plus('viewing_month', 2, 'month') %}

{%- set versions %}
    select
        days.*,
        coalesce(aliases.customer_id, days.customer_id) as viewer_id,
        {{ month_of('days.activity_date') }} as viewing_month
    from {{ ref('stg_engagement_versions') }} as days
    left join {{ ref('stg_customer_aliases') }} as aliases on days.customer_id = aliases.alias
    where days.activity_date >= {{ first_affected_viewing_day() }}
{%- endset %}

with counted as (
    select
        viewer_id,
        viewing_month,
        {{ viewing_measures(next_open, second_open, window) }},
        count(*) = {{ distinct_days('cast(extract(day from activity_date) as integer)') }} as is_settled
    from ({{ versions }}) as versions
    where {{ is_affected('viewing_month') }}
    group by viewer_id, viewing_month
),

-- Read again with all that ranks the versions, since few have any.
contested as (
    select versions.*
    from ({{ versions }}) as versions
    inner join counted
        on versions.viewer_id = counted.viewer_id and versions.viewing_month = counted.viewing_month
    where not counted.is_settled
),

newest as (
    select
        days.*,
        coalesce(aliases.customer_id, days.customer_id) as viewer_id,
        {{ month_of('days.activity_date') }} as viewing_month,
        row_number() over (
            partition by coalesce(aliases.customer_id, days.customer_id), days.activity_date
            order by days.minutes_watched desc, days.top_title_id asc nulls last
        ) as identifier_rank
    from ({{ newest_viewing('contested') }}) as days
    left join {{ ref('stg_customer_aliases') }} as aliases on days.customer_id = aliases.alias
),

settled as (
    select
        viewer_id,
        viewing_month,
        {{ viewing_measures(next_open, second_open, window) }}
    from newest
    where identifier_rank = 1
    group by viewer_id, viewing_month
),

months as (
    select
        viewer_id,
        viewing_month,
        {{ viewing_measure_names() | join(", ") }}
    from counted
    where is_settled
    union all
    select
        viewer_id,
        viewing_month,
        {{ viewing_measure_names() | join(", ") }}
    from settled
)

select
    viewer_id as customer_id,
    viewing_month,
    cast(next_days as integer) as next_days,
    next_day_title,
    cast(second_days as integer) as second_days,
    second_day_title,
    first_date,
    last_date
from months
where first_date is not null
