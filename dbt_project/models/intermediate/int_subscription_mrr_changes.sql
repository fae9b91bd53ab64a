-- What a day changed: the MRR at its close against the close before, for the days on which they differ.
with closings as (
    select
        subscription_id,
        customer_id,
        {{ report_date('valid_from') }} as change_date,
        mrr,
        row_number() over (
            partition by subscription_id, {{ report_date('valid_from') }} order by valid_from desc
        ) as rank_from_close
    from {{ ref('int_subscription_spans') }}
),

changes as (
    select
        subscription_id,
        customer_id,
        change_date,
        mrr,
        mrr - coalesce(
            lag(mrr) over (partition by subscription_id order by change_date), cast(0 as {{ money() }})
        ) as mrr_change
    from closings
    where rank_from_close = 1
)

select
    subscription_id,
    customer_id,
    change_date,
    cast(mrr_change as {{ money() }}) as mrr_change,
    mrr as mrr_after
from changes
where mrr_change <> 0
