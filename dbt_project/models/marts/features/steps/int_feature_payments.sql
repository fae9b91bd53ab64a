{{ config(**incremental_features()) }}
/*
    Payments of those who pay on a feature day, as known at its close. A case is a failure with no other failure since
    the last success before it: one dunning case, however often it was retried. Before it is what was known before it,
    since what is told late must not change how many cases a day knew of.
*/
with customers as (
    select
        feature_date,
        customer_id
    from {{ ref('int_feature_customers') }}
    where {{ is_affected_feature_row('feature_date', 'customer_id') }}
),

payments as (
    select
        customer_id,
        event_type,
        payment_method,
        failure_code,
        occurred_at,
        event_id,
        {{ report_date('occurred_at') }} as payment_date,
        {{ report_date('greatest(occurred_at, recorded_at)') }} as known_date,
        lag(event_type) over (
            partition by customer_id order by greatest(occurred_at, recorded_at), occurred_at, event_id
        ) as event_type_before
    from {{ ref('stg_payment_events') }}
    where
        event_type in ('succeeded', 'failed')
        and customer_id in (select customers.customer_id from customers)
),

returned as (
    select
        customer_id,
        event_type,
        cast(null as {{ dbt.type_string() }}) as payment_method,
        cast(null as {{ dbt.type_string() }}) as failure_code,
        occurred_at,
        event_id,
        {{ report_date('occurred_at') }} as payment_date,
        {{ report_date('greatest(occurred_at, recorded_at)') }} as known_date,
        cast(null as {{ dbt.type_string() }}) as event_type_before
    from {{ ref('stg_payment_events') }}
    where event_type in ('refunded', 'chargeback')
),

known as (
    select * from payments
    union all
    select * from returned
),

aged as (
    select
        customers.feature_date,
        customers.customer_id,
        events.event_type,
        events.event_type_before,
        events.payment_method,
        events.failure_code,
        events.occurred_at,
        events.event_id,
        {{ days_between('events.payment_date', 'customers.feature_date') }} as age
    from customers
    inner join known as events
        on
            customers.customer_id = events.customer_id
            and customers.feature_date >= events.known_date
            and customers.feature_date < {{ date_plus('events.payment_date', 400, 'day') }}
)

select
    feature_date,
    customer_id,
    sum(case when event_type = 'failed' and age < 30 then 1 else 0 end) as payment_failures_30,
    sum(case when event_type = 'failed' and age < 90 then 1 else 0 end) as payment_failures_90,
    sum(case when event_type in ('refunded', 'chargeback') and age < 90 then 1 else 0 end) as refunds_90,
    sum(
        case when event_type = 'failed' and coalesce(event_type_before, '') <> 'failed' and age < 365 then 1 else 0 end
    ) as dunning_cases_365,
    min(case when event_type = 'failed' then age end) as days_since_failure,
    min(case when event_type = 'succeeded' then age end) as days_since_success,
    max_by(payment_method, {{ ordered_values(['occurred_at', 'event_id']) }}) as payment_method,
    max_by(
        case when event_type = 'failed' then failure_code end, {{ ordered_values(['occurred_at', 'event_id']) }}
    ) as failure_code
from aged
group by feature_date, customer_id
