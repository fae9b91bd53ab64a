{{ config(**incremental_by('subscription_id')) }}
-- Neighbouring spans with the same state are one.
with compared as (
    select
        *,
        lag(status) over (partition by subscription_id order by valid_from) as previous_status,
        lag(auto_renew) over (partition by subscription_id order by valid_from) as previous_auto_renew,
        lag(offer_id) over (partition by subscription_id order by valid_from) as previous_offer_id,
        lag(mrr) over (partition by subscription_id order by valid_from) as previous_mrr
    from {{ ref('int_subscription_spans') }}
    where {{ is_recomputed('subscription_id') }}
),

islands as (
    select
        *,
        sum(
            case
                when
                    status = previous_status
                    and auto_renew = previous_auto_renew
                    and offer_id is not distinct from previous_offer_id
                    and mrr = previous_mrr
                    then 0
                else 1
            end
        ) over (partition by subscription_id order by valid_from rows unbounded preceding) as island
    from compared
)

select
    subscription_id,
    customer_id,
    min(valid_from) as valid_from,
    case when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to) end as valid_to,
    status,
    auto_renew,
    offer_id,
    mrr
from islands
group by subscription_id, customer_id, island, status, auto_renew, offer_id, mrr
