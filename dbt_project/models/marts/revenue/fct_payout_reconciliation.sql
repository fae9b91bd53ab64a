-- noqa: disable=LT02,LT09
{{ config(**incremental_by('payout_id')) }}
/*
    A payment event is settled by the first payout of its provider, or of any where it names none, that lists its
    transaction and was paid when it had happened already, so that a refund under the id of its payment can be settled
    later than the payment. A transaction that is listed again with nothing new to settle was paid out twice.

    Events in another currency are converted at the rate of their day, over the payout's currency at that of its own.
    The provider's own rate is not known, so up to 3 % of what was converted may remain.
*/
with listed as (
    select
        *,
        row_number() over (partition by provider, transaction_id order by paid_at, payout_id) as listing_number
    from {{ ref('int_payout_listings') }}
    {%- if is_incremental_model() %}
    where
        transaction_id in (
            select affected.transaction_id from {{ ref('int_payout_listings') }} as affected
            where {{ is_affected('payout_id', 'affected.payout_id') }}
        )
        {%- endif %}
),

candidates as (
    select
        listed.payout_id,
        listed.transaction_id,
        listed.currency as payout_currency,
        payments.currency,
        {{ report_date('payments.occurred_at') }} as payment_date,
        payments.fee_amount,
        case when payments.event_type in ('refunded', 'chargeback') then -1 else 1 end * payments.amount as amount,
        row_number() over (
            partition by payments.event_id order by listed.paid_at, listed.payout_id
        ) as settlement_number
    from listed
    inner join {{ ref('fct_transactions') }} as payments
        on listed.transaction_id = payments.transaction_id
            and listed.provider = coalesce(payments.provider, listed.provider)
            and listed.paid_at >= payments.occurred_at
    where payments.event_type <> 'failed'
),

-- In the payout's currency, if that is another and both have a rate.
converted as (
    select
        candidates.*,
    {%- for column in ['amount', 'fee_amount'] %}
        case
            when candidates.currency = candidates.payout_currency
                then cast(candidates.{{ column }} as {{ money() }})
            when paid_out.rate_to_reporting > 0
                then {{ exchanged('candidates.' ~ column, 'paid.rate_to_reporting', 'paid_out.rate_to_reporting') }}
        end as settled_{{ column }},
    {%- endfor %}
        candidates.currency <> candidates.payout_currency as is_converted
    from candidates
    left join {{ ref('int_exchange_rates') }} as paid
        on candidates.currency = paid.currency and candidates.payment_date = paid.used_date
    left join {{ ref('int_payout_rates') }} as paid_out on candidates.payout_id = paid_out.payout_id
    where candidates.settlement_number = 1
),

settled as (
    select
        payout_id,
        transaction_id,
        sum(coalesce(settled_amount, 0)) as amount,
        sum(settled_fee_amount) as fee_amount,
        sum(case when is_converted then abs(coalesce(settled_amount, 0)) else 0 end) as converted_amount,
        max(case when is_converted then 1 else 0 end) as is_other_currency,
        max(case when settled_amount is null then 1 else 0 end) as has_no_rate
    from converted
    group by payout_id, transaction_id
),

transactions as (
    select
        found.payout_id,
        found.transaction_id,
        settled.amount,
        settled.fee_amount,
        settled.converted_amount,
        case when settled.payout_id is null then 0 else 1 end as is_settled,
        settled.is_other_currency,
        settled.has_no_rate
    from (select distinct candidates.payout_id, candidates.transaction_id from candidates) as found
    left join settled on found.payout_id = settled.payout_id and found.transaction_id = settled.transaction_id
),

sums as (
    select
        listed.payout_id,
        sum(coalesce(transactions.amount, 0)) as amount,
        sum(transactions.fee_amount) as fee_amount,
        count(*) as transactions,
        sum(case when transactions.payout_id is null then 1 else 0 end) as not_found,
        sum(
            listed.times_listed - 1
            + case when transactions.is_settled = 0 and listed.listing_number > 1 then 1 else 0 end
        ) as paid_twice,
        sum(coalesce(transactions.is_other_currency, 0)) as in_other_currency,
        sum(coalesce(transactions.converted_amount, 0)) as converted_amount,
        sum(coalesce(transactions.has_no_rate, 0)) as without_rate
    from listed
    left join transactions
        on listed.payout_id = transactions.payout_id and listed.transaction_id = transactions.transaction_id
    where {{ is_affected('payout_id', 'listed.payout_id') }}
    group by listed.payout_id
),

compared as (
    select
        payouts.*,
        sums.transactions,
        sums.not_found,
        sums.paid_twice,
        sums.in_other_currency,
        sums.without_rate,
        coalesce(sums.converted_amount, 0) as converted_amount,
        coalesce(sums.amount, 0) as transactions_gross_amount,
        -coalesce(sums.fee_amount, payouts.fee_amount, 0) as transactions_fee_amount
    from {{ ref('stg_payouts') }} as payouts
    left join sums on payouts.payout_id = sums.payout_id
    where {{ is_affected('payout_id', 'payouts.payout_id') }}
)

select
    payout_id,
    provider,
    paid_at,
    currency,
    cast(amount as {{ money() }}) as payout_amount,
    cast(transactions_gross_amount as {{ money() }}) as transactions_gross_amount,
    cast(transactions_fee_amount as {{ money() }}) as transactions_fee_amount,
    cast(transactions_gross_amount + transactions_fee_amount as {{ money() }}) as transactions_net_amount,
    cast(amount - transactions_gross_amount - transactions_fee_amount as {{ money() }}) as unexplained_amount,
    cast(coalesce(transactions, 0) as bigint) as transactions,
    cast(coalesce(not_found, 0) as bigint) as transactions_not_found,
    cast(coalesce(paid_twice, 0) as bigint) as transactions_paid_twice,
    cast(coalesce(in_other_currency, 0) as bigint) as transactions_in_other_currency,
    abs(amount - transactions_gross_amount - transactions_fee_amount) <= cast(0.03 as decimal(2, 2)) * converted_amount
    and coalesce(not_found, 0) + coalesce(paid_twice, 0) + coalesce(without_rate, 0) = 0 as is_reconciled
from compared
