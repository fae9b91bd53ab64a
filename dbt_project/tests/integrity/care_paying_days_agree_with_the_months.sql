-- Prevents a base of the churn after contacts that counts other payers than the movements do.
{{ config(meta={'dagster': {'ref': {'name': 'int_care_paying_days'}}}) }}
select months.month
from {{ ref('fct_mrr_monthly') }} as months
left join {{ ref('int_care_paying_days') }} as days on months.month = days.day
where months.opening_customers <> coalesce(days.paying_customers, 0)
