-- Prevents a cut of the stages that loses or doubles persons: the moves of a day sum to those of the stage.
with moves as (
    select
        close_date,
        stage,
        sum(entered_persons) as entered,
        sum(left_persons) as gone
    from {{ ref('fct_journey_moves_by_combination') }}
    group by close_date, stage
)

select coalesce(days.stage, moves.stage) as stage
from {{ ref('fct_journey_daily') }} as days
full outer join moves on days.close_date = moves.close_date and days.stage = moves.stage
where
    days.entered_persons is distinct from coalesce(moves.entered, 0)
    or days.left_persons is distinct from coalesce(moves.gone, 0)
