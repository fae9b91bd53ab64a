-- Prevents access that is granted twice by one subscription, and access that outlives it: windows follow one another,
-- and one is open exactly while the subscription is in trial, active or in grace.
{{ config(meta={'dagster': {'ref': {'name': 'fct_entitlements'}}}) }}
with windows as (
    select
        *,
        lead(valid_from) over (partition by granted_by order by valid_from) as next_valid_from
    from {{ ref('fct_entitlements') }}
    where kind = 'subscription' and {{ is_affected('subscription_id', 'granted_by') }}
),

open_windows as (
    select granted_by
    from windows
    where valid_to is null
)

select granted_by
from windows
where
    valid_to <= valid_from
    or valid_to > next_valid_from
    or (valid_to is null and next_valid_from is not null)
union all
select coalesce(subscriptions.subscription_id, open_windows.granted_by) as granted_by
from (
    select subscription_id
    from {{ ref('fct_subscriptions') }}
    where {{ has_access('status') }} and {{ is_affected('subscription_id') }}
) as subscriptions
full outer join open_windows on subscriptions.subscription_id = open_windows.granted_by
where subscriptions.subscription_id is null or open_windows.granted_by is null
