-- What the clock moves is worked out anew by every build; the rest stays as it is until somebody's events change it.
select
    customer_id,
    first_paid_date,
    {{ month_of('first_paid_date') }} as cohort_month,
    {{ week_of('first_paid_date') }} as cohort_week,
    first_churn_date,
    cast(
        {{ days_between('first_paid_date', 'coalesce(first_churn_date, ' ~ report_date(as_of()) ~ ')') }} as integer
    ) as days_to_first_churn,
    opening_mrr,
    first_offer,
    channel,
    acquisition_channel,
    acquisition_campaign,
    first_coupon,
    country,
    first_interval,
    renewal_months
from {{ ref('int_customer_starts') }}
