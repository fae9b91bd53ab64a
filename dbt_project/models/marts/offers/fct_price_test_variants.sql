/*
    How far the people of each variant have come. A cohort is mature once those who began to pay had a second renewal to
    decide on: two intervals of what they began with after they began.
*/
{%- set second_renewal = {
    'day': dbt.dateadd('day', '2 * subscriptions.billing_interval_count', 'subscriptions.started_at'),
    'week': dbt.dateadd('day', '14 * subscriptions.billing_interval_count', 'subscriptions.started_at'),
    'month': dbt.dateadd('month', '2 * subscriptions.billing_interval_count', 'subscriptions.started_at'),
    'year': dbt.dateadd('year', '2 * subscriptions.billing_interval_count', 'subscriptions.started_at'),
} %}
with begun as (
    select
        assigned.test_id,
        assigned.person_id,
        min(
            case subscriptions.billing_interval
                {%- for interval, instant in second_renewal.items() %}
                    when '{{ interval }}' then {{ instant }}
                {%- endfor %}
            end
        ) as second_renewal_at
    from {{ ref('fct_price_test_assignments') }} as assigned
    inner join {{ ref('fct_subscriptions') }} as subscriptions
        on assigned.customer_id = subscriptions.customer_id and assigned.assigned_at <= subscriptions.started_at
    group by assigned.test_id, assigned.person_id
),

variants as (
    select
        test_id,
        variant,
        max(case when is_control then 1 else 0 end) = 1 as is_control,
        max(share) as share
    from {{ ref('dim_price_tests') }}
    group by test_id, variant
)

select
    assigned.test_id,
    assigned.variant,
    coalesce(variants.is_control, false) as is_control,
    variants.share,
    variants.variant is not null as is_defined,
    cast(count(*) as bigint) as assigned,
    cast(sum(case when assigned.is_in_two_variants then 1 else 0 end) as bigint) as in_two_variants,
    min(assigned.assigned_date) as first_assigned_date,
    max(assigned.assigned_date) as last_assigned_date,
    cast(count(begun.person_id) as bigint) as subscribed,
    cast(sum(case when begun.second_renewal_at <= {{ as_of() }} then 1 else 0 end) as bigint) as past_second_renewal,
    {{ ratio(
        'sum(case when begun.second_renewal_at <= ' ~ as_of() ~ ' then 1 else 0 end)', 'count(begun.person_id)'
    ) }} as maturity_share
from {{ ref('fct_price_test_assignments') }} as assigned
left join begun
    on assigned.test_id = begun.test_id and assigned.person_id = begun.person_id and assigned.is_customer
left join variants on assigned.test_id = variants.test_id and assigned.variant = variants.variant
group by assigned.test_id, assigned.variant, variants.is_control, variants.share, variants.variant
