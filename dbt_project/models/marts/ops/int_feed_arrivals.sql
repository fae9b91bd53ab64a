{{ config(schema='intermediate') }}
-- The one scan of every feed behind the watching of them: a row says nothing but when it came, and of which type.
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
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

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
