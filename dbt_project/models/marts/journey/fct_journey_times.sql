with stays as (
    select
        person_id,
        is_customer,
        stage,
        coalesce(next_stage, '(still there)') as next_stage,
        coalesce(
            days, {{ days_between('valid_from', date_plus(report_date(as_of()), 1, 'day')) }}
        ) as days
    from {{ ref('fct_journey_stages') }}
),

persons as (
    select
        stage,
        next_stage,
        count(*) as persons
    from (
        select distinct
            person_id,
            is_customer,
            stage,
            next_stage
        from stays
    ) as pairs
    group by stage, next_stage
),

times as (
    select
        stage,
        next_stage,
        count(*) as stays,
        cast(percentile_cont(0.25) within group (order by days) as double) as lower_quartile_days,
        cast(percentile_cont(0.5) within group (order by days) as double) as median_days,
        cast(percentile_cont(0.75) within group (order by days) as double) as upper_quartile_days
    from stays
    group by stage, next_stage
)

select
    times.stage,
    times.next_stage,
    times.stays,
    persons.persons,
    times.lower_quartile_days,
    times.median_days,
    times.upper_quartile_days
from times
inner join persons on times.stage = persons.stage and times.next_stage = persons.next_stage
