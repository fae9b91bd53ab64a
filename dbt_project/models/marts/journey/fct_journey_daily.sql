{%- set stages = [
    "visited", "registered", "checkout", "trial", "paying", "at_risk", "set_to_cancel", "churned", "won_back",
] %}
-- From the moves in and out and not from the flows, so that the two can be held against each other.
with bounds as (
    select
        min(close_date) as first_date,
        {{ report_date(as_of()) }} as last_date
    from {{ ref('fct_journey_moves_by_combination') }}
),

days as (
    select {{ dates_every(1, 'first_date', 'last_date') }} as close_date
    from bounds
),

stages as (
    {%- for stage in stages %}
        select
            '{{ stage }}' as stage,
            cast({{ loop.index }} as integer) as stage_number
        {%- if not loop.last %} union all{% endif %}
    {%- endfor %}
),

changes as (
    select
        close_date,
        stage,
        sum(entered_persons) as entered,
        sum(left_persons) as gone
    from {{ ref('fct_journey_moves_by_combination') }}
    group by close_date, stage
),

filled as (
    select
        days.close_date,
        stages.stage,
        stages.stage_number,
        coalesce(changes.entered, 0) as entered,
        coalesce(changes.gone, 0) as gone
    from days
    cross join stages
    left join changes on days.close_date = changes.close_date and stages.stage = changes.stage
),

closed as (
    select
        *,
        sum(entered - gone) over (partition by stage order by close_date rows unbounded preceding) as closing
    from filled
)

select
    close_date,
    stage,
    stage_number,
    cast(closing - entered + gone as bigint) as opening_persons,
    cast(entered as bigint) as entered_persons,
    cast(gone as bigint) as left_persons,
    cast(closing as bigint) as closing_persons
from closed
