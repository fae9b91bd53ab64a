-- A span that begins is one person who came from the stage before.
select
    valid_from as close_date,
    coalesce(previous_stage, '(new)') as from_stage,
    stage as to_stage,
    count(*) as persons
from {{ ref('fct_journey_stages') }}
group by valid_from, previous_stage, stage
