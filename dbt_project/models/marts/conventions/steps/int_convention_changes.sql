{{ config(**incremental_by('customer_id')) }}
/*
    What other definitions add to a subscription's default MRR, as changes of daily closings: a span that counts
    otherwise adds its difference on its first day and takes it off on the day it ends, so closings stay sums.
    free and trial add 1 to have access counted at all; the other additions are money.
*/
{%- set factors = [
    ('weekly_factor', 'week', convention_weekly_mrr),
    ('daily_factor', 'day', convention_daily_mrr),
    ('daily_or_weeks', 'day', convention_days_or_weeks_mrr),
] %}

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
        {{ has_access('status') }}
        and (mrr = 0 or (not auto_renew and coalesce(provider, '') <> 'apple'))
        and {{ is_affected('customer_id') }}
),

priced as (
    select
        spans.customer_id,
        spans.subscription_id,
        spans.valid_from,
        case
            when lapsed.ended_at < coalesce(spans.valid_to, timestamp '9999-12-31 00:00:00') then lapsed.ended_at
            else spans.valid_to
        end as valid_to,
        spans.status,
        spans.mrr,
        moments.previous_status,
        lapsed.subscription_id is not null as is_lapsed_in_grace,
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
    left join {{ ref('int_lapses_in_grace') }} as lapsed
        on moments.subscription_id = lapsed.subscription_id and moments.moment_number = lapsed.moment_number
    where
        moments.amount is not null
        and (
            moments.status = 'on_hold'
            or lapsed.subscription_id is not null
            or ({{ is_paying('moments.status') }} and moments.billing_interval in ('day', 'week'))
            or ({{ is_paying('moments.status') }} and moments.discount_amount > 0)
        )
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
    where
        (status = 'on_hold' and ({{ is_paying('previous_status') }} or previous_status = 'on_hold'))
        or is_lapsed_in_grace
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
    where {{ is_paying('status') }} and discount > 0 and is_finite
    {%- for addition, interval, macro in factors %}
        union all
        select
            customer_id,
            subscription_id,
            valid_from,
            valid_to,
            '{{ addition }}' as addition,
            {{ macro('amount', 'discount', 'billing_interval_count', 'rate_to_reporting') }} - mrr as added
        from priced
        where {{ is_paying('status') }} and billing_interval = '{{ interval }}'
    {%- endfor %}
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
