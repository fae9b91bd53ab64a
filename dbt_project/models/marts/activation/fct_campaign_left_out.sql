-- Who was in the segment of a campaign and neither sent nor held out then: the newest reason of each person.
with ranked as (
    select
        *,
        row_number() over (
            partition by campaign, customer_id
            order by occurred_at desc, recorded_at desc, exported_at desc, event_id desc
        ) as rank_from_latest
    from {{ ref('stg_campaign_assignments') }}
    where event_type = 'left_out'
)

select
    campaign,
    customer_id,
    left_out_reason as reason,
    occurred_at as left_out_at,
    segment,
    segment_version,
    export_id
from ranked
where rank_from_latest = 1
