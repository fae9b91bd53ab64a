-- Prevents switches, and subscriptions on an offer, that core.fct_subscription_periods does not have: both are worked
-- out from its last period of each day.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_monthly'}}}) }}
with periods as (
    select
        subscription_id,
        {{ report_date('valid_from') }} as close_date,
        valid_to,
        coalesce(offer_id, '(none)') as offer_id,
        {{ has_access('status') }} as has_access,
        row_number() over (
            partition by subscription_id, {{ report_date('valid_from') }} order by valid_from desc
        ) as rank_from_close
    from {{ ref('fct_subscription_periods') }}
),

closings as (
    select
        *,
        lag(offer_id) over (partition by subscription_id order by close_date) as previous_offer_id,
        lag(has_access) over (partition by subscription_id order by close_date) as had_access
    from periods
    where rank_from_close = 1
),

differences as (
    select
        {{ month_of('close_date') }} as month,
        previous_offer_id as from_offer,
        offer_id as to_offer,
        1 as switches,
        0 as subscriptions
    from closings
    where has_access and had_access and offer_id <> previous_offer_id
    union all
    select
        {{ month_of('opened.close_date') }} as month,
        ended.previous_offer_id as from_offer,
        opened.offer_id as to_offer,
        1 as switches,
        0 as subscriptions
    from {{ ref('int_switched_subscriptions') }} as pairs
    inner join closings as ended
        on pairs.from_subscription_id = ended.subscription_id
            and {{ report_date('pairs.ended_at') }} = ended.close_date
    inner join closings as opened
        on pairs.to_subscription_id = opened.subscription_id
            and {{ report_date('pairs.opened_at') }} = opened.close_date
    where ended.had_access and opened.has_access and opened.offer_id <> ended.previous_offer_id
    union all
    select
        month,
        from_offer,
        to_offer,
        -switches as switches,
        0 as subscriptions
    from {{ ref('fct_offer_switches') }}
    union all
    select
        null as month,
        null as from_offer,
        offer_id as to_offer,
        0 as switches,
        1 as subscriptions
    from closings
    where has_access and valid_to is null
    union all
    select
        null as month,
        null as from_offer,
        offer_id as to_offer,
        0 as switches,
        -closing_subscriptions as subscriptions
    from {{ ref('fct_offer_monthly') }}
    where month = {{ month_of(report_date(as_of())) }}
)

select
    month,
    from_offer,
    to_offer
from differences
group by month, from_offer, to_offer
having sum(switches) <> 0 or sum(subscriptions) <> 0
