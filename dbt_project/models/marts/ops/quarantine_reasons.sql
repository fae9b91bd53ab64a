-- A file that was delivered again under its name has several accounts: its rows were first met with the first.
with arrivals as (
    select
        feed,
        file,
        min(loaded_at) as first_loaded_at,
        max(loaded_at) as last_loaded_at
    from {{ ref('ingest_files') }}
    group by feed, file
)

select
    rejected.feed,
    rejected.reason,
    count(*) as row_count,
    count(distinct rejected.file) as files,
    min(arrivals.first_loaded_at) as first_loaded_at,
    max(arrivals.last_loaded_at) as last_loaded_at
from {{ ref('quarantine') }} as rejected
left join arrivals on rejected.feed = arrivals.feed and rejected.file = arrivals.file
group by rejected.feed, rejected.reason
