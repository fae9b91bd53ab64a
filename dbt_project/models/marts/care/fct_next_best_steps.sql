with ordered as (
    select
        *,
        case step
            when 'ask_for_new_card' then 1
            when 'offer_cheaper_plan' then 2
            when 'answer_ticket' then 3
            when 'make_good' then 4
            when 'ask_why_leaving' then 5
            when 'recommend_content' then 6
        end as priority
    from {{ ref('int_care_reasons') }}
),

-- Of several reasons for one step, the newest.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by priority asc, evidence_at desc, ticket_id desc, event_id desc, subscription_id desc
        ) as rank_in_customer,
        count(*) over (partition by customer_id) as open_reasons
    from ordered
)

select
    ranked.customer_id,
    ranked.step,
    cast(ranked.priority as integer) as priority,
    ranked.evidence,
    ranked.evidence_at,
    ranked.subscription_id,
    ranked.ticket_id,
    ranked.event_id,
    cast(ranked.open_reasons as bigint) as open_reasons,
    customers.current_mrr
from ranked
inner join {{ ref('dim_customers') }} as customers on ranked.customer_id = customers.customer_id
where ranked.rank_in_customer = 1
