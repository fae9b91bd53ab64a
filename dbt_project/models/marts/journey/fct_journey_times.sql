with stays as (
    select
        person_id,
        is_customer,
        stage,
        lead(stage, 1, '(still there)') over (partition by person_id, is_customer order by valid_from) as next_stage,
        days
    from {{ ref('fct_journey_stages') }}
)

select
    stage,
    next_stage,
    count(*) as stays,
    count(distinct concat(case when is_customer then 'c' else 'v' end, person_id)) as persons,
    cast(percentile_cont(0.25) within group (order by days) as double) as lower_quartile_days,
    cast(percentile_cont(0.5) within group (order by days) as double) as median_days,
    cast(percentile_cont(0.75) within group (order by days) as double) as upper_quartile_days
from stays
group by stage, next_stage
