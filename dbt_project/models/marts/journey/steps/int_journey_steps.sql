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
where
    {{ is_affected('visitor_id') }}
    -- What is done in an account says nothing of how far the way to it has come.
    and event_type not in ({{ account_actions() }})
group by
    visitor_id,
    customer_id,
    case
        when event_type in ('visited', 'paywall_viewed') then 1
        when event_type = 'registered' then 2
        else 3
    end
