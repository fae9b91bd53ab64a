-- Each switch with what a question can be cut by; its customer's attributes are joined by who asks.
select
    switches.switch_date,
    switches.subscription_id,
    switches.customer_id,
    switches.from_offer,
    switches.to_offer,
    switches.direction,
    {{ subscription_cuts('subscriptions') }},
    switches.is_paying,
    switches.mrr_change
from {{ ref('int_offer_switches') }} as switches
left join {{ ref('fct_subscriptions') }} as subscriptions on switches.subscription_id = subscriptions.subscription_id
