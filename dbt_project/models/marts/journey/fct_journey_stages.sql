{{ config(**incremental_by('person_id')) }}
/*
    Only the days on which something may have changed are looked at: what a person has come to, and by how many the
    subscriptions changed. Sums and maxima so far give the stage at the close; neighbours in one stage are one span.
*/
with happenings as (
    select
        person_id,
        is_customer,
        reached_date as close_date,
        rung,
        0 as paying_change,
        0 as renewing_change,
        0 as in_grace_change,
        0 as in_trial_change
    from {{ ref('int_journey_rungs') }}
    where {{ is_affected('person_id') }}
    union all
    select
        customer_id as person_id,
        true as is_customer,
        change_date as close_date,
        0 as rung,
        paying_change,
        renewing_change,
        in_grace_change,
        in_trial_change
    from {{ ref('int_journey_changes') }}
    where {{ is_affected('person_id', 'customer_id') }}
),

days as (
    select
        person_id,
        is_customer,
        close_date,
        max(rung) as rung,
        sum(paying_change) as paying_change,
        sum(renewing_change) as renewing_change,
        sum(in_grace_change) as in_grace_change,
        sum(in_trial_change) as in_trial_change
    from happenings
    group by person_id, is_customer, close_date
),

closings as (
    select
        person_id,
        is_customer,
        close_date,
        max(rung) over so_far as rung,
        sum(paying_change) over so_far as paying,
        sum(renewing_change) over so_far as renewing,
        sum(in_grace_change) over so_far as in_grace,
        sum(in_trial_change) over so_far as in_trial
    from days
    window so_far as (partition by person_id, is_customer order by close_date rows unbounded preceding)
),

staged as (
    select
        person_id,
        is_customer,
        close_date,
        case
            when paying > 0 and renewing = 0 then 'set_to_cancel'
            when paying > 0 and in_grace > 0 then 'at_risk'
            when paying > 0 and rung = 5 then 'won_back'
            when paying > 0 then 'paying'
            when in_trial > 0 then 'trial'
            when rung >= 4 then 'churned'
            when rung = 3 then 'checkout'
            when rung = 2 then 'registered'
            else 'visited'
        end as stage
    from closings
),

compared as (
    select
        *,
        lag(stage) over (partition by person_id, is_customer order by close_date) as previous_stage
    from staged
),

spans as (
    select
        person_id,
        is_customer,
        close_date as valid_from,
        lead(close_date) over (partition by person_id, is_customer order by close_date) as valid_to,
        stage,
        previous_stage,
        lead(stage) over (partition by person_id, is_customer order by close_date) as next_stage
    from compared
    where stage is distinct from previous_stage
)

select
    person_id,
    is_customer,
    valid_from,
    valid_to,
    stage,
    previous_stage,
    next_stage,
    {{ days_between('valid_from', 'valid_to') }} as days
from spans
