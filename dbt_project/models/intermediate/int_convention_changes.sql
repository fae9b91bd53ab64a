{{ config(
    materialized='incremental',
    pre_hook="{{ forget_affected('customer_id') }}",
    meta={'kept_by': 'customer_id'},
) }}
/*
    What other definitions add to a subscription's MRR of the house, as changes of daily closings: a span that counts
    otherwise adds its difference on its first day and takes it off on the day it ends, so closings stay sums.
    free and trial add 1 to have access counted at all; the other additions are money.
*/
with by_state as (
    select
        customer_id,
        subscription_id,
        valid_from,
        valid_to,
        case
            when status = 'trial' then 'trial'
            when mrr = 0 then 'free'
            else 'cancelled'
        end as addition,
        case when mrr = 0 then cast(1 as {{ money() }}) else -mrr end as added
    from {{ ref('int_subscription_spans') }}
    where
        status in ('trial', 'active', 'grace')
        and (mrr = 0 or (not auto_renew and coalesce(provider, '') <> 'apple'))
        and {{ is_affected('customer_id') }}
),

priced as (
    select
        spans.customer_id,
        spans.subscription_id,
        spans.valid_from,
        spans.valid_to,
        spans.status,
        spans.mrr,
        moments.previous_status,
        moments.amount,
        moments.billing_interval,
        moments.billing_interval_count,
        moments.rate_to_reporting,
        case when moments.discount_ends_at > spans.valid_from then coalesce(moments.discount_amount, 0) else 0 end
            as discount,
        moments.discount_ends_at < timestamp '9999-01-01 00:00:00' as is_finite
    from {{ ref('int_subscription_spans') }} as spans
    inner join {{ ref('int_subscription_moments') }} as moments
        on spans.subscription_id = moments.subscription_id and spans.moment_number = moments.moment_number
    where
        moments.amount is not null
        and moments.status in ('active', 'grace', 'on_hold')
        and (moments.status = 'on_hold' or moments.billing_interval = 'week' or moments.discount_amount > 0)
        and {{ is_affected('customer_id', 'spans.customer_id') }}
),

by_price as (
    -- A hold that follows a paid state, at the price of the time it began.
    select
        customer_id,
        subscription_id,
        valid_from,
        valid_to,
        'past_due' as addition,
        {{ monthly_recurring_revenue(
            'amount', 'discount', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
        ) }} as added
    from priced
    where status = 'on_hold' and previous_status in ('active', 'grace', 'on_hold')
    union all
    select
        customer_id,
        subscription_id,
        valid_from,
        valid_to,
        'finite_discount' as addition,
        {{ monthly_recurring_revenue(
            'amount', '0', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
        ) }} - mrr as added
    from priced
    where status in ('active', 'grace') and discount > 0 and is_finite
    union all
    select
        customer_id,
        subscription_id,
        valid_from,
        valid_to,
        'weekly_factor' as addition,
        {{ convention_weekly_mrr('amount', 'discount', 'billing_interval_count', 'rate_to_reporting') }} - mrr as added
    from priced
    where status in ('active', 'grace') and billing_interval = 'week'
),

spans as (
    select * from by_state
    union all
    select * from by_price
),

changes as (
    select
        customer_id,
        subscription_id,
        addition,
        {{ report_date('valid_from') }} as change_date,
        added as value_change
    from spans
    union all
    select
        customer_id,
        subscription_id,
        addition,
        {{ report_date('valid_to') }} as change_date,
        -added as value_change
    from spans
    where valid_to is not null
)

select
    customer_id,
    subscription_id,
    addition,
    change_date,
    cast(sum(value_change) as {{ money() }}) as value_change
from changes
group by customer_id, subscription_id, addition, change_date
having sum(value_change) <> 0
