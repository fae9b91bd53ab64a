select
    alias,
    customer_id
from {{ ref('stg_customer_aliases') }}
