-- Many payments of a day are alike, and each kind of them is valued once.
with alike as (
    select
        {{ report_date('occurred_at') }} as payment_date,
        coalesce(product_kind, '(none)') as product_kind,
        coalesce(provider, '(none)') as provider,
        currency,
        event_type,
        coalesce(tax_amount, 0) as tax_amount,
        coalesce(fee_amount, 0) as fee_amount,
        count(*) as payments,
        sum(amount) as amount,
        sum(amount_reporting) as amount_reporting,
        sum(revenue_reporting) as revenue_reporting,
        sum(exchange_difference_reporting) as exchange_difference_reporting
    from {{ ref('fct_transactions') }}
    group by
        {{ report_date('occurred_at') }},
        coalesce(product_kind, '(none)'),
        coalesce(provider, '(none)'),
        currency,
        event_type,
        coalesce(tax_amount, 0),
        coalesce(fee_amount, 0)
),

signed as (
    select
        {{ month_of('alike.payment_date') }} as month,
        alike.product_kind,
        alike.provider,
        alike.currency,
        alike.event_type,
        alike.payments,
        alike.amount,
        alike.amount_reporting,
        alike.revenue_reporting,
        alike.exchange_difference_reporting,
        alike.payments * alike.fee_amount as fee_amount,
        alike.payments * {{ converted('alike.fee_amount', 'rates.rate_to_reporting') }} as fee_reporting,
        case
            when alike.event_type in ('succeeded', 'chargeback_reversed') then alike.payments
            when alike.event_type in ('refunded', 'chargeback') then -alike.payments
            else 0
        end * alike.tax_amount as tax_amount
    from alike
    left join {{ ref('int_exchange_rates') }} as rates
        on alike.currency = rates.currency and alike.payment_date = rates.used_date
),

sums as (
    select
        month,
        product_kind,
        provider,
        currency,
        sum(case when event_type = 'succeeded' then payments else 0 end) as succeeded_payments,
        sum(case when event_type = 'failed' then payments else 0 end) as failed_payments,
        sum(case when event_type = 'succeeded' then amount else 0 end) as gross_amount,
        sum(case when event_type = 'refunded' then -amount else 0 end) as refunded_amount,
        sum(case when event_type = 'chargeback' then -amount else 0 end) as chargeback_amount,
        sum(case when event_type = 'chargeback_reversed' then amount else 0 end) as chargeback_reversed_amount,
        -sum(tax_amount) as tax_amount,
        -sum(fee_amount) as fee_amount,
        sum(case when event_type = 'succeeded' then amount_reporting else 0 end) as gross_reporting,
        sum(revenue_reporting) as revenue_reporting,
        sum(case when product_kind = 'subscription' then 0 else revenue_reporting end) as non_recurring_reporting,
        sum(revenue_reporting - fee_reporting) as net_reporting,
        sum(exchange_difference_reporting) as exchange_difference_reporting
    from signed
    group by month, product_kind, provider, currency
)

select
    month,
    product_kind,
    provider,
    currency,
    cast(succeeded_payments as bigint) as succeeded_payments,
    cast(failed_payments as bigint) as failed_payments,
    {%- for column in ["gross_amount", "refunded_amount", "chargeback_amount", "chargeback_reversed_amount"] %}
        cast({{ column }} as {{ money() }}) as {{ column }},
    {%- endfor %}
    cast(tax_amount as {{ money() }}) as tax_amount,
    cast(fee_amount as {{ money() }}) as fee_amount,
    cast(
        gross_amount + refunded_amount + chargeback_amount + chargeback_reversed_amount + tax_amount + fee_amount
        as {{ money() }}
    ) as net_amount,
    cast(gross_reporting as {{ money() }}) as gross_reporting,
    cast(revenue_reporting as {{ money() }}) as revenue_reporting,
    cast(non_recurring_reporting as {{ money() }}) as non_recurring_reporting,
    cast(net_reporting as {{ money() }}) as net_reporting,
    cast(exchange_difference_reporting as {{ money() }}) as exchange_difference_reporting,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from sums
