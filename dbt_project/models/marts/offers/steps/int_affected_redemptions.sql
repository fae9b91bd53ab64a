/*
    The subscriptions whose redemptions have to be looked at again: affected ones, and those of which the clock alone
    may decide what became of a discount. A build that computes everything needs no list.
*/
select subscription_id
from {{ ref('int_affected_subscriptions') }}
where {{ is_incremental_build() }}
{%- if is_incremental_build() %}
    union
    select subscription_id
    from {{ previous_build_table('offers', 'fct_coupon_redemptions') }}
    where
        outcome_30_days in ('in_discount', 'undecided')
        or outcome_90_days in ('in_discount', 'undecided')
{%- endif %}
