-- Each switch with what a question can be cut by; its customer's attributes are joined by who asks.
select
    switches.switch_date,
    switches.subscription_id,
    switches.customer_id,
    switches.from_offer,
    switches.to_offer,
    switches.direction,
    coalesce(subscriptions.channel, '(none)') as channel,
    coalesce(subscriptions.provider, '(none)') as provider,
    {{ interval_name('subscriptions.billing_interval', 'subscriptions.billing_interval_count') }} as price_interval,
    switches.is_paying,
    switches.mrr_change
from {{ ref('int_offer_switches') }} as switches
left join {{ ref('fct_subscriptions') }} as subscriptions on switches.subscription_id = subscriptions.subscription_id
