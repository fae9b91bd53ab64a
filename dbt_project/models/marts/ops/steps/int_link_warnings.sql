/*
    Identity links that cannot do what was meant: those that lead back to where they began, and those from an
    identifier that no feed names while its value alone is an id of a customer, as where alias_kind is mistaken.
*/
with named as (
    select customer_id
    from {{ ref('int_named_ids') }}
)

select
    'link_circle' as warning,
    alias as customer_id
from {{ ref('stg_customer_aliases') }}
where customer_id in (select aliases.alias from {{ ref('stg_customer_aliases') }} as aliases)
union
select
    'link_of_nobody' as warning,
    alias as customer_id
from {{ ref('stg_identity_links') }}
where
    alias <> alias_value
    -- The id of another system may be spelled as the customer's.
    and alias_value <> customer_id
    and alias_value in (select named.customer_id from named)
    and alias not in (select named.customer_id from named)
