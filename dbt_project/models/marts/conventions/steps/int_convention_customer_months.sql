{{ config(**incremental_by('customer_id')) }}
/*
    What moved in a customer's month, by basis: basis paid has everyone's months by the default; every other basis has
    only what it makes different, as an amount to add. So a basis costs as much as the customers it concerns.
    A unit is the customer, or the subscription where a basis counts those.
*/
with by_subscription as (
    {{ convention_basis_rows(unit='subscription') }}
),

takes_in as (
    {{ convention_addition_rows() }}
),

concerned as (
    select distinct
        takes_in.basis,
        changes.customer_id
    from {{ ref('int_convention_changes') }} as changes
    inner join takes_in on changes.addition = takes_in.addition
    where {{ is_affected('customer_id', 'changes.customer_id') }}
    union
    select
        by_subscription.basis,
        several.customer_id
    from (
        select customer_id
        from {{ ref('int_subscription_mrr_changes') }}
        where {{ is_affected('customer_id') }}
        group by customer_id
        having min(subscription_id) <> max(subscription_id)
    ) as several
    cross join by_subscription
),

changes as (
    {{ convention_value_changes() }}
),

running as (
    select
        basis,
        customer_id,
        unit_id,
        change_date,
        sum(value_change) as value_change,
        sum(sum(value_change)) over (
            partition by basis, customer_id, unit_id order by change_date rows unbounded preceding
        ) as value_after,
        lag(change_date) over (partition by basis, customer_id, unit_id order by change_date) as previous_change_date,
        row_number() over (partition by basis, customer_id, unit_id order by change_date) as movement_number
    from changes
    group by basis, customer_id, unit_id, change_date
    having sum(value_change) <> 0
),

unit_months as (
    select
        basis,
        customer_id,
        {{ month_of('change_date') }} as month,
        max(case when movement_number = 1 then 1 else 0 end) as new_units,
        max(case when value_after = 0 then 1 else 0 end) as churning_units,
        sum(case when value_after = 0 then 1 else 0 end) as each_churn_units,
        -- Who is back within the 12 months after leaving.
        max(
            case
                when
                    value_after = value_change
                    and movement_number > 1
                    and change_date <= {{ date_plus('previous_change_date', 12, 'month') }}
                    then 1
                else 0
            end
        ) as returning_units,
        max(case when value_after <> 0 then 1 else 0 end) as counted,
        min_by(case when value_after <> value_change then 1 else 0 end, change_date) as opened,
        max_by(case when value_after <> 0 then 1 else 0 end, change_date) as closed,
        sum(case when movement_number = 1 then value_change else 0 end) as new_mrr,
        sum(case when value_after <> value_change and value_change > 0 then value_change else 0 end)
            as expansion_mrr,
        sum(case when value_after <> 0 and value_change < 0 then value_change else 0 end) as contraction_mrr,
        sum(case when value_after = 0 then value_change else 0 end) as churn_mrr,
        sum(case when value_after = value_change and movement_number > 1 then value_change else 0 end)
            as reactivation_mrr
    from running
    group by basis, customer_id, unit_id, {{ month_of('change_date') }}
),

measured as (
    select
        *,
        closed - opened as unit_change,
        counted * (1 - opened) as joined_units,
        opened * (1 - closed) as lost_units,
        churning_units * (1 - closed) as gone_units
    from unit_months
),

signed as (
    select
        basis,
        customer_id,
        month,
        {{ convention_measures_as("MEASURE") }}
    from measured
    union all
    select
        concerned.basis,
        measured.customer_id,
        measured.month,
        {{ convention_measures_as("-measured.MEASURE") }}
    from measured
    inner join concerned on measured.customer_id = concerned.customer_id
    where measured.basis = 'paid'
),

summed as (
    select
        basis,
        customer_id,
        month,
        {{ convention_measures_as("cast(sum(MEASURE) as integer) as MEASURE", "change") }},
        {{ convention_measures_as("cast(sum(MEASURE) as integer) as MEASURE", "units") }},
        {{ convention_measures_as("cast(sum(MEASURE) as " ~ money() ~ ") as MEASURE", "mrr") }}
    from signed
    group by basis, customer_id, month
)

select *
from summed
where
    basis = 'paid'
    {%- for measure in convention_measures() %}
        or {{ measure }} <> 0
    {%- endfor %}
