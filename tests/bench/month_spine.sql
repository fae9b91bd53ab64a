-- The reference for the revenue part, as the public MRR playbook does it: every customer joined to every month of
-- its life, the periods that hold at the month's close summed, and each month compared with the one before.
with months as (
    select unnest(generate_series(
        (select date_trunc('month', min(valid_from)) from core.fct_subscription_periods),
        (select date_trunc('month', as_of) from ops.build_info),
        interval '1' month
    )) as month
),

customers as (
    select
        customer_id,
        date_trunc('month', min(valid_from)) as first_month
    from core.fct_subscription_periods
    group by customer_id
),

spine as (
    select
        customers.customer_id,
        months.month
    from customers
    join months on months.month >= customers.first_month
),

closings as (
    select
        spine.customer_id,
        spine.month,
        coalesce(sum(periods.mrr), 0) as mrr
    from spine
    left join core.fct_subscription_periods as periods
        on periods.customer_id = spine.customer_id
        and periods.valid_from < spine.month + interval '1' month
        and (periods.valid_to is null or periods.valid_to >= spine.month + interval '1' month)
    group by spine.customer_id, spine.month
),

compared as (
    select
        *,
        coalesce(lag(mrr) over history, 0) as mrr_before,
        coalesce(max(mrr) over (
            partition by customer_id order by month rows between unbounded preceding and 1 preceding
        ), 0) > 0 as has_paid
    from closings
    window history as (partition by customer_id order by month)
)

select
    *,
    case
        when mrr_before = 0 and has_paid then 'reactivation'
        when mrr_before = 0 then 'new'
        when mrr = 0 then 'churn'
        when mrr > mrr_before then 'expansion'
        else 'contraction'
    end as movement_type
from compared
where mrr <> mrr_before
