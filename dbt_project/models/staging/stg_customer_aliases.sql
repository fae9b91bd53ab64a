{{ config(materialized='table') }}
/*
    Which customer an identifier of a sender stands for, by the links that were known: the newest link of an identifier
    counts, and a link may lead to another identifier, over at most four steps. An e-mail address that a customer gave
    is a link as well, since senders that know nothing else know that.
*/
with links as (
    select
        concat(alias_kind, ':', alias_value) as alias,
        customer_id,
        recorded_at,
        {{ is_newly_known('recorded_at', 'recorded_at') }} as is_new
    from {{ source('raw', 'identity_links') }}
    where recorded_at is null or recorded_at <= {{ as_of() }}
    union all
    select
        concat('email_hash:', {{ sha256('lower(trim(email))') }}) as alias,
        customer_id,
        recorded_at,
        {{ is_newly_known('recorded_at', 'occurred_at') }} as is_new
    from {{ source('raw', 'customer_events') }}
    where
        email is not null
        and {{ is_known('recorded_at', 'occurred_at') }}
        and exists (
            select 1 from {{ source('raw', 'identity_links') }} as links
            where links.customer_id like 'email_hash:%'
            union all
            select 1 from {{ source('raw', 'subscription_events') }} as subscriptions
            where subscriptions.customer_id like 'email_hash:%'
            union all
            select 1 from {{ source('raw', 'payment_events') }} as payments
            where payments.customer_id like 'email_hash:%'
        )
),

newest as (
    select
        alias,
        customer_id,
        coalesce(is_new, false) as is_new
    from (
        select
            *,
            row_number() over (
                partition by alias order by recorded_at desc nulls last, customer_id asc
            ) as link_rank
        from links
        where alias <> customer_id
    ) as ranked
    where link_rank = 1
)

select
    first_step.alias,
    coalesce(
        fourth_step.customer_id, third_step.customer_id, second_step.customer_id, first_step.customer_id
    ) as customer_id,
    first_step.customer_id as first_step_id,
    second_step.customer_id as second_step_id,
    third_step.customer_id as third_step_id,
    first_step.is_new
    or coalesce(second_step.is_new, false)
    or coalesce(third_step.is_new, false)
    or coalesce(fourth_step.is_new, false) as is_newly_linked
from newest as first_step
left join newest as second_step on first_step.customer_id = second_step.alias
left join newest as third_step on second_step.customer_id = third_step.alias
left join newest as fourth_step on third_step.customer_id = fourth_step.alias
