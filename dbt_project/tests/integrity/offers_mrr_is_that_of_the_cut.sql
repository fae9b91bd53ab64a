-- Prevents offers with other MRR than the cut of revenue, or with other months in one than in the other.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_monthly'}}}) }}
with differences as (
    select
        month,
        offer_id,
        opening_mrr,
        closing_mrr,
        closing_customers
    from {{ ref('fct_offer_monthly') }}
    union all
    select
        month,
        dimension_value as offer_id,
        -opening_mrr as opening_mrr,
        -closing_mrr as closing_mrr,
        -closing_customers as closing_customers
    from {{ ref('fct_mrr_by_dimension') }}
    where dimension = 'offer'
)

select
    month,
    offer_id
from differences
group by month, offer_id
having sum(opening_mrr) <> 0 or sum(closing_mrr) <> 0 or sum(closing_customers) <> 0
