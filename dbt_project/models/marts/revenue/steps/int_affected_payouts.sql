/*
    The payouts with news: new or corrected ones, and those that list a transaction with a new payment event, or one
    that a new payout lists or listed. A build that computes everything needs no list.
*/
{%- set payouts = ref('stg_payouts') %}
{%- set payments = ref('stg_payment_events') %}
{%- set reversals = ref('int_reversals') %}
{%- if not is_incremental_build() %}
    select payout_id
    from {{ payouts }}
    where false
{%- else %}
with listings as (
    select
        payout_id,
        transaction_id
    from {{ previous_build_table('intermediate', 'int_payout_listings') }}
),

changed as (
    select
        payout_id,
        transaction_ids
    from {{ payouts }}
    where is_newly_known
),

transactions as (
    select transaction_id
    from {{ payments }}
    where is_newly_known
    union
    select transaction_id
    from {{ reversals }}
    where has_news
    union
    select {{ strings_of_json_array('transaction_ids') }} as transaction_id
    from changed
    union
    select listings.transaction_id
    from listings
    inner join changed on listings.payout_id = changed.payout_id
)

select payout_id
from changed
union
-- Their rates may have changed.
select payout_id
from {{ previous_build_table('revenue', 'fct_payout_reconciliation') }}
where transactions_in_other_currency > 0
union
select listings.payout_id
from listings
inner join transactions on listings.transaction_id = transactions.transaction_id
{%- endif %}
