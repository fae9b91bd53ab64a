{{ config(**incremental_features(days='int_affected_feature_mart_days')) }}
/*
    What was known of each paying customer at the close of each feature day; what the churn model learns and scores by.
    A null means that it does not apply or is not known; counts without anything to count are 0.
*/
with joined as (
    select
        customers.feature_date,
        customers.customer_id,
        subscriptions.subscription_id,
        customers.tenure_days,
        customers.spell_days,
        customers.returns,
        subscriptions.live_subscriptions,
        subscriptions.status,
        subscriptions.auto_renew,
        subscriptions.days_since_cancel,
        subscriptions.cancel_reverts,
        subscriptions.cancellations,
        subscriptions.days_since_cancel_reverted,
        subscriptions.days_in_grace,
        subscriptions.grace_spells,
        subscriptions.billing_months,
        subscriptions.monthly_price,
        subscriptions.currency,
        subscriptions.discount_share,
        subscriptions.days_to_discount_end,
        subscriptions.days_since_discount_end,
        subscriptions.days_to_period_end,
        subscriptions.price_rise_share,
        subscriptions.days_since_price_rise,
        subscriptions.price_rises,
        subscriptions.days_since_downgrade,
        subscriptions.began_with_trial,
        subscriptions.began_with_coupon,
        subscriptions.provider,
        subscriptions.channel,
        subscriptions.offer_id,
        people.country,
        people.acquisition_channel,
        people.acquisition_campaign,
        payments.payment_failures_30,
        payments.payment_failures_90,
        payments.refunds_90,
        payments.dunning_cases_365,
        payments.days_since_failure,
        payments.days_since_success,
        payments.payment_method,
        payments.failure_code,
        {%- for window in feature_windows() %}
            viewing.minutes_{{ window }},
            viewing.active_days_{{ window }},
        {%- endfor %}
        viewing.live_share_28,
        viewing.flagship_share_28,
        viewing.days_since_viewing,
        viewing.season_ending_share,
        viewing.season_ended_share,
        viewing.season_starting_share,
        support.support_tickets_30,
        support.support_tickets_90,
        support.lowest_csat_90
    from {{ ref('int_feature_customers') }} as customers
    left join {{ ref('int_feature_subscriptions') }} as subscriptions
        on customers.feature_date = subscriptions.feature_date and customers.customer_id = subscriptions.customer_id
    left join {{ ref('int_feature_people') }} as people
        on customers.feature_date = people.feature_date and customers.customer_id = people.customer_id
    left join {{ ref('int_feature_payments') }} as payments
        on customers.feature_date = payments.feature_date and customers.customer_id = payments.customer_id
    left join {{ ref('int_feature_viewing') }} as viewing
        on customers.feature_date = viewing.feature_date and customers.customer_id = viewing.customer_id
    left join {{ ref('int_feature_support') }} as support
        on customers.feature_date = support.feature_date and customers.customer_id = support.customer_id
    where
        {{ is_affected_feature_row(
            'customers.feature_date', 'customers.customer_id', days='int_affected_feature_mart_days'
        ) }}
)

select
    joined.feature_date,
    joined.customer_id,
    joined.subscription_id,
    cast(joined.tenure_days as integer) as tenure_days,
    cast(joined.spell_days as integer) as spell_days,
    cast(joined.returns as integer) as returns,
    cast(coalesce(joined.live_subscriptions, 0) as integer) as live_subscriptions,
    joined.status,
    coalesce(joined.auto_renew, true) as auto_renew,
    case when not joined.auto_renew then joined.days_to_period_end end as days_to_end_when_off,
    joined.days_since_cancel,
    cast(coalesce(joined.cancel_reverts, 0) as integer) as cancel_reverts,
    cast(coalesce(joined.cancellations, 0) as integer) as cancellations,
    joined.days_since_cancel_reverted,
    joined.days_in_grace,
    cast(coalesce(joined.grace_spells, 0) as integer) as grace_spells,
    joined.billing_months,
    joined.monthly_price,
    joined.monthly_price / nullif(usual_prices.median_price, 0) as price_position,
    cast(coalesce(joined.discount_share, 0) as double) as discount_share,
    joined.days_to_discount_end,
    joined.days_since_discount_end,
    joined.days_to_period_end,
    joined.price_rise_share,
    joined.days_since_price_rise,
    cast(coalesce(joined.price_rises, 0) as integer) as price_rises,
    joined.days_since_downgrade,
    joined.began_with_trial,
    joined.began_with_coupon,
    {%- for name in ['provider', 'channel', 'offer_id', 'country', 'acquisition_channel', 'acquisition_campaign'] %}
        coalesce(joined.{{ name }}, 'unknown') as {{ name }},
    {%- endfor %}
    coalesce(joined.payment_method, 'unknown') as payment_method,
    coalesce(joined.failure_code, 'unknown') as failure_code,
    {%- for name in ['payment_failures_30', 'payment_failures_90', 'refunds_90', 'dunning_cases_365'] %}
        cast(coalesce(joined.{{ name }}, 0) as integer) as {{ name }},
    {%- endfor %}
    joined.days_since_failure,
    joined.days_since_success,
    {%- for window in feature_windows() %}
        cast(coalesce(joined.minutes_{{ window }}, 0) as double) as minutes_{{ window }},
        cast(coalesce(joined.active_days_{{ window }}, 0) as integer) as active_days_{{ window }},
    {%- endfor %}
    joined.days_since_viewing,
    joined.live_share_28,
    cast(joined.flagship_share_28 as double) as flagship_share_28,
    {%- for name in ['season_ending_share', 'season_ended_share', 'season_starting_share'] %}
        cast(coalesce(joined.{{ name }}, 0) as double) as {{ name }},
    {%- endfor %}
    cast(coalesce(joined.support_tickets_30, 0) as integer) as support_tickets_30,
    cast(coalesce(joined.support_tickets_90, 0) as integer) as support_tickets_90,
    joined.lowest_csat_90,
    cast(extract(month from joined.feature_date) as integer) as month_of_year
from joined
left join {{ ref('int_feature_usual_prices') }} as usual_prices
    on joined.feature_date = usual_prices.feature_date and joined.currency = usual_prices.currency
