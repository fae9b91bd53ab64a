-- What a customer did besides subscribing: left, failed to pay, bought for a time, watched, wrote.
with churns as (
    select
        customer_id,
        movement_date,
        churn_kind,
        churn_rule,
        count(*) over (partition by customer_id) as churn_cycles,
        row_number() over (partition by customer_id order by movement_date desc) as rank_from_latest
    from {{ ref('int_churn_evidence') }}
),

declines as (
    select
        customer_id,
        occurred_at,
        failure_code,
        row_number() over (partition by customer_id order by occurred_at desc, event_id desc) as rank_from_latest
    from {{ ref('fct_transactions') }}
    where event_type = 'failed'
),

purchases as (
    select
        customer_id,
        count(*) as purchases_ever,
        {%- for kind in ['pass', 'ppv', 'rental'] %}
            sum(case when kind = '{{ kind }}' then 1 else 0 end) as {{ kind }}_ever,
            sum(
                case
                    when
                        kind = '{{ kind }}'
                        and valid_from <= {{ as_of() }}
                        and (valid_to is null or valid_to > {{ as_of() }})
                        then 1
                    else 0
                end
            ) as {{ kind }}_held
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('fct_entitlements') }}
    where kind in ('pass', 'ppv', 'rental')
    group by customer_id
),

months as (
    select
        customer_id,
        last_date,
        nullif(substr(next_day_title, 11), '') as last_title_id,
        row_number() over (partition by customer_id order by viewing_month desc) as rank_from_latest
    from {{ ref('int_engagement_months') }}
),

contacts as (
    select
        customer_id,
        opened_at,
        topic,
        csat,
        count(*) over (partition by customer_id) as contacts,
        sum(case when closed_at is null then 1 else 0 end) over (partition by customer_id) as open_contacts,
        row_number() over (partition by customer_id order by opened_at desc, ticket_id desc) as rank_from_latest
    from {{ ref('fct_support_contacts') }}
),

satisfactions as (
    select
        customer_id,
        csat,
        row_number() over (partition by customer_id order by opened_at desc, ticket_id desc) as rank_from_latest
    from {{ ref('fct_support_contacts') }}
    where csat is not null
),

stages as (
    select
        person_id as customer_id,
        stage,
        valid_from
    from {{ ref('fct_journey_stages') }}
    where is_customer and valid_to is null
)

select
    customers.customer_id,
    cast(coalesce(churns.churn_cycles, 0) as bigint) as churn_cycles,
    churns.movement_date as last_churn_date,
    churns.churn_kind as last_churn_kind,
    churns.churn_rule as last_churn_rule,
    declines.occurred_at as last_decline_at,
    declines.failure_code as last_decline_reason,
    {%- for kind in ['pass', 'ppv', 'rental'] %}
        cast(coalesce(purchases.{{ kind }}_held, 0) as bigint) as {{ kind }}_held,
        cast(coalesce(purchases.{{ kind }}_ever, 0) as bigint) as {{ kind }}_ever,
    {%- endfor %}
    cast(coalesce(purchases.purchases_ever, 0) as bigint) as purchases_ever,
    months.last_date as last_view_date,
    months.last_title_id,
    coalesce(viewing.minutes, 0) as minutes_28_days,
    coalesce(viewing.minutes_before, 0) as minutes_prior_28_days,
    cast(coalesce(contacts.contacts, 0) as bigint) as contacts,
    cast(coalesce(contacts.open_contacts, 0) as bigint) as open_contacts,
    contacts.opened_at as last_contact_at,
    contacts.topic as last_contact_topic,
    satisfactions.csat as last_satisfaction,
    stages.stage as journey_stage,
    stages.valid_from as journey_stage_since
from {{ ref('dim_customers') }} as customers
left join churns on customers.customer_id = churns.customer_id and churns.rank_from_latest = 1
left join declines on customers.customer_id = declines.customer_id and declines.rank_from_latest = 1
left join purchases on customers.customer_id = purchases.customer_id
left join months on customers.customer_id = months.customer_id and months.rank_from_latest = 1
left join {{ ref('int_care_viewing') }} as viewing on customers.customer_id = viewing.customer_id
left join contacts on customers.customer_id = contacts.customer_id and contacts.rank_from_latest = 1
left join satisfactions on customers.customer_id = satisfactions.customer_id and satisfactions.rank_from_latest = 1
left join stages on customers.customer_id = stages.customer_id
