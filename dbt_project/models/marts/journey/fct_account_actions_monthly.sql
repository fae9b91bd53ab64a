with counted as (
    select
        {{ month_of('action_date') }} as month,
        action,
        count(*) as actions,
        count(distinct customer_id) as customers,
        sum(case when is_followed then 1 else 0 end) as followed,
        sum(case when is_paying_after then 1 else 0 end) as paying_after,
        sum(case when has_churned_within then 1 else 0 end) as churned_within
    from {{ ref('fct_account_actions') }}
    group by {{ month_of('action_date') }}, action
)

select
    month,
    action,
    cast(actions as bigint) as actions,
    cast(customers as bigint) as customers,
    cast(followed as bigint) as followed,
    cast(paying_after as bigint) as paying_after,
    cast(churned_within as bigint) as churned_within,
    {{ ratio('paying_after', 'followed') }} as paying_after_rate,
    {{ ratio('churned_within', 'followed') }} as churned_within_rate
from counted
