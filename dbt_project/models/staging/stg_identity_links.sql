-- An e-mail address that a customer gave is a link as well, since senders that know nothing else know that.
-- A link of the kind customer (or customer_id) is of two ids as feeds give them, as after a merger of accounts.
select
    case
        when alias_kind in ('customer', 'customer_id') then alias_value
        else concat(alias_kind, ':', alias_value)
    end as alias,
    alias_value,
    customer_id,
    recorded_at,
    coalesce({{ is_newly_known('recorded_at', 'recorded_at') }}, false) as is_newly_known
from {{ source('raw', 'identity_links') }}
where recorded_at is null or recorded_at <= {{ as_of() }}
union all
select
    concat('email_hash:', {{ sha256('lower(trim(email))') }}) as alias,
    cast(null as {{ dbt.type_string() }}) as alias_value,
    customer_id,
    recorded_at,
    coalesce({{ is_newly_known('recorded_at', 'occurred_at') }}, false) as is_newly_known
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
        union all
        select 1 from {{ source('raw', 'support_tickets') }} as tickets
        where tickets.customer_id like 'email_hash:%'
        union all
        select 1 from {{ source('raw', 'engagement_daily') }} as days
        where days.customer_id like 'email_hash:%'
    )
