/*
    A file is late for a month that was over by what files before it had told, be it built on by then or not: that
    follows from the lake alone, and an instant of the last build would not. Files of one ingest came together.
*/
with files as (
    select
        sha256,
        min(file) as file,
        min(loaded_at) as loaded_at
    from {{ source('raw', 'ingest_files') }}
    group by sha256
),

told as (
    {%- for feed in ["subscription_events", "payment_events"] %}
        select
            '{{ feed }}' as feed,
            source_file,
            {{ month_of(report_date('occurred_at')) }} as month,
            count(*) as events,
            max(recorded_at) as last_recorded_at
        from {{ source('raw', feed) }}
        where {{ is_known('recorded_at', 'occurred_at') }}
        group by source_file, {{ month_of(report_date('occurred_at')) }}
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

brought as (
    select
        told.feed,
        told.source_file,
        told.month,
        told.events,
        told.last_recorded_at,
        files.file,
        files.loaded_at
    from told
    inner join files on told.source_file = files.sha256
),

loads as (
    select
        loaded_at,
        max(max(last_recorded_at)) over (
            order by loaded_at rows between unbounded preceding and 1 preceding
        ) as known_until
    from brought
    group by loaded_at
)

select
    brought.feed,
    brought.source_file,
    brought.file,
    brought.month,
    cast(brought.events as bigint) as events,
    brought.loaded_at,
    loads.known_until
from brought
inner join loads on brought.loaded_at = loads.loaded_at
where brought.month < {{ month_of(report_date('loads.known_until')) }}
