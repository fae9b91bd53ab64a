{{ config(**incremental_by('customer_id')) }}
with customers as (
    select distinct coalesce(aliases.customer_id, named.customer_id) as customer_id
    from {{ ref('int_named_ids') }} as named
    left join {{ ref('stg_customer_aliases') }} as aliases on named.customer_id = aliases.alias
    where {{ is_affected('customer_id', 'coalesce(aliases.customer_id, named.customer_id)') }}
),

subscriptions as (
    select
        customer_id,
        cast(sum(mrr) as {{ money() }}) as current_mrr,
        sum(case when status = 'trial' then 1 else 0 end) as trials,
        sum(case when status <> 'ended' then 1 else 0 end) as live_subscriptions,
        count(*) as subscriptions
    from {{ ref('fct_subscriptions') }}
    where {{ is_affected('customer_id') }}
    group by customer_id
),

paid as (
    select
        customer_id,
        min(movement_date) as first_paid_date,
        sum(case when movement_type = 'reactivation' then 1 else 0 end) as returns
    from {{ ref('int_mrr_movements') }}
    where {{ is_affected('customer_id') }}
    group by customer_id
),

-- The country of the newest event that names one, for customers whose own events do not.
countries as (
    select
        customer_id,
        country,
        row_number() over (partition by customer_id order by occurred_at desc, recorded_at desc, event_id desc) as rank
    from (
        {%- for events in [ref('int_subscription_events_ordered'), ref('stg_payment_events')] %}
            select
                customer_id,
                country,
                occurred_at,
                recorded_at,
                event_id
            from {{ events }}
            {{ "union all" if not loop.last }}
        {%- endfor %}
    ) as events
    where
        country is not null
        and customer_id not in (
            select attributes.customer_id
            from {{ ref('int_customer_attributes') }} as attributes
            where attributes.country is not null and {{ is_affected('customer_id', 'attributes.customer_id') }}
        )
        and {{ is_affected('customer_id') }}
),

revenue as (
    select
        customer_id,
        cast(sum(revenue_reporting) as {{ money() }}) as lifetime_revenue
    from {{ ref('fct_transactions') }}
    where {{ is_affected('customer_id') }}
    group by customer_id
)

select
    customers.customer_id,
    case
        when attributes.deleted_at is not null then 'deleted'
        when subscriptions.current_mrr > 0 then 'paying'
        when subscriptions.trials > 0 then 'trial'
        when paid.first_paid_date is not null then 'churned'
        else 'registered'
    end as status,
    attributes.registered_at,
    coalesce(attributes.country, countries.country) as country,
    paid.first_paid_date,
    coalesce(subscriptions.current_mrr, cast(0 as {{ money() }})) as current_mrr,
    coalesce(revenue.lifetime_revenue, cast(0 as {{ money() }})) as lifetime_revenue,
    cast(coalesce(subscriptions.live_subscriptions, 0) as bigint) as live_subscriptions,
    cast(coalesce(paid.returns, 0) as bigint) as returns,
    {{ masked_email('attributes.email') }} as email_masked,
    attributes.locale,
    attributes.marketing_consent,
    attributes.acquisition_channel,
    attributes.acquisition_campaign
from customers
left join {{ ref('int_customer_attributes') }} as attributes on customers.customer_id = attributes.customer_id
left join subscriptions on customers.customer_id = subscriptions.customer_id
left join paid on customers.customer_id = paid.customer_id
left join countries on customers.customer_id = countries.customer_id and countries.rank = 1
left join revenue on customers.customer_id = revenue.customer_id
