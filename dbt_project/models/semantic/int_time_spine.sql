{{ config(schema='intermediate', materialized='view') }}
-- The days that metrics can be asked for: the months of the business, a row a day.
select {{ dates_every(1, 'first_date', 'last_date') }} as date_day
from (
    select
        min(month) as first_date,
        {{ report_date(as_of()) }} as last_date
    from {{ ref('int_months') }}
) as bounds
