{{ config(
    materialized='incremental',
    pre_hook="{{ delete_affected_rows('subscription_id', affected='int_affected_dunning') }}",
) }}
-- The cases that the signs make, with what was due by the first failed payment, or else by the price before the case.
with signs as (
    select
        *,
        row_number() over (partition by subscription_id, case_number, sign order by line_number) as sign_number
    from {{ ref('int_dunning_signs') }}
    where {{ is_affected('subscription_id', affected='int_affected_dunning') }}
),

cases as (
    select
        subscription_id,
        case_number,
        max(case when is_first then sign end) as opened_by,
        max(case when is_first then occurred_at end) as opened_at,
        max(case when is_first then event_id end) as opening_event_id,
        max(moment_before) as moment_before,
        min(case when sign = 'grace_entered' then occurred_at end) as grace_at,
        min(case when sign = 'hold_entered' then occurred_at end) as hold_at,
        max(case when is_closing then sign end) as closed_by,
        max(case when is_closing then event_id end) as closing_event_id,
        max(case when is_closing then moment_number end) as closing_moment,
        max(case when is_closing then occurred_at end) as closing_at,
        max(case when sign = 'failed' then occurred_at end) as last_failed_at,
        sum(case when is_payment then 1 else 0 end) as attempts,
        max(case when sign = 'failed' and sign_number = 1 then event_id end) as first_failed_event_id,
        max(case when sign = 'succeeded' then event_id end) as succeeded_event_id
    from signs
    group by subscription_id, case_number
),

-- Most payments and moments are in no case.
payments as (
    select *
    from {{ ref('fct_transactions') }}
    where
        event_id in (select cases.first_failed_event_id from cases)
        or event_id in (select cases.succeeded_event_id from cases)
),

moments as (
    select *
    from {{ ref('int_subscription_moments') }}
    where subscription_id in (select cases.subscription_id from cases)
),

described as (
    select
        cases.*,
        coalesce(owned.customer_id, failed.customer_id) as customer_id,
        state.period_end,
        case
            when cases.closed_by = 'lapsed'
                then greatest(cases.closing_at, coalesce(cases.last_failed_at, cases.opened_at))
            else cases.closing_at
        end as closed_at,
        closing.status = 'ended' as is_lost,
        closing.end_reason,
        closing.previous_status,
        closing.previous_auto_renew,
        coalesce(state.offer_id, failed.offer_id, '(none)') as offer_id,
        coalesce(state.channel, failed.channel, '(none)') as channel,
        coalesce(failed.provider, state.provider, '(none)') as provider,
        coalesce(failed.payment_method, '(none)') as payment_method,
        coalesce(failed.failure_code, '(none)') as failure_code,
        failed.amount as failed_amount,
        failed.currency as failed_currency,
        failed.amount_reporting as failed_reporting,
        state.status as status_before,
        state.amount as price,
        case
            when cases.opened_at < state.discount_ends_at then coalesce(state.discount_amount, 0) else 0
        end as discount,
        state.billing_interval,
        state.billing_interval_count,
        state.currency as price_currency,
        state.rate_to_reporting,
        received.amount_reporting as received_amount
    from cases
    left join payments as failed on cases.first_failed_event_id = failed.event_id
    left join payments as received on cases.succeeded_event_id = received.event_id
    left join moments as owned on cases.subscription_id = owned.subscription_id and owned.moment_number = 1
    left join moments as state
        on cases.subscription_id = state.subscription_id and cases.moment_before = state.moment_number
    left join moments as closing
        on cases.subscription_id = closing.subscription_id and cases.closing_moment = closing.moment_number
)

select
    subscription_id || '/' || cast(case_number as {{ dbt.type_string() }}) as case_id,
    customer_id,
    subscription_id,
    case_number,
    opened_by,
    case when period_end <= opened_at then period_end else opened_at end as due_at,
    opened_at,
    {{ month_of(report_date('opened_at')) }} as opened_month,
    grace_at,
    hold_at,
    closed_at,
    case when closed_by is null then 'open' when is_lost then 'lost' else 'recovered' end as outcome,
    case
        when closed_by is null then 'unresolved'
        when is_lost then {{ churn_rule('end_reason', 'closed_by', 'previous_status', 'previous_auto_renew') }}
        when closed_by = 'succeeded' then 'payment'
        else 'event'
    end as outcome_rule,
    case when is_lost then coalesce(end_reason, closed_by) else closed_by end as outcome_reason,
    case
        when is_lost then {{ churn_kind('end_reason', 'closed_by', 'previous_status', 'previous_auto_renew') }}
    end as lost_kind,
    case
        when hold_at is not null or (opened_by in ('ended', 'lapsed') and status_before = 'on_hold') then 'hold'
        when grace_at is not null or opened_by in ('ended', 'lapsed') then 'grace'
        else 'failed'
    end as stage,
    offer_id,
    channel,
    {{ interval_name('billing_interval', 'billing_interval_count') }} as price_interval,
    provider,
    payment_method,
    failure_code,
    cast(attempts as integer) as attempts,
    cast(coalesce(failed_amount, greatest(price - discount, 0), 0) as {{ sent_amount() }}) as amount_due,
    coalesce(failed_currency, price_currency) as currency,
    case
        when failed_amount is not null then failed_reporting
        when price is null then cast(0 as {{ money() }})
        else {{ monthly_recurring_revenue('price', 'discount', "'month'", '1', 'rate_to_reporting') }}
    end as amount_due_reporting,
    case when failed_amount is not null then 'payment' when price is null then 'none' else 'price' end as amount_source,
    case
        when {{ is_paying('status_before') }} and price is not null
            then {{ monthly_recurring_revenue(
                'price', 'discount', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
            ) }}
        else cast(0 as {{ money() }})
    end as mrr_at_opening,
    received_amount,
    {{ exact_days('opened_at', 'closed_at') }} as days_to_outcome,
    {{ exact_days('hold_at', 'closed_at') }} as days_on_hold,
    opening_event_id,
    first_failed_event_id,
    closing_event_id,
    succeeded_event_id
from described
