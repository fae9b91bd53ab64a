{{ config(materialized='table') }}
/*
    Which customer an identifier of a sender stands for, by the links that were known: the newest link of an identifier
    counts, and a link may lead to another identifier, over at most four steps.
*/
with newest as (
    select
        alias,
        customer_id,
        is_newly_known
    from (
        select
            *,
            row_number() over (
                partition by alias order by recorded_at desc nulls last, customer_id asc
            ) as link_rank
        from {{ ref('stg_identity_links') }}
        where alias <> customer_id
    ) as ranked
    where link_rank = 1
)

select
    first_step.alias,
    coalesce(
        fourth_step.customer_id, third_step.customer_id, second_step.customer_id, first_step.customer_id
    ) as customer_id,
    first_step.is_newly_known
    or coalesce(second_step.is_newly_known, false)
    or coalesce(third_step.is_newly_known, false)
    or coalesce(fourth_step.is_newly_known, false) as is_newly_linked
from newest as first_step
left join newest as second_step on first_step.customer_id = second_step.alias
left join newest as third_step on second_step.customer_id = third_step.alias
left join newest as fourth_step on third_step.customer_id = fourth_step.alias
