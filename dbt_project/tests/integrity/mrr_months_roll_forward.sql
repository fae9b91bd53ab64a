-- Prevents a month whose movements do not explain its closing MRR: opening and the five make the closing, which is the
-- next opening; the first month opens with nothing.
with rolled as (
    select
        *,
        opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churn_mrr + reactivation_mrr as expected_closing_mrr,
        coalesce(lag(closing_mrr) over (order by month), 0) as expected_opening_mrr
    from {{ ref('fct_mrr_monthly') }}
)

select *
from rolled
where closing_mrr <> expected_closing_mrr or opening_mrr <> expected_opening_mrr
