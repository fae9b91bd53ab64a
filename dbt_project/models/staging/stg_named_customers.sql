-- Whom tickets, stores' purchases and price tests name, in any version that was known.
select customer_id
from {{ source('raw', 'support_tickets') }}
where coalesce(recorded_at, opened_at) <= {{ as_of() }} and opened_at <= {{ as_of() }}
union
select customer_id
from {{ source('raw', 'store_purchases') }}
where customer_id is not null and recorded_at <= {{ as_of() }}
union
select customer_id
from {{ source('raw', 'price_test_assignments') }}
where customer_id is not null and {{ is_known('recorded_at', 'occurred_at') }}
