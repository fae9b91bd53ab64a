-- Prevents renewals that nobody sees coming: every live subscription with access whose period ends from now on is in
-- the calendar once, with its MRR.
{{ config(meta={'dagster': {'ref': {'name': 'fct_renewals_calendar'}}}) }}
with differences as (
    select
        due_subscriptions + ending_trials as subscriptions,
        due_mrr as mrr
    from {{ ref('fct_renewals_calendar') }}
    union all
    select
        -1 as subscriptions,
        -mrr as mrr
    from {{ ref('fct_subscriptions') }}
    where {{ has_access('status') }} and period_end >= {{ as_of() }}
)

select
    sum(subscriptions) as difference_in_subscriptions,
    sum(mrr) as difference_in_mrr
from differences
having sum(subscriptions) <> 0 or sum(mrr) <> 0
