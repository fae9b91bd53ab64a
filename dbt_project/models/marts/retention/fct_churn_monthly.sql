-- Of several churns of a customer in a month the last says why.
with ranked as (
    select
        customer_id,
        {{ month_of('movement_date') }} as month,
        churn_kind,
        churn_rule,
        row_number() over (
            partition by customer_id, {{ month_of('movement_date') }} order by movement_date desc
        ) as rank_from_close
    from {{ ref('int_churn_evidence') }}
),

churned as (
    select
        customer_months.month,
        sum(case when ranked.churn_kind = 'voluntary' then 1 else 0 end) as voluntary_churned_customers,
        sum(case when ranked.churn_kind = 'involuntary' then 1 else 0 end) as involuntary_churned_customers,
        sum(case when ranked.churn_kind = 'publisher' then 1 else 0 end) as publisher_churned_customers,
        sum(case when ranked.churn_kind = 'switched' then 1 else 0 end) as switched_churned_customers,
        sum(case when ranked.churn_kind = 'pause' then 1 else 0 end) as pause_churned_customers,
        sum(case when ranked.churn_kind = 'unknown' then 1 else 0 end) as unknown_churned_customers,
        sum(case when ranked.churn_rule = 'end_reason' then 1 else 0 end) as churned_by_end_reason,
        sum(case when ranked.churn_rule = 'state_hold' then 1 else 0 end) as churned_by_state_hold,
        sum(case when ranked.churn_rule = 'state_grace' then 1 else 0 end) as churned_by_state_grace,
        sum(case when ranked.churn_rule = 'state_pause' then 1 else 0 end) as churned_by_state_pause,
        sum(case when ranked.churn_rule = 'auto_renew_off' then 1 else 0 end) as churned_by_auto_renew_off,
        sum(case when ranked.churn_rule = 'stale' then 1 else 0 end) as churned_by_stale,
        sum(case when ranked.churn_rule = 'none' then 1 else 0 end) as churned_by_none
    from {{ ref('int_customer_months') }} as customer_months
    inner join ranked
        on customer_months.customer_id = ranked.customer_id
            and customer_months.month = ranked.month
            and ranked.rank_from_close = 1
    where customer_months.change_in_month = 'churned'
    group by customer_months.month
),

newcomers as (
    select
        cohort_month as month,
        count(*) as new_subscribers,
        sum(case when {{ month_of('first_churn_date') }} = cohort_month then 1 else 0 end) as churned_in_first_month,
        sum(
            case when first_churn_date is not null and days_to_first_churn <= 30 then 1 else 0 end
        ) as churned_within_30_days
    from {{ ref('dim_customer_cohorts') }}
    group by cohort_month
)

select
    months.month,
    months.opening_customers,
    months.churned_customers,
    months.reactivated_customers,
    cast(coalesce(churned.voluntary_churned_customers, 0) as bigint) as voluntary_churned_customers,
    cast(coalesce(churned.involuntary_churned_customers, 0) as bigint) as involuntary_churned_customers,
    cast(coalesce(churned.publisher_churned_customers, 0) as bigint) as publisher_churned_customers,
    cast(coalesce(churned.switched_churned_customers, 0) as bigint) as switched_churned_customers,
    cast(coalesce(churned.pause_churned_customers, 0) as bigint) as pause_churned_customers,
    cast(coalesce(churned.unknown_churned_customers, 0) as bigint) as unknown_churned_customers,
    cast(coalesce(churned.churned_by_end_reason, 0) as bigint) as churned_by_end_reason,
    cast(coalesce(churned.churned_by_state_hold, 0) as bigint) as churned_by_state_hold,
    cast(coalesce(churned.churned_by_state_grace, 0) as bigint) as churned_by_state_grace,
    cast(coalesce(churned.churned_by_state_pause, 0) as bigint) as churned_by_state_pause,
    cast(coalesce(churned.churned_by_auto_renew_off, 0) as bigint) as churned_by_auto_renew_off,
    cast(coalesce(churned.churned_by_stale, 0) as bigint) as churned_by_stale,
    cast(coalesce(churned.churned_by_none, 0) as bigint) as churned_by_none,
    months.customer_churn_rate,
    {{ ratio('coalesce(churned.voluntary_churned_customers, 0)', 'months.opening_customers') }}
        as voluntary_churn_rate,
    {{ ratio('coalesce(churned.involuntary_churned_customers, 0)', 'months.opening_customers') }}
        as involuntary_churn_rate,
    {{ ratio('coalesce(churned.publisher_churned_customers, 0)', 'months.opening_customers') }}
        as publisher_churn_rate,
    {{ ratio('coalesce(churned.switched_churned_customers, 0)', 'months.opening_customers') }}
        as switched_churn_rate,
    {{ ratio('coalesce(churned.pause_churned_customers, 0)', 'months.opening_customers') }}
        as pause_churn_rate,
    {{ ratio('coalesce(churned.unknown_churned_customers, 0)', 'months.opening_customers') }}
        as unknown_churn_rate,
    {{ ratio('months.churned_customers - months.reactivated_customers', 'months.opening_customers') }}
        as net_customer_churn_rate,
    cast(coalesce(newcomers.new_subscribers, 0) as bigint) as new_subscribers,
    cast(coalesce(newcomers.churned_in_first_month, 0) as bigint) as churned_in_first_month,
    cast(coalesce(newcomers.churned_within_30_days, 0) as bigint) as churned_within_30_days,
    {{ ratio('newcomers.churned_in_first_month', 'newcomers.new_subscribers') }} as first_month_churn_rate,
    {{ ratio('newcomers.churned_within_30_days', 'newcomers.new_subscribers') }} as first_30_days_churn_rate,
    months.is_complete,
    {{ date_plus(date_plus('months.month', 1, 'month'), 30, 'day') }} <= {{ report_date(as_of()) }}
        as is_30_days_complete
from {{ ref('fct_mrr_monthly') }} as months
left join churned on months.month = churned.month
left join newcomers on months.month = newcomers.month
