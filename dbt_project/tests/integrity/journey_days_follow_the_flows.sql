-- Prevents days that do not follow from each other: each opens with the close before, what comes and goes is what the
-- flows say, and all closes together are the days of all stays.
{{ config(meta={'dagster': {'ref': {'name': 'fct_journey_daily'}}}) }}
with moves as (
    select
        close_date,
        to_stage as stage,
        persons as entered,
        0 as gone
    from {{ ref('fct_journey_flows_daily') }}
    union all
    select
        close_date,
        from_stage as stage,
        0 as entered,
        persons as gone
    from {{ ref('fct_journey_flows_daily') }}
    where from_stage <> '(new)'
),

flows as (
    select
        close_date,
        stage,
        sum(entered) as entered,
        sum(gone) as gone
    from moves
    group by close_date, stage
),

closes as (
    select sum(closing_persons) as closes
    from {{ ref('fct_journey_daily') }}
),

stays as (
    select sum(coalesce(days, {{ days_between('valid_from', date_plus(report_date(as_of()), 1, 'day')) }})) as days
    from {{ ref('fct_journey_stages') }}
),

days as (
    select
        *,
        lag(closing_persons, 1, 0) over (partition by stage order by close_date) as previous_closing
    from {{ ref('fct_journey_daily') }}
)

select coalesce(days.stage, flows.stage) as stage
from days
full outer join flows on days.close_date = flows.close_date and days.stage = flows.stage
where
    days.opening_persons is distinct from days.previous_closing
    or days.entered_persons is distinct from coalesce(flows.entered, 0)
    or days.left_persons is distinct from coalesce(flows.gone, 0)
union all
select 'all' as stage
from closes
cross join stays
where closes.closes is distinct from stays.days
