-- Prevents offers with other MRR than the cut of revenue, or with other months in one than in the other.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_monthly'}}}) }}
with cut as (
    select
        *,
        dimension_value as offer_id
    from {{ ref('fct_mrr_by_dimension') }}
    where dimension = 'offer'
)

{{ sums_that_differ(
    ref('fct_offer_monthly'), 'cut', ['month', 'offer_id'], ['opening_mrr', 'closing_mrr', 'closing_customers']
) }}
