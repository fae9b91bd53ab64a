{{ config(
    materialized='incremental',
    pre_hook="{{ forget_transactions_told_anew() }}",
    meta={'kept_by': 'customer_id'},
) }}
-- A build that continues another adds new payments, and values anew those of a day whose exchange rate has changed.
with payments as (
    select
        *,
        {{ report_date('occurred_at') }} as payment_date
    from {{ ref('stg_payment_events') }}
    {%- if is_continued() %}
    where is_newly_known
    union all
    select
        payments.*,
        {{ report_date('payments.occurred_at') }} as payment_date
    from {{ ref('stg_payment_events') }} as payments
    inner join {{ ref('int_exchange_rates') }} as changed
        on payments.currency = changed.currency
            and {{ report_date('payments.occurred_at') }} = changed.used_date
    where changed.has_changed and not payments.is_newly_known
    {%- endif %}
),

-- There are few amounts a day beside the payments of them, and each is valued once.
amounts as (
    select
        used.currency,
        used.payment_date,
        used.amount,
        used.tax_amount,
        {{ converted('used.amount', 'rates.rate_to_reporting') }} as amount_reporting,
        {{ converted('used.amount - used.tax_amount', 'rates.rate_to_reporting') }} as net_reporting
    from (
        select distinct
            currency,
            payment_date,
            amount,
            coalesce(tax_amount, 0) as tax_amount
        from payments
    ) as used
    left join {{ ref('int_exchange_rates') }} as rates
        on used.currency = rates.currency and used.payment_date = rates.used_date
)

select
    payments.event_id,
    payments.transaction_id,
    payments.customer_id,
    payments.subscription_id,
    payments.offer_id,
    payments.event_type,
    payments.occurred_at,
    payments.amount,
    payments.tax_amount,
    payments.fee_amount,
    payments.currency,
    amounts.amount_reporting,
    cast(
        case
            when payments.event_type in ('succeeded', 'chargeback_reversed') then amounts.net_reporting
            when payments.event_type in ('refunded', 'chargeback') then -amounts.net_reporting
            else 0
        end as {{ money() }}
    ) as revenue_reporting,
    payments.product_kind,
    payments.provider,
    payments.payment_method,
    payments.failure_code,
    cast(payments.attempt as integer) as attempt,
    payments.original_transaction_id,
    payments.country,
    payments.channel,
    payments.coupon_code
from payments
left join amounts
    on payments.currency = amounts.currency
        and payments.payment_date = amounts.payment_date
        and payments.amount = amounts.amount
        and coalesce(payments.tax_amount, 0) = amounts.tax_amount
