-- The first arm that a person was put in counts for good: by intention to treat, whatever was sent later. Exports from
-- one snapshot are of one instant; which came first, the time of the export tells.
with ranked as (
    select
        *,
        row_number() over (
            partition by campaign, customer_id order by occurred_at, recorded_at, exported_at, event_id
        ) as assignment_number
    from {{ ref('stg_campaign_assignments') }}
    where event_type in ('sent', 'held_out')
),

-- Two identifiers of one customer may have been put on both sides before they were known to be one.
sides as (
    select
        campaign,
        customer_id,
        count(distinct event_type) > 1 as is_on_both_sides
    from ranked
    group by campaign, customer_id
)

select
    ranked.campaign,
    ranked.customer_id,
    ranked.event_type as arm,
    ranked.occurred_at as assigned_at,
    {{ report_date('ranked.occurred_at') }} as assigned_date,
    ranked.propensity,
    ranked.segment,
    ranked.segment_version,
    ranked.purpose,
    ranked.layout,
    ranked.stratum,
    ranked.churn_probability,
    ranked.mrr as mrr_before,
    ranked.model_version,
    ranked.export_id,
    ranked.exported_at,
    ranked.exported_by,
    sides.is_on_both_sides
from ranked
inner join sides on ranked.campaign = sides.campaign and ranked.customer_id = sides.customer_id
where ranked.assignment_number = 1
