/*
    What follows churn to 0 can only be a reactivation, so the next movement is the return. The subscription is the one
    whose loss was the churn, as it was when the day began.
*/
with followed as (
    select
        customer_id,
        movement_type,
        movement_date as churn_date,
        churn_kind,
        churned_subscription_id,
        lead(movement_date) over (partition by customer_id order by movement_date) as return_date
    from {{ ref('fct_mrr_movements') }}
),

ranked as (
    select
        *,
        {{ month_of('churn_date') }} as month,
        {{ date_plus('churn_date', 12, 'month') }} as last_return_date,
        row_number() over (
            partition by customer_id, {{ month_of('churn_date') }} order by churn_date desc
        ) as rank_from_close
    from followed
    where movement_type = 'churn'
),

churners as (
    select
        *,
        {{ start_of_date('churn_date') }} as day_began_at
    from ranked
    where rank_from_close = 1
)

select
    churners.month,
    churners.customer_id,
    churners.churn_date,
    churners.churn_kind,
    churners.churned_subscription_id,
    coalesce(spans.offer_id, '(none)') as offer_id,
    {{ subscription_cuts('spans') }},
    coalesce(spans.currency, '(none)') as price_currency,
    churners.return_date,
    case
        when churners.return_date <= churners.last_return_date then 'resubscribed'
        when churners.last_return_date < {{ report_date(as_of()) }} then 'stayed_away'
        else 'undecided'
    end as outcome
from churners
left join {{ ref('int_subscription_spans') }} as spans
    on churners.churned_subscription_id = spans.subscription_id
        and churners.day_began_at > spans.valid_from
        and (spans.valid_to is null or churners.day_began_at <= spans.valid_to)
