-- Prevents failures that are in no case or in two, and money of cases that is not theirs: every failed payment with a
-- subscription is one attempt, unless the subscription had ended, and the first of a case is what is due.
{{ config(meta={'dagster': {'ref': {'name': 'fct_dunning_attempts'}}}) }}
with failures as (
    select
        payments.event_id,
        payments.subscription_id,
        payments.occurred_at,
        payments.amount_reporting,
        count(attempts.event_id) as attempts
    from {{ ref('fct_transactions') }} as payments
    left join {{ ref('fct_dunning_attempts') }} as attempts on payments.event_id = attempts.event_id
    where payments.event_type = 'failed' and payments.subscription_id is not null
    group by payments.event_id, payments.subscription_id, payments.occurred_at, payments.amount_reporting
),

outside as (
    select failures.event_id
    from failures
    inner join {{ ref('fct_subscription_periods') }} as periods
        on failures.subscription_id = periods.subscription_id
            and failures.occurred_at >= periods.valid_from
            and (failures.occurred_at <= periods.valid_to or periods.valid_to is null)
    where failures.attempts = 0 and periods.status = 'ended'
),

wrong_attempts as (
    select event_id as found
    from failures
    where attempts <> 1 and event_id not in (select outside.event_id from outside)
),

wrong_money as (
    select cases.case_id as found
    from {{ ref('fct_dunning_cases') }} as cases
    inner join {{ ref('fct_dunning_attempts') }} as attempts on cases.first_failed_event_id = attempts.event_id
    left join failures on cases.first_failed_event_id = failures.event_id
    where
        attempts.case_id <> cases.case_id
        or coalesce(failures.amount_reporting <> cases.amount_due_reporting, true)
)

select found from wrong_attempts
union all
select found from wrong_money
