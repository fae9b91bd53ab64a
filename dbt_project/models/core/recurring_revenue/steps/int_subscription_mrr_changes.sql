{{ config(**incremental_by('subscription_id')) }}
/*
    What a day changed: the MRR at its close against the close before, for the days on which they differ. Every span
    adds its MRR where it begins and takes it away where it ends, so what came and went within a day is nothing.
*/
with steps as (
    select
        subscription_id,
        customer_id,
        {{ report_date('valid_from') }} as change_date,
        mrr as mrr_change
    from {{ ref('fct_subscription_periods') }}
    where mrr > 0 and {{ is_affected('subscription_id') }}
    union all
    select
        subscription_id,
        customer_id,
        {{ report_date('valid_to') }} as change_date,
        -mrr as mrr_change
    from {{ ref('fct_subscription_periods') }}
    where mrr > 0 and valid_to is not null and {{ is_affected('subscription_id') }}
)

select
    subscription_id,
    customer_id,
    change_date,
    cast(sum(mrr_change) as {{ money() }}) as mrr_change
from steps
group by subscription_id, customer_id, change_date
having sum(mrr_change) <> 0
