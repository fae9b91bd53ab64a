select
    alias,
    customer_id,
    recorded_at
from {{ ref('stg_identity_links') }}
