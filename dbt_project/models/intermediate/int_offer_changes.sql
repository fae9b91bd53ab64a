/*
    What each day changed in the subscriptions with access (trial, active, grace) on each offer, from the close before
    to its own. Whoever comes and goes within a day is nothing.
*/
with closings as (
    select
        subscription_id,
        close_date,
        offer_id,
        previous_offer_id,
        status in ('trial', 'active', 'grace') as has_access,
        coalesce(previous_status in ('trial', 'active', 'grace'), false) as had_access,
        min(case when status in ('trial', 'active', 'grace') then close_date end) over (
            partition by subscription_id
        ) as first_access_date
    from {{ ref('int_revenue_closings') }}
),

changes as (
    select
        close_date,
        offer_id,
        case when not had_access and close_date = first_access_date then 1 else 0 end as started,
        case when not had_access and close_date > first_access_date then 1 else 0 end as returned,
        case when had_access then 1 else 0 end as switched_in,
        0 as switched_out,
        0 as gone
    from closings
    where has_access and (not had_access or offer_id <> previous_offer_id)
    union all
    select
        close_date,
        previous_offer_id as offer_id,
        0 as started,
        0 as returned,
        0 as switched_in,
        case when has_access then 1 else 0 end as switched_out,
        case when not has_access then 1 else 0 end as gone
    from closings
    where had_access and (not has_access or offer_id <> previous_offer_id)
)

select
    offer_id,
    {{ month_of('close_date') }} as month,
    sum(started) as started_subscriptions,
    sum(returned) as returned_subscriptions,
    sum(switched_in) as switched_in_subscriptions,
    sum(switched_out) as switched_out_subscriptions,
    sum(gone) as left_subscriptions
from changes
group by offer_id, {{ month_of('close_date') }}
