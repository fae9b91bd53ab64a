{{ config(**incremental_by('customer_id')) }}
-- The months in which a paid or free period of a customer was due to end: one that stood when the month of its end
-- began, or began in it, whether it was renewed, replaced or broken off before its end or not.
select distinct
    customer_id,
    {{ month_of(report_date('period_end')) }} as month
from {{ ref('int_subscription_moments') }}
where
    {{ is_paying('status') }}
    and period_end > occurred_at
    and (next_occurred_at is null or {{ report_date('next_occurred_at') }} >= {{ month_of(report_date('period_end')) }})
    and {{ is_affected('customer_id') }}
