-- Prevents persons who are lost, doubled or in two stages: every customer who registered, subscribed or paid is in the
-- journey, stays of a person touch,
-- the last one alone is open, and every visitor is somebody.
{{ config(meta={'dagster': {'ref': {'name': 'fct_journey_stages'}}}) }}
with stays as (
    select
        *,
        lead(valid_from) over (partition by person_id, is_customer order by valid_from) as next_from
    from {{ ref('fct_journey_stages') }}
)

select person_id
from stays
where valid_to is distinct from next_from or valid_to <= valid_from
union all
select customer_id as person_id
from {{ ref('dim_customers') }}
where
    customer_id not in (select stays.person_id from stays where stays.is_customer)
    and (
        customer_id in (select attributes.customer_id from {{ ref('int_customer_attributes') }} as attributes)
        or customer_id in (select subscriptions.customer_id from {{ ref('fct_subscriptions') }} as subscriptions)
        or customer_id in (select payments.customer_id from {{ ref('fct_transactions') }} as payments)
    )
union all
select customers.customer_id as person_id
from {{ ref('dim_customers') }} as customers
inner join stays on customers.customer_id = stays.person_id and stays.is_customer
where
    stays.valid_to is null
    and (customers.current_mrr > 0) <> (stays.stage in ('paying', 'at_risk', 'set_to_cancel', 'won_back'))
union all
select visitor_id as person_id
from {{ ref('stg_journey_events') }}
group by visitor_id
having
    max(customer_id) is null
    and visitor_id not in (select stays.person_id from stays where not stays.is_customer)
