-- The exchange rate of each payout's currency on its day, by the rule of int_exchange_rates; a payout of a currency
-- without any rate has none.
with rates as (
    select
        currency,
        rate_to_reporting,
        rate_date,
        row_number() over (partition by currency order by rate_date) as rate_number,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('stg_fx_rates') }}
)

select
    payouts.payout_id,
    case
        when payouts.currency = '{{ build_variable("reporting_currency") }}' then cast(1 as decimal(28, 12))
        else rates.rate_to_reporting
    end as rate_to_reporting
from {{ ref('stg_payouts') }} as payouts
left join rates
    on payouts.currency = rates.currency
        and ({{ report_date('payouts.paid_at') }} >= rates.rate_date or rates.rate_number = 1)
        and ({{ report_date('payouts.paid_at') }} < rates.next_rate_date or rates.next_rate_date is null)
