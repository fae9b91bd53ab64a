{{ config(**incremental_by('visitor_id')) }}
-- There are many visits a visitor, of which only the first counts.
select
    visitor_id,
    customer_id,
    case
        when event_type in ('visited', 'paywall_viewed') then 1
        when event_type = 'registered' then 2
        else 3
    end as rung,
    min({{ report_date('occurred_at') }}) as reached_date
from {{ ref('stg_journey_events') }}
where {{ is_affected('visitor_id') }}
group by
    visitor_id,
    customer_id,
    case
        when event_type in ('visited', 'paywall_viewed') then 1
        when event_type = 'registered' then 2
        else 3
    end
