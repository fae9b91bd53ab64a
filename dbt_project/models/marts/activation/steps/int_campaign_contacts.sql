-- Whom campaigns have reached. Who was held out or left out was not contacted.
with ranked as (
    select
        customer_id,
        campaign,
        occurred_at,
        row_number() over (
            partition by customer_id order by occurred_at desc, exported_at desc, event_id desc
        ) as rank_from_latest,
        dense_rank() over (partition by customer_id order by campaign) as campaign_number
    from {{ ref('stg_campaign_assignments') }}
    where event_type = 'sent'
)

select
    customer_id,
    max(occurred_at) as last_sent_at,
    max(case when rank_from_latest = 1 then campaign end) as last_campaign,
    cast(max(campaign_number) as bigint) as campaigns_sent
from ranked
group by customer_id
