{{ config(
    materialized='incremental',
    pre_hook="{{ delete_restated_transactions() }}",
    meta={'kept_by': 'customer_id'},
) }}
-- A build that continues another adds new payments, and values anew those of a day whose exchange rate has changed and
-- the reversals of a payment with news. What a reversal does not say, it has from its payment.
{%- set values = ref('int_reversal_values') %}
{%- set rates = ref('int_exchange_rates') %}

with payments as (
    select
        *,
        {{ report_date('occurred_at') }} as payment_date
    from {{ ref('stg_payment_events') }}
    {%- if is_incremental_model() %}
    where is_newly_known
    union all
    select
        payments.*,
        {{ report_date('payments.occurred_at') }} as payment_date
    from {{ ref('stg_payment_events') }} as payments
    left join {{ rates }} as changed
        on payments.currency = changed.currency
            and {{ report_date('payments.occurred_at') }} = changed.used_date
            and changed.has_changed
    where
        not payments.is_newly_known
        and (
            changed.currency is not null
            or payments.event_id in (select reversals.event_id from {{ values }} as reversals where reversals.has_news)
        )
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
    left join {{ rates }} as rates
        on used.currency = rates.currency and used.payment_date = rates.used_date
)

select
    payments.event_id,
    payments.transaction_id,
    case
        when {{ is_reversal_type('payments.event_type') }} then reversals.purchase_id
        when payments.event_type = 'succeeded' then payments.transaction_id
        else coalesce(payments.original_transaction_id, payments.transaction_id)
    end as purchase_id,
    payments.customer_id,
    coalesce(payments.subscription_id, reversals.subscription_id) as subscription_id,
    coalesce(payments.offer_id, reversals.offer_id) as offer_id,
    payments.event_type,
    payments.occurred_at,
    payments.amount,
    coalesce(payments.tax_amount, taken.tax_amount) as tax_amount,
    payments.fee_amount,
    payments.currency,
    coalesce(taken.amount_reporting, amounts.amount_reporting) as amount_reporting,
    cast(
        case
            when {{ is_reversal_type('payments.event_type') }} then taken.revenue_reporting
            when payments.event_type = 'succeeded' then amounts.net_reporting
            else 0
        end as {{ money() }}
    ) as revenue_reporting,
    coalesce(taken.exchange_difference_reporting, cast(0 as {{ money() }})) as exchange_difference_reporting,
    coalesce(payments.product_kind, reversals.product_kind) as product_kind,
    coalesce(payments.provider, reversals.provider) as provider,
    coalesce(payments.payment_method, reversals.payment_method) as payment_method,
    payments.failure_code,
    cast(payments.attempt as integer) as attempt,
    payments.original_transaction_id,
    coalesce(payments.country, reversals.country) as country,
    coalesce(payments.channel, reversals.channel) as channel,
    coalesce(payments.coupon_code, reversals.coupon_code) as coupon_code
from payments
left join amounts
    on payments.currency = amounts.currency
        and payments.payment_date = amounts.payment_date
        and payments.amount = amounts.amount
        and coalesce(payments.tax_amount, 0) = amounts.tax_amount
left join {{ ref('int_reversals') }} as reversals on payments.event_id = reversals.event_id
left join {{ values }} as taken on payments.event_id = taken.event_id
