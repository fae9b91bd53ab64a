-- A column that the contract does not know is kept with its row, in the JSON object ``extra``.
with tiers as (
    select
        customer_id,
        arg_max(extra ->> '$.seat_tier', recorded_at) as seat_tier
    from {{ source('raw', 'customer_events') }}
    group by customer_id
)

select
    customers.customer_id,
    coalesce(tiers.seat_tier, 'unknown') as seat_tier,
    coalesce(cast(customers.registered_at as date), customers.first_paid_date) as member_since,
    cast({{ churniq.as_of() }} as date) as known_on
from {{ ref('dim_customers') }} as customers
left join tiers on customers.customer_id = tiers.customer_id
