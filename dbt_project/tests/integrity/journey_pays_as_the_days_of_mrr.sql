-- Prevents a journey that knows other payers than revenue: at the close of every day those with MRR are as many.
{{ config(meta={'dagster': {'ref': {'name': 'fct_journey_daily'}}}) }}
with journey as (
    select
        close_date,
        sum(closing_persons) as persons
    from {{ ref('fct_journey_daily') }}
    where stage in ('paying', 'at_risk', 'set_to_cancel', 'won_back')
    group by close_date
)

select coalesce(mrr.close_date, journey.close_date) as close_date
from {{ ref('fct_mrr_daily') }} as mrr
full outer join journey on mrr.close_date = journey.close_date
where coalesce(mrr.closing_customers, 0) <> coalesce(journey.persons, 0)
