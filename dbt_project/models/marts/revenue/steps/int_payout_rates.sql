-- The exchange rate of each payout's currency on its day; a payout of a currency without any rate has none.
with payouts as (
    select
        payout_id,
        currency,
        {{ report_date('paid_at') }} as used_date
    from {{ ref('stg_payouts') }}
),

used as (
    select distinct
        currency,
        used_date
    from payouts
),

rates as (
    {{ rates_on('used') }}
)

select
    payouts.payout_id,
    rates.rate_to_reporting
from payouts
left join rates
    on payouts.currency = rates.currency and payouts.used_date = rates.used_date
