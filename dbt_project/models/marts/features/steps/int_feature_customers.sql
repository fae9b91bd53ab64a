{{ config(**incremental_features()) }}
/*
    Who pays at the close of each feature day, as known then: on the scoring day everybody whose MRR is not 0, on a past
    day everybody with a live subscription. With how long, since when, and how often again, by the MRR history so far.
*/
with paying as (
    select
        days.feature_date,
        spans.customer_id
    from {{ ref('fct_paying_spans') }} as spans
    cross join {{ ref('int_feature_days') }} as days
    where days.is_scoring_day and spans.valid_to is null
    union all
    select
        feature_date,
        customer_id
    from {{ ref('int_feature_subscriptions') }}
    where
        not is_scoring_day
        and live_subscriptions > 0
        and {{ is_affected_feature_row('feature_date', 'customer_id') }}
),

spells as (
    select
        customer_id,
        valid_from,
        lag(valid_to) over (partition by customer_id order by valid_from) as previous_to
    from {{ ref('fct_paying_spans') }}
),

begins as (
    select
        paying.feature_date,
        paying.customer_id,
        min(spells.valid_from) as first_date,
        max(spells.valid_from) as spell_date,
        count(spells.valid_from) as spells
    from paying
    left join spells
        on
            paying.customer_id = spells.customer_id
            and paying.feature_date >= spells.valid_from
            and (spells.previous_to is null or spells.valid_from > spells.previous_to)
    group by paying.feature_date, paying.customer_id
)

select
    feature_date,
    customer_id,
    coalesce({{ days_between('first_date', 'feature_date') }}, 0) as tenure_days,
    coalesce({{ days_between('spell_date', 'feature_date') }}, 0) as spell_days,
    cast(greatest(spells - 1, 0) as integer) as returns
from begins
