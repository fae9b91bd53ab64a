select
    offer_id,
    {{ month_of('close_date') }} as month,
    sum(started_subscriptions) as started_subscriptions,
    sum(returned_subscriptions) as returned_subscriptions,
    sum(switched_in_subscriptions) as switched_in_subscriptions,
    sum(switched_out_subscriptions) as switched_out_subscriptions,
    sum(left_subscriptions) as left_subscriptions
from {{ ref('fct_offer_changes') }}
group by offer_id, {{ month_of('close_date') }}
