-- The months of every monthly series: from the first movement's month to the month of the as-of instant.
with bounds as (
    select
        {{ month_of('min(movement_date)') }} as first_month,
        {{ month_of(report_date(as_of())) }} as last_month
    from {{ ref('int_mrr_movements') }}
)

select {{ months_from_to('first_month', 'last_month') }} as month
from bounds
