select
    convention,
    metric,
    convention_number,
    title,
    formula,
    source,
    counted_access,
    past_due,
    churn_date,
    discounts,
    weekly_factor,
    daily_factor,
    unit,
    same_month_churn,
    resubscribes,
    returning_mrr,
    denominator
from (
    {{ convention_registry_rows() }}
) as registry
