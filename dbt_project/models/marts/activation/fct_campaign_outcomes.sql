{%- set traits = [
    'tenure_days', 'billing_months', 'price_position', 'discount_share', 'payment_failures_90', 'minutes_28',
    'minutes_prior_28', 'live_share_28',
] %}
-- What became of everybody assigned, at each horizon whose last day has closed: the churn target of the scores; and
-- what was known of them before, by which those are told apart on whom a campaign works.
with horizons as (
    {{ experiment_horizons() }}
),

due as (
    select
        assignments.campaign,
        assignments.customer_id,
        horizons.horizon_days,
        assignments.arm,
        assignments.stratum,
        assignments.propensity,
        assignments.churn_probability,
        assignments.mrr_before,
        assignments.assigned_date,
        {{ date_plus('assignments.assigned_date', 'horizons.horizon_days', 'day') }} as outcome_date
    from {{ ref('fct_campaign_assignments') }} as assignments
    cross join horizons
),

complete as (
    select *
    from due
    where outcome_date < {{ report_date(as_of()) }}
),

kept as (
    {{ mrr_at_outcome('campaign') }}
),

received as (
    {{ revenue_until_outcome(
        'campaign', churniq.report_date('transactions.occurred_at') ~ ' > complete.assigned_date'
    ) }}
),

-- The newest feature day before that of the assignment: a month end, on which a large base has a panel only.
before as (
    select
        complete.campaign,
        complete.customer_id,
        complete.horizon_days,
        {%- for trait in traits %}
            features.{{ trait }},
        {%- endfor %}
        row_number() over (
            partition by complete.campaign, complete.customer_id, complete.horizon_days
            order by features.feature_date desc
        ) as rank_from_latest
    from complete
    inner join {{ ref('fct_customer_features') }} as features
        on complete.customer_id = features.customer_id and complete.assigned_date > features.feature_date
)

select
    complete.campaign,
    complete.customer_id,
    complete.horizon_days,
    complete.arm,
    complete.stratum,
    complete.propensity,
    complete.churn_probability,
    complete.mrr_before,
    {%- for trait in traits %}
        before.{{ trait }},
    {%- endfor %}
    complete.assigned_date,
    complete.outcome_date,
    coalesce(kept.mrr, 0) > 0 as is_retained,
    cast(coalesce(kept.mrr, 0) as {{ money() }}) as mrr,
    cast(coalesce(received.revenue, 0) as {{ money() }}) as revenue
from complete
left join kept
    on complete.campaign = kept.campaign
        and complete.customer_id = kept.customer_id
        and complete.horizon_days = kept.horizon_days
left join received
    on complete.campaign = received.campaign
        and complete.customer_id = received.customer_id
        and complete.horizon_days = received.horizon_days
left join before
    on complete.campaign = before.campaign
        and complete.customer_id = before.customer_id
        and complete.horizon_days = before.horizon_days
        and before.rank_from_latest = 1
