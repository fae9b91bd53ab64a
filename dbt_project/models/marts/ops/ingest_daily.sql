select
    feed,
    {{ report_date('loaded_at') }} as arrival_day,
    count(*) as files,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_loaded) as bigint) as rows_loaded,
    cast(sum(rows_duplicate) as bigint) as rows_duplicate,
    cast(sum(rows_quarantined) as bigint) as rows_quarantined
from {{ ref('ingest_files') }}
group by feed, {{ report_date('loaded_at') }}
