/*
    The customers whose past days have features: everybody, or of a large base as many as a model learns anything more
    from, the same people on each day. Past days of all of a million customers would cost most of their build.
*/
with placed as (
    select
        customer_id,
        row_number() over (order by hashed, customer_id) as place
    from (
        select distinct
            customer_id,
            {{ sha256('customer_id') }} as hashed
        from {{ ref('int_paying_spans') }}
    ) as ever_paying
)

select customer_id
from placed
where place <= {{ var('feature_panel_customers') }}
