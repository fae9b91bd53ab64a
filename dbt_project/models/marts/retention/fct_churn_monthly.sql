{%- set kinds = ["voluntary", "involuntary", "publisher", "switched", "pause", "unknown"] %}
{%- set rules = ["end_reason", "state_hold", "state_grace", "state_pause", "auto_renew_off", "stale", "none"] %}

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
        {%- for kind in kinds %}
            sum(case when ranked.churn_kind = '{{ kind }}' then 1 else 0 end) as {{ kind }}_churned_customers,
        {%- endfor %}
        {%- for rule in rules %}
            sum(case when ranked.churn_rule = '{{ rule }}' then 1 else 0 end) as churned_by_{{ rule }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
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
    {%- for kind in kinds %}
        cast(coalesce(churned.{{ kind }}_churned_customers, 0) as bigint) as {{ kind }}_churned_customers,
    {%- endfor %}
    {%- for rule in rules %}
        cast(coalesce(churned.churned_by_{{ rule }}, 0) as bigint) as churned_by_{{ rule }},
    {%- endfor %}
    months.customer_churn_rate,
    {%- for kind in kinds %}
        {{ ratio('coalesce(churned.' ~ kind ~ '_churned_customers, 0)', 'months.opening_customers') }}
            as {{ kind }}_churn_rate,
    {%- endfor %}
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
