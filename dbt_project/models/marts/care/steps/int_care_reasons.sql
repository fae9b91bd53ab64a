{%- set price_topics = "('billing', 'cost', 'invoice', 'payment', 'payments', 'price', 'pricing', 'refund')" %}

-- Of each customer, the subscription in each situation that is worth most.
with subscriptions as (
    select
        subscription_id,
        customer_id,
        status,
        auto_renew,
        {{ report_date('period_end') }} as end_date,
        row_number() over (partition by customer_id, auto_renew order by mrr desc, subscription_id asc) as rank_by_mrr
    from {{ ref('fct_subscriptions') }}
    where {{ has_access('status') }}
),

customers as (
    select
        customers.customer_id,
        coalesce(customers.marketing_consent, false) as has_consent,
        leaving.subscription_id as leaving_subscription_id,
        leaving.end_date as leaving_date,
        coalesce(leaving.subscription_id, staying.subscription_id) as subscription_id
    from {{ ref('dim_customers') }} as customers
    left join subscriptions as leaving
        on customers.customer_id = leaving.customer_id and not leaving.auto_renew and leaving.rank_by_mrr = 1
    left join subscriptions as staying
        on customers.customer_id = staying.customer_id and staying.auto_renew and staying.rank_by_mrr = 1
    where customers.status <> 'deleted'
),

payments as (
    select
        unpaid.customer_id,
        unpaid.subscription_id,
        unpaid.status,
        payments.event_id,
        payments.event_type,
        payments.occurred_at,
        cast(cast(payments.amount as decimal(18, 2)) as varchar) || ' ' || payments.currency as amount,
        coalesce(' (' || replace(payments.failure_code, '_', ' ') || ')', '') as failure,
        row_number() over (
            partition by unpaid.subscription_id order by payments.occurred_at desc, payments.event_id desc
        ) as rank_from_newest
    from {{ ref('fct_subscriptions') }} as unpaid
    inner join {{ ref('fct_transactions') }} as payments
        on unpaid.subscription_id = payments.subscription_id and unpaid.customer_id = payments.customer_id
    where unpaid.status in ('grace', 'on_hold') and payments.event_type in ('succeeded', 'failed')
),

contacts as (
    select
        contacts.ticket_id,
        contacts.customer_id,
        contacts.opened_at,
        contacts.closed_at,
        contacts.csat,
        contacts.topic in {{ price_topics }} as is_about_price,
        'ticket ' || contacts.ticket_id
        || case contacts.topic_source
            when 'unknown' then ''
            when 'predicted' then ' (probably ' || replace(contacts.topic, '_', ' ') || ')'
            else ' (' || replace(contacts.topic, '_', ' ') || ')'
        end
        || ' of ' || {{ day_in_words('contacts.opened_date') }} as ticket
    from {{ ref('fct_support_contacts') }} as contacts
    where contacts.opened_at >= {{ plus_days(as_of(), -90) }}
)

select
    payments.customer_id,
    'ask_for_new_card' as step,
    'Payment of ' || payments.amount || ' failed on ' || {{ day_in_words(report_date('payments.occurred_at')) }}
    || payments.failure
    || case payments.status when 'grace' then ', access goes on in grace' else ', access is on hold' end as evidence,
    payments.occurred_at as evidence_at,
    payments.subscription_id,
    cast(null as varchar) as ticket_id,
    payments.event_id
from payments
inner join customers on payments.customer_id = customers.customer_id
where payments.rank_from_newest = 1 and payments.event_type = 'failed'
union all
select
    contacts.customer_id,
    case
        when contacts.closed_at is null then 'answer_ticket'
        when contacts.is_about_price and customers.leaving_subscription_id is not null then 'offer_cheaper_plan'
        else 'make_good'
    end as step,
    case
        when contacts.closed_at is null then 'Still open: '
        when contacts.is_about_price and customers.leaving_subscription_id is not null
            then 'Set to cancel' || coalesce(': ends on ' || {{ day_in_words('customers.leaving_date') }}, '')
                || '; rated ' || cast(cast(contacts.csat as decimal(18, 1)) as varchar) || ': '
        else 'Rated ' || cast(cast(contacts.csat as decimal(18, 1)) as varchar) || ': '
    end || contacts.ticket as evidence,
    contacts.opened_at as evidence_at,
    customers.subscription_id,
    contacts.ticket_id,
    cast(null as varchar) as event_id
from contacts
inner join customers on contacts.customer_id = customers.customer_id
where
    customers.subscription_id is not null
    and case
        when contacts.closed_at is null then contacts.opened_at < {{ plus_days(as_of(), -2) }}
        when contacts.is_about_price and customers.leaving_subscription_id is not null then contacts.csat <= 2
        else contacts.csat <= 2 and contacts.opened_at >= {{ plus_days(as_of(), -30) }}
    end
union all
select
    customer_id,
    'ask_why_leaving' as step,
    'Set to cancel' || coalesce(': ends on ' || {{ day_in_words('leaving_date') }}, '') as evidence,
    cast(null as timestamp) as evidence_at,
    subscription_id,
    cast(null as varchar) as ticket_id,
    cast(null as varchar) as event_id
from customers
where leaving_subscription_id is not null
union all
select
    viewing.customer_id,
    'recommend_content' as step,
    'Watched ' || cast(cast(coalesce(viewing.minutes, 0) as decimal(18, 0)) as varchar)
    || ' minutes in the four weeks to ' || {{ day_in_words('viewing.last_date') }}
    || ', after ' || cast(cast(viewing.minutes_before as decimal(18, 0)) as varchar)
    || ' in the four weeks before' as evidence,
    cast(viewing.last_date as timestamp) as evidence_at,
    customers.subscription_id,
    cast(null as varchar) as ticket_id,
    cast(null as varchar) as event_id
from {{ ref('int_care_viewing') }} as viewing
inner join customers on viewing.customer_id = customers.customer_id
where
    customers.subscription_id is not null
    and customers.has_consent
    and viewing.minutes_before >= 120
    and coalesce(viewing.minutes, 0) <= viewing.minutes_before / 2
