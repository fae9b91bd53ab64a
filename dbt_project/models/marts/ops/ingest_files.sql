select
    feed,
    file,
    rows_read,
    rows_loaded,
    rows_duplicate,
    rows_quarantined,
    loaded_at
from {{ source('raw', 'ingest_files') }}
