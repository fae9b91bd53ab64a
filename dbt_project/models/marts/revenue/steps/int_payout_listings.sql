{{ config(**incremental_by('payout_id')) }}
with elements as (
    select
        payout_id,
        provider,
        currency,
        paid_at,
        {{ strings_of_json_array('transaction_ids') }} as transaction_id
    from {{ ref('stg_payouts') }}
    where {{ is_affected('payout_id') }}
)

select
    payout_id,
    provider,
    currency,
    paid_at,
    transaction_id,
    count(*) as times_listed
from elements
where transaction_id is not null
group by payout_id, provider, currency, paid_at, transaction_id
