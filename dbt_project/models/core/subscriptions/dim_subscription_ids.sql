-- The ids under which senders tell of a subscription beyond its own.
select
    subscription_id as sent_subscription_id,
    root_id as subscription_id,
    replaced_at
from {{ ref('stg_subscription_chains') }}
where subscription_id <> root_id or replaced_at is not null
