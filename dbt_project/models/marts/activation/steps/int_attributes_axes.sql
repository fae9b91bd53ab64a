{{ config(materialized='view') }}
{#- Against the mean MRR of those who pay; in days; in minutes of four weeks; against the four weeks before. -#}
{%- set high_value, low_value = 1.25, 0.75 %}
{%- set long_tenure, short_tenure = 365, 90 %}
{%- set heavy_minutes, regular_minutes = 1200, 300 %}
{%- set risen_to, fallen_to = 1.3, 0.7 %}
-- What is read off several facts of a customer at once: tenure, engagement, and the axes of value, commitment and
-- vulnerability, which only those who pay have.
with paying as (
    select cast(sum(current_mrr) as double) / count(*) as mean_mrr
    from {{ ref('dim_customers') }}
    where current_mrr > 0
),

feeds as (
    select count(*) > 0 as has_viewing
    from {{ ref('int_care_viewing') }}
),

facts as (
    select
        customers.customer_id,
        customers.current_mrr,
        {{ days_between('customers.first_paid_date', report_date(as_of())) }} as tenure_days,
        {{ days_between('history.last_view_date', report_date(as_of())) }} as days_since_last_view,
        case
            when not feeds.has_viewing then null
            when history.minutes_28_days = 0 then 'none'
            when history.minutes_28_days < {{ regular_minutes }} then 'light'
            when history.minutes_28_days < {{ heavy_minutes }} then 'regular'
            else 'heavy'
        end as engagement_level,
        case
            when not feeds.has_viewing then null
            when history.minutes_28_days = 0 and history.minutes_prior_28_days = 0 then 'none'
            when history.minutes_prior_28_days = 0 then 'new'
            when history.minutes_28_days >= {{ risen_to }} * history.minutes_prior_28_days then 'rising'
            when history.minutes_28_days <= {{ fallen_to }} * history.minutes_prior_28_days then 'falling'
            else 'steady'
        end as engagement_trend,
        case
            when subscriptions.subscriptions_ever > 0 and history.purchases_ever > 0 then 'both'
            when subscriptions.subscriptions_ever > 0 then 'subscription'
            when history.purchases_ever > 0 then 'purchases'
            else 'none'
        end as hybrid_kind,
        cast(customers.current_mrr as double) / paying.mean_mrr as relative_value,
        subscriptions.billing_interval,
        subscriptions.subscription_status in ('grace', 'on_hold') or not subscriptions.auto_renew as is_leaving,
        scores.risk_band
    from {{ ref('dim_customers') }} as customers
    cross join paying
    cross join feeds
    inner join {{ ref('int_attributes_history') }} as history on customers.customer_id = history.customer_id
    left join {{ ref('int_main_subscriptions') }} as subscriptions
        on customers.customer_id = subscriptions.customer_id
    left join {{ ref('int_attributes_scores') }} as scores on customers.customer_id = scores.customer_id
),

axes as (
    select
        *,
        case
            when current_mrr <= 0 then null
            when relative_value >= {{ high_value }} then 'high'
            when relative_value <= {{ low_value }} then 'low'
            else 'medium'
        end as value_axis,
        case
            when current_mrr <= 0 then null
            when tenure_days >= {{ long_tenure }} or billing_interval = 'year' then 'high'
            when tenure_days < {{ short_tenure }} then 'low'
            else 'medium'
        end as commitment_axis,
        case
            when current_mrr <= 0 then null
            when is_leaving or risk_band = 'high' then 'high'
            when risk_band = 'medium' or engagement_trend = 'falling' then 'medium'
            else 'low'
        end as vulnerability_axis
    from facts
)

select
    customer_id,
    tenure_days,
    days_since_last_view,
    engagement_level,
    engagement_trend,
    hybrid_kind,
    value_axis,
    commitment_axis,
    vulnerability_axis,
    case
        when value_axis is null then 'not_paying'
        when vulnerability_axis = 'high' and value_axis = 'high' then 'save_first'
        when vulnerability_axis = 'high' and commitment_axis = 'high' then 'reassure'
        when vulnerability_axis = 'high' then 'win_over'
        when value_axis = 'high' and commitment_axis = 'high' then 'core'
        when value_axis = 'high' then 'grow'
        when commitment_axis = 'low' then 'newcomers'
        else 'steady'
    end as value_cell
from axes
