-- Prevents events that silently change nothing: each known one made a state or is listed as an anomaly, never both, but
-- for what is told of a subscription that another one has replaced.
{{ config(meta={'dagster': {'ref': {'name': 'sequence_anomalies'}}}) }}
with appearances as (
    select
        event_id,
        1 as difference
    from {{ ref('stg_subscription_events') }}
    where not is_superseded and {{ is_affected('subscription_id') }}
    union all
    select
        event_id,
        -1 as difference
    from {{ ref('int_subscription_states') }}
    where {{ is_affected('subscription_id') }}
    union all
    select
        event_id,
        -1 as difference
    from {{ ref('sequence_anomalies') }}
    where {{ is_affected('subscription_id') }}
)

select
    event_id,
    sum(difference) as difference
from appearances
group by event_id
having sum(difference) <> 0
