-- Prevents churn that dunning does not know: a customer who churned by a hold or a grace has a case of the subscription
-- that decided, which was on hold that day or was lost by it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_dunning_cases'}}}) }}
select
    movements.customer_id,
    movements.movement_date,
    movements.churn_rule
from {{ ref('fct_mrr_movements') }} as movements
left join {{ ref('fct_dunning_cases') }} as cases
    on movements.customer_id = cases.customer_id
        and movements.churned_subscription_id = cases.subscription_id
        and (
            (
                movements.churn_rule = 'state_hold'
                and {{ report_date('cases.hold_at') }} <= movements.movement_date
                and coalesce({{ report_date('cases.closed_at') }} >= movements.movement_date, true)
            )
            or (
                movements.churn_rule = 'state_grace'
                and cases.outcome = 'lost'
                and cases.outcome_rule = 'state_grace'
                and {{ report_date('cases.closed_at') }} >= movements.movement_date
            )
        )
where movements.churn_rule in ('state_hold', 'state_grace') and cases.case_id is null
