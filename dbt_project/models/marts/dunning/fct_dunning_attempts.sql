{{ config(
    materialized='incremental',
    pre_hook="{{ delete_affected_rows('subscription_id', affected='int_affected_dunning') }}",
) }}
-- The payments among the signs, in the order of the case.
with attempts as (
    select
        subscription_id,
        case_number,
        event_id,
        row_number() over (partition by subscription_id, case_number order by line_number) as attempt_number
    from {{ ref('int_dunning_signs') }}
    where
        is_payment
        and {{ is_affected('subscription_id', affected='int_affected_dunning') }}
),

payments as (
    select *
    from {{ ref('fct_transactions') }}
    where event_id in (select attempts.event_id from attempts)
)

select
    cases.case_id,
    cast(attempts.attempt_number as integer) as attempt_number,
    attempts.event_id,
    payments.transaction_id,
    cases.customer_id,
    attempts.subscription_id,
    payments.occurred_at,
    payments.event_type as outcome,
    payments.attempt as reported_attempt,
    coalesce(payments.failure_code, '(none)') as failure_code,
    coalesce(payments.provider, '(none)') as provider,
    coalesce(payments.payment_method, '(none)') as payment_method,
    payments.amount,
    payments.currency,
    payments.amount_reporting,
    {{ exact_days('cases.opened_at', 'payments.occurred_at') }} as days_since_opening,
    cases.opened_at,
    cases.offer_id,
    cases.channel,
    cases.price_interval,
    cases.provider as case_provider,
    cases.payment_method as case_payment_method,
    cases.failure_code as case_failure_code
from attempts
inner join {{ ref('fct_dunning_cases') }} as cases
    on attempts.subscription_id = cases.subscription_id and attempts.case_number = cases.case_number
inner join payments on attempts.event_id = payments.event_id
