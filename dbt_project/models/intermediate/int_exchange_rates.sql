/*
    The exchange rate of every currency on every day that needs one, because a price was set or a payment made:
    the latest on or before the day, the earliest if there is none, 1 for the reporting currency.
*/
with used as (
    select
        currency,
        {{ report_date('occurred_at') }} as used_date
    from {{ ref('stg_subscription_events') }}
    where event_type in ('trial_started', 'started', 'trial_converted', 'renewed', 'plan_changed')
    union
    select
        currency,
        {{ report_date('occurred_at') }} as used_date
    from {{ ref('stg_payment_events') }}
),

rates as (
    select
        currency,
        rate_to_reporting,
        rate_date,
        row_number() over (partition by currency order by rate_date) as rate_number,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('stg_fx_rates') }}
)

select
    used.currency,
    used.used_date,
    case
        when used.currency = '{{ build_variable("reporting_currency") }}' then cast(1 as decimal(28, 12))
        else rates.rate_to_reporting
    end as rate_to_reporting
from used
left join rates
    on used.currency = rates.currency
        and (used.used_date >= rates.rate_date or rates.rate_number = 1)
        and (used.used_date < rates.next_rate_date or rates.next_rate_date is null)
