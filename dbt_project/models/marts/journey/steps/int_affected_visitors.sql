-- The visitors with news. A build that computes everything needs no list.
select distinct visitor_id
from {{ ref('stg_journey_events') }}
where is_newly_known and {{ is_incremental_build() }}
