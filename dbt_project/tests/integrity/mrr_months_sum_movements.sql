-- Prevents a month that reports other movements than the ledger holds: each type of each month, both ways.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_monthly'}}}) }}
with differences as (
    select
        {{ month_of('movement_date') }} as month,
        movement_type,
        mrr_change
    from {{ ref('fct_mrr_movements') }}
    union all
    select
        months.month,
        types.movement_type,
        -case types.movement_type
            when 'new' then months.new_mrr
            when 'expansion' then months.expansion_mrr
            when 'contraction' then months.contraction_mrr
            when 'churn' then months.churn_mrr
            when 'reactivation' then months.reactivation_mrr
        end as mrr_change
    from {{ ref('fct_mrr_monthly') }} as months
    cross join (
        values ('new'), ('expansion'), ('contraction'), ('churn'), ('reactivation')
    ) as types (movement_type)
)

select
    month,
    movement_type,
    sum(mrr_change) as difference
from differences
group by month, movement_type
having sum(mrr_change) <> 0
