-- Prevents a delivery that no day accounts for, and a rejected row that no reason explains: both are sums of the files.
{{ config(meta={'dagster': {'ref': {'name': 'ingest_daily'}}}) }}
with files as (
    select
        feed,
        count(*) as files,
        sum(rows_read) as rows_read,
        sum(rows_quarantined) as rows_quarantined
    from {{ ref('ingest_files') }}
    group by feed
),

days as (
    select
        feed,
        sum(files) as files,
        sum(rows_read) as rows_read
    from {{ ref('ingest_daily') }}
    group by feed
),

reasons as (
    select
        feed,
        sum(row_count) as rows_quarantined
    from {{ ref('quarantine_reasons') }}
    group by feed
)

select coalesce(files.feed, days.feed, reasons.feed) as feed
from files
full outer join days on files.feed = days.feed
full outer join reasons on files.feed = reasons.feed
where
    files.feed is null
    or days.feed is null
    or files.files <> days.files
    or files.rows_read <> days.rows_read
    or files.rows_quarantined <> coalesce(reasons.rows_quarantined, 0)
