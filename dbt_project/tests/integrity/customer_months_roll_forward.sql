-- Prevents customers who appear or vanish between months: opening, new and reactivated less churned make the closing,
-- which is the next opening; the first month opens with nobody.
with rolled as (
    select
        *,
        opening_customers + new_customers + reactivated_customers - churned_customers as expected_closing_customers,
        coalesce(lag(closing_customers) over (order by month), 0) as expected_opening_customers
    from {{ ref('fct_mrr_monthly') }}
)

select *
from rolled
where
    closing_customers <> expected_closing_customers
    or opening_customers <> expected_opening_customers
    or closing_customers < 0
