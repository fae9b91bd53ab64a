-- Prevents a month without movements from vanishing: the series runs month by month to that of the as-of instant.
with neighbours as (
    select
        month,
        lead(month) over (order by month) as next_month
    from {{ ref('fct_mrr_monthly') }}
)

select *
from neighbours
where
    case
        when next_month is null then month <> {{ month_of(report_date(as_of())) }}
        else {{ months_between('month', 'next_month') }} <> 1
    end
