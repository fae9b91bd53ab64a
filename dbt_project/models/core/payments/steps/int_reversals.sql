{{ config(materialized='table') }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    Which payment each refund, chargeback and reversed chargeback is about: that of its own transaction, where there is
    one, and else of the one that it names as its original. A store's renewal names the first transaction of its chain,
    and a refund of it is about the renewal. What a reversal does not say of itself, it has from its payment.

    Reversals are few beside payments, so this is computed anew by every build; has_news marks those that may differ
    from the build before, by the names of the transactions that are new.
*/
{%- set inherited = [
    'subscription_id', 'offer_id', 'product_kind', 'provider', 'payment_method', 'country', 'channel', 'coupon_code'
] %}

with reversals as (
    select *
    from {{ ref('stg_payment_events') }}
    where {{ is_reversal_type('event_type') }}
),

names as (
    select transaction_id
    from reversals
    union
    select original_transaction_id as transaction_id
    from reversals
    where original_transaction_id is not null
),

payments as (
    select *
    from {{ ref('stg_payment_events') }}
    where event_type = 'succeeded' and transaction_id in (select names.transaction_id from names)
),

references_made as (
    select
        event_id,
        provider,
        transaction_id as referred_id,
        0 as is_original
    from reversals
    union all
    select
        event_id,
        provider,
        original_transaction_id as referred_id,
        1 as is_original
    from reversals
    where original_transaction_id is not null
),

ranked as (
    select
        references_made.event_id as reversal_event_id,
        payments.*,
        row_number() over (
            partition by references_made.event_id
            order by references_made.is_original, payments.occurred_at, payments.event_id
        ) as payment_rank
    from references_made
    inner join payments
        on references_made.referred_id = payments.transaction_id
            and coalesce(references_made.provider = payments.provider, true)
),

-- A new payment may take a reversal from the payment that it named as its original.
new_names as (
    select transaction_id
    from payments
    where is_newly_known
    union
    select reversals.transaction_id
    from reversals
    where reversals.is_newly_known
    union
    select reversals.original_transaction_id as transaction_id
    from reversals
    left join payments on reversals.transaction_id = payments.transaction_id and payments.is_newly_known
    where
        (reversals.is_newly_known or payments.event_id is not null)
        and reversals.original_transaction_id is not null
)

select
    reversals.event_id,
    reversals.event_type,
    reversals.occurred_at,
    reversals.customer_id,
    reversals.transaction_id,
    coalesce(payments.transaction_id, reversals.original_transaction_id, reversals.transaction_id) as purchase_id,
    reversals.amount,
    reversals.tax_amount,
    reversals.currency,
    {%- for column in inherited %}
        coalesce(reversals.{{ column }}, payments.{{ column }}) as {{ column }},
    {%- endfor %}
    payments.event_id as payment_event_id,
    payments.occurred_at as payment_occurred_at,
    payments.amount as payment_amount,
    payments.tax_amount as payment_tax_amount,
    payments.currency as payment_currency,
    reversals.is_newly_known
    or coalesce(reversals.transaction_id in (select new_names.transaction_id from new_names), false)
    or coalesce(reversals.original_transaction_id in (select new_names.transaction_id from new_names), false)
    as has_news
from reversals
left join ranked as payments
    on reversals.event_id = payments.reversal_event_id and payments.payment_rank = 1
