/*
    The one scan of every feed behind the watching of them: a row says nothing but when it came, and of which type.
    A build that continues another scans what is newly known, and adds it to what that one has counted.
*/
with known as (
    {% for feed, columns in watched_feeds().items() %}
        {%- set happened = 'cast(' ~ columns.date ~ ' as timestamp)' if columns.date else columns.happened %}
        {%- set came = 'coalesce(recorded_at, ' ~ happened ~ ')' if happened else 'recorded_at' %}
        {%- set own_day = 'coalesce(' ~ report_date('recorded_at') ~ ', ' ~ columns.date ~ ')' %}
        {%- set day = own_day if columns.date else report_date(came) %}
        select
            '{{ feed }}' as feed,
            {{ columns.event_type or 'cast(null as ' ~ dbt.type_string() ~ ')' }} as event_type,
            {{ day }} as arrival_day,
            cast({{ came }} as timestamp) as arrived_at,
            cast({{ happened or 'null' }} as timestamp) as happened_at,
            recorded_at
        from {{ source('raw', feed) }}
        where
            coalesce(recorded_at, {{ as_of() }}) <= {{ as_of() }}
            and coalesce({{ happened or 'recorded_at' }}, {{ as_of() }}) <= {{ as_of() }}
            {%- if feed in var('incremental_feeds') %}
                and {{ is_newly_known('recorded_at', happened or 'recorded_at') }}
            {%- endif %}
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

arrivals as (
    select
        feed,
        event_type,
        arrival_day,
        date_trunc('hour', arrived_at) as arrival_hour,
        count(*) as row_count,
        max(arrived_at) as last_arrived_at,
        min(recorded_at) as first_recorded_at,
        max(recorded_at) as last_recorded_at,
        min(happened_at) as first_occurred_at,
        max(happened_at) as last_occurred_at
    from known
    group by feed, event_type, arrival_day, date_trunc('hour', arrived_at)
    {%- if is_incremental_build() %}
        union all
        select *
        from {{ previous_build_table('intermediate', 'int_feed_arrivals') }}
        where feed in ('{{ var('incremental_feeds') | join("', '") }}')
    {%- endif %}
)

select
    feed,
    event_type,
    arrival_day,
    arrival_hour,
    cast(sum(row_count) as bigint) as row_count,
    max(last_arrived_at) as last_arrived_at,
    min(first_recorded_at) as first_recorded_at,
    max(last_recorded_at) as last_recorded_at,
    min(first_occurred_at) as first_occurred_at,
    max(last_occurred_at) as last_occurred_at
from arrivals
group by feed, event_type, arrival_day, arrival_hour
