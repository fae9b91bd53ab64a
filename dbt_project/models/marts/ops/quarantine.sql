select
    feed,
    file,
    row_number,
    reason,
    raw
from {{ source('raw', 'quarantine') }}
