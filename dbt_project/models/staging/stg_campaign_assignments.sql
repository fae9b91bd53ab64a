-- An assignment follows its person when two identifiers turn out to be one customer.
select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    events.campaign,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.segment,
    events.segment_version,
    events.purpose,
    events.layout,
    events.left_out_reason,
    events.propensity,
    events.stratum,
    events.churn_probability,
    events.mrr,
    events.model_version,
    events.export_id,
    events.exported_at,
    events.exported_by
from {{ source('raw', 'campaign_assignments') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
