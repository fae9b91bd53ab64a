{{ config(**incremental_by('customer_id')) }}
-- By how many the subscriptions of a customer that decide the stage changed from one close to the next.
with closings as (
    select
        subscription_id,
        customer_id,
        {{ report_date('valid_from') }} as close_date,
        case when mrr > 0 then 1 else 0 end as paying,
        case when mrr > 0 and auto_renew then 1 else 0 end as renewing,
        case when mrr > 0 and status = 'grace' then 1 else 0 end as in_grace,
        case when status = 'trial' then 1 else 0 end as in_trial,
        row_number() over (
            partition by subscription_id, {{ report_date('valid_from') }} order by valid_from desc
        ) as rank_from_close
    from {{ ref('fct_subscription_periods') }}
    where {{ is_affected('customer_id') }}
),

differences as (
    select
        customer_id,
        close_date as change_date,
        paying - lag(paying, 1, 0) over history as paying_change,
        renewing - lag(renewing, 1, 0) over history as renewing_change,
        in_grace - lag(in_grace, 1, 0) over history as in_grace_change,
        in_trial - lag(in_trial, 1, 0) over history as in_trial_change
    from closings
    where rank_from_close = 1
    window history as (partition by subscription_id order by close_date)
)

select
    customer_id,
    change_date,
    cast(sum(paying_change) as integer) as paying_change,
    cast(sum(renewing_change) as integer) as renewing_change,
    cast(sum(in_grace_change) as integer) as in_grace_change,
    cast(sum(in_trial_change) as integer) as in_trial_change
from differences
where paying_change <> 0 or renewing_change <> 0 or in_grace_change <> 0 or in_trial_change <> 0
group by customer_id, change_date
