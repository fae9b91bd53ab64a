-- Prevents bands that lose or invent payers or churners: those of each month are all who pay at its open, the churners
-- by another way than the bands took: from the spans of payment.
{{ config(meta={'dagster': {'ref': {'name': 'fct_engagement_bands_monthly'}}}) }}
with bands as (
    select
        month,
        is_complete,
        sum(paying_customers) as paying_customers,
        sum(churned_customers) as churned_customers
    from {{ ref('fct_engagement_bands_monthly') }}
    group by month, is_complete
),

opening as (
    select
        bands.month,
        count(*) as paying_customers,
        sum(case when later.customer_id is null then 1 else 0 end) as churned_customers
    from bands
    inner join {{ ref('fct_paying_spans') }} as spans
        on bands.month > spans.valid_from and (spans.valid_to is null or bands.month <= spans.valid_to)
    left join {{ ref('fct_paying_spans') }} as later
        on spans.customer_id = later.customer_id
            and {{ date_plus('bands.month', 30, 'day') }} > later.valid_from
            and (later.valid_to is null or {{ date_plus('bands.month', 30, 'day') }} <= later.valid_to)
    group by bands.month
)

select bands.month
from bands
left join opening on bands.month = opening.month
where
    bands.paying_customers <> coalesce(opening.paying_customers, 0)
    or (bands.is_complete and bands.churned_customers <> coalesce(opening.churned_customers, 0))
