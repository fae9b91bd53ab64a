-- When the service of a subscription stopped, and when it was opened again. A subscription that was switched to another
-- goes on under that one's name, so its service did not stop.
select
    subscription_id,
    occurred_at as stopped_at,
    next_occurred_at as resumed_at
from {{ ref('int_subscription_moments') }}
where status = 'ended' and coalesce(end_reason, '') <> 'switched'
