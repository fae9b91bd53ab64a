{{ config(materialized='table') }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    What each reversal takes back in tax and in the reporting currency: its share of its payment, at the rate of the
    payment's day, if both are of one currency, else what it says itself at the rate of its own day. What the rate of
    its own day would make of it beyond that is the exchange difference, so that rates alone change no revenue.

    Shares are differences of what has been taken back of the payment with a reversal and before it, so that a payment
    that is taken back in full, in however many pieces, leaves exactly nothing.
*/
{%- set history = "partition by payment_event_id, is_share order by occurred_at, event_id rows unbounded preceding" %}

with taken as (
    select
        *,
        case when event_type = 'chargeback_reversed' then -1 else 1 end as direction,
        coalesce(currency = payment_currency and payment_amount > 0, false) as is_share
    from {{ ref('int_reversals') }}
),

added as (
    select
        *,
        case
            when is_share then sum(direction * amount) over ({{ history }}) else direction * amount
        end as amount_after
    from taken
),

taxed as (
    select
        event_id,
        occurred_at,
        payment_event_id,
        payment_occurred_at,
        currency,
        direction,
        is_share,
        has_news,
        amount,
        amount_after,
        coalesce(
            tax_amount,
            case
                when is_share and payment_tax_amount is not null
                    then direction * (
                        {{ signed_share(
                            'amount_after', 'cast(payment_tax_amount * 10000 as hugeint)',
                            'cast(payment_amount * 10000 as hugeint)'
                        ) }}
                        - {{ signed_share(
                            'amount_after - direction * amount', 'cast(payment_tax_amount * 10000 as hugeint)',
                            'cast(payment_amount * 10000 as hugeint)'
                        ) }}
                    )
            end
        ) as tax_amount
    from added
),

netted as (
    select
        *,
        amount - coalesce(tax_amount, 0) as net,
        case
            when is_share then sum(direction * (amount - coalesce(tax_amount, 0))) over ({{ history }})
            else direction * (amount - coalesce(tax_amount, 0))
        end as net_after
    from taxed
),

rated as (
    select
        netted.*,
        own.rate_to_reporting as own_rate,
        case when netted.is_share then paid.rate_to_reporting else own.rate_to_reporting end as rate,
        netted.has_news or coalesce(own.has_changed, false) or coalesce(paid.has_changed, false) as is_affected
    from netted
    left join {{ ref('int_exchange_rates') }} as own
        on netted.currency = own.currency and {{ report_date('netted.occurred_at') }} = own.used_date
    left join {{ ref('int_exchange_rates') }} as paid
        on netted.currency = paid.currency and {{ report_date('netted.payment_occurred_at') }} = paid.used_date
),

valued as (
    select
        event_id,
        is_affected,
        tax_amount,
        direction * (
            {{ signed_converted('amount_after', 'rate') }}
            - {{ signed_converted('amount_after - direction * amount', 'rate') }}
        ) as amount_reporting,
        {{ signed_converted('net_after - direction * net', 'rate') }}
        - {{ signed_converted('net_after', 'rate') }} as revenue_reporting,
        case when own_rate <> rate then -direction * {{ signed_converted('net', 'own_rate') }} end
            as revenue_at_own_rate
    from rated
)

select
    event_id,
    is_affected as has_news,
    cast(tax_amount as {{ sent_amount() }}) as tax_amount,
    cast(amount_reporting as {{ money() }}) as amount_reporting,
    cast(revenue_reporting as {{ money() }}) as revenue_reporting,
    cast(coalesce(revenue_at_own_rate - revenue_reporting, 0) as {{ money() }}) as exchange_difference_reporting
from valued
