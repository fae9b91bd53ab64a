/*
    Whatever an identifier stands for or ever stood for, of the identifiers whose link is new on any step: who had its
    events until now has lost them. Every link counts here and not only the newest, since a link may replace another.
    A build that computes everything needs no list.
*/
with links as (
    select
        alias,
        customer_id
    from {{ ref('stg_identity_links') }}
    where {{ is_incremental_build() }}
),

first_step as (
    select
        alias,
        customer_id
    from links
    where
        alias in (
            select aliases.alias from {{ ref('stg_customer_aliases') }} as aliases
            where aliases.is_newly_linked
        )
),

second_step as (
    select links.customer_id
    from first_step
    inner join links on first_step.customer_id = links.alias
),

third_step as (
    select links.customer_id
    from second_step
    inner join links on second_step.customer_id = links.alias
),

fourth_step as (
    select links.customer_id
    from third_step
    inner join links on third_step.customer_id = links.alias
)

select alias as customer_id
from first_step
union
select customer_id
from first_step
union
select customer_id
from second_step
union
select customer_id
from third_step
union
select customer_id
from fourth_step
