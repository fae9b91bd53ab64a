with trials_started as (
    select
        coalesce(offer_id, '(none)') as offer_id,
        {{ month_of(report_date('started_at')) }} as month,
        count(*) as trials_started
    from {{ ref('int_retention_trials') }}
    group by coalesce(offer_id, '(none)'), {{ month_of(report_date('started_at')) }}
),

-- Trials that end later than the month of the as-of instant have no month yet.
trials_ended as (
    select *
    from {{ ref('fct_trial_funnel_by_dimension') }}
    where dimension = 'offer' and month <= {{ month_of(report_date(as_of())) }}
),

revenue as (
    select *
    from {{ ref('fct_mrr_by_dimension') }}
    where dimension = 'offer'
),

-- Who churned in a month paid for the offers on which they had MRR at its open.
paid as (
    select
        customer_id,
        dimension_value as offer_id,
        movement_date,
        mrr_after,
        lead(movement_date) over (
            partition by customer_id, dimension_value order by movement_date
        ) as next_movement_date
    from {{ ref('fct_mrr_movements_by_dimension') }}
    where dimension = 'offer'
),

churned as (
    select
        paid.offer_id,
        churners.month,
        count(*) as churned_customers
    from {{ ref('int_customer_months') }} as churners
    inner join paid
        on churners.customer_id = paid.customer_id
            and churners.month > paid.movement_date
            and (paid.next_movement_date is null or churners.month <= paid.next_movement_date)
    where churners.change_in_month = 'churned' and paid.mrr_after > 0
    group by paid.offer_id, churners.month
),

first_months as (
    select
        offer_id,
        min(month) as first_month
    from (
        select
            offer_id,
            month
        from {{ ref('int_offer_changes') }}
        union all
        select
            offer_id,
            month
        from trials_started
        union all
        select
            dimension_value as offer_id,
            month
        from trials_ended
        union all
        select
            dimension_value as offer_id,
            month
        from revenue
    ) as activity
    group by offer_id
),

spine as (
    select
        offer_id,
        {{ months_from_to('first_month', month_of(report_date(as_of()))) }} as month
    from first_months
),

joined as (
    select
        spine.month,
        spine.offer_id,
        coalesce(changes.started_subscriptions, 0) as started_subscriptions,
        coalesce(changes.returned_subscriptions, 0) as returned_subscriptions,
        coalesce(changes.switched_in_subscriptions, 0) as switched_in_subscriptions,
        coalesce(changes.switched_out_subscriptions, 0) as switched_out_subscriptions,
        coalesce(changes.left_subscriptions, 0) as left_subscriptions,
        coalesce(trials_started.trials_started, 0) as trials_started,
        coalesce(trials_ended.ended_trials, 0) as ended_trials,
        coalesce(trials_ended.converted_trials, 0) as converted_trials,
        coalesce(trials_ended.lost_trials, 0) as lost_trials,
        trials_ended.conversion_rate,
        coalesce(revenue.opening_mrr, 0) as opening_mrr,
        coalesce(revenue.closing_mrr, 0) as closing_mrr,
        coalesce(revenue.closing_customers, 0) as closing_customers,
        coalesce(churned.churned_customers, 0) as churned_customers,
        coalesce(trials_ended.is_complete, true) as is_decided
    from spine
    left join {{ ref('int_offer_changes') }} as changes
        on spine.offer_id = changes.offer_id and spine.month = changes.month
    left join trials_started on spine.offer_id = trials_started.offer_id and spine.month = trials_started.month
    left join trials_ended on spine.offer_id = trials_ended.dimension_value and spine.month = trials_ended.month
    left join revenue on spine.offer_id = revenue.dimension_value and spine.month = revenue.month
    left join churned on spine.offer_id = churned.offer_id and spine.month = churned.month
),

running as (
    select
        *,
        sum(
            started_subscriptions + returned_subscriptions + switched_in_subscriptions
            - switched_out_subscriptions - left_subscriptions
        ) over (partition by offer_id order by month rows unbounded preceding) as closing_subscriptions,
        lag(closing_customers, 1, 0) over (partition by offer_id order by month) as opening_customers
    from joined
)

select
    month,
    offer_id,
    cast(
        closing_subscriptions - started_subscriptions - returned_subscriptions - switched_in_subscriptions
        + switched_out_subscriptions + left_subscriptions as bigint
    ) as opening_subscriptions,
    {%- for column in ["started", "returned", "switched_in", "switched_out", "left", "closing"] %}
        cast({{ column }}_subscriptions as bigint) as {{ column }}_subscriptions,
    {%- endfor %}
    cast(trials_started as bigint) as trials_started,
    cast(ended_trials as bigint) as ended_trials,
    cast(converted_trials as bigint) as converted_trials,
    cast(lost_trials as bigint) as lost_trials,
    conversion_rate,
    cast(opening_customers as bigint) as opening_customers,
    cast(churned_customers as bigint) as churned_customers,
    {{ ratio('churned_customers', 'opening_customers') }} as customer_churn_rate,
    cast(closing_customers as bigint) as closing_customers,
    cast(opening_mrr as {{ money() }}) as opening_mrr,
    cast(closing_mrr as {{ money() }}) as closing_mrr,
    month < {{ month_of(report_date(as_of())) }} and is_decided as is_complete
from running
