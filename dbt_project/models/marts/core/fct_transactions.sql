with signed as (
    select
        payments.*,
        rates.rate_to_reporting,
        case
            when payments.event_type in ('succeeded', 'chargeback_reversed') then 1
            when payments.event_type in ('refunded', 'chargeback') then -1
            else 0
        end as revenue_sign
    from {{ ref('stg_payment_events') }} as payments
    left join {{ ref('int_exchange_rates') }} as rates
        on payments.currency = rates.currency
            and {{ report_date('payments.occurred_at') }} = rates.used_date
)

select
    event_id,
    transaction_id,
    customer_id,
    subscription_id,
    offer_id,
    event_type,
    occurred_at,
    amount,
    tax_amount,
    fee_amount,
    currency,
    {{ converted('amount', 'rate_to_reporting') }} as amount_reporting,
    cast(
        revenue_sign * {{ converted('amount - coalesce(tax_amount, 0)', 'rate_to_reporting') }} as {{ money() }}
    ) as revenue_reporting,
    product_kind,
    provider,
    payment_method,
    failure_code,
    cast(attempt as integer) as attempt,
    original_transaction_id,
    country,
    channel,
    coupon_code
from signed
