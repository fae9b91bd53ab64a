{%- set reasons = ['reason_1', 'reason_2', 'reason_3'] %}
-- The newest score of each paying customer, its reasons in the order in which they can be acted on.
with ranked as (
    select
        *,
        {{ reasons_by_action(reasons) }}
    from {{ source('scoring', 'fct_churn_scores') }}
)

select
    customer_id,
    as_of_date as score_date,
    horizon_days as score_horizon_days,
    churn_probability,
    risk_band,
    value_at_risk,
    expected_loss,
    {{ reason_at(1, reasons) }} as reason_1,
    {{ reason_at(2, reasons) }} as reason_2,
    {{ reason_at(3, reasons) }} as reason_3,
    {{ is_actionable_reason('reason_1') }}
    or {{ is_actionable_reason('reason_2') }}
    or {{ is_actionable_reason('reason_3') }} as has_actionable_reason,
    model_version
from ranked
