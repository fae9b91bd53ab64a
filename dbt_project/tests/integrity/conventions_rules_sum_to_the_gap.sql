-- Prevents a gap that is explained in part: contributions by rule sum to it, to the last decimal, and none is missing.
{{ config(meta={'dagster': {'ref': {'name': 'fct_variant_gaps'}}}) }}
with explained as (
    select
        month,
        metric,
        convention,
        sum(contribution) as contributions,
        count(*) - count(contribution) as unknown_contributions
    from {{ ref('fct_variant_gaps') }}
    group by month, metric, convention
)

select
    variants.month,
    variants.metric,
    variants.convention,
    variants.gap,
    explained.contributions
from {{ ref('fct_metric_variants') }} as variants
left join explained
    on variants.month = explained.month
        and variants.metric = explained.metric
        and variants.convention = explained.convention
where
    variants.gap is not null
    and (coalesce(explained.contributions, 0) <> variants.gap or coalesce(explained.unknown_contributions, 0) > 0)
