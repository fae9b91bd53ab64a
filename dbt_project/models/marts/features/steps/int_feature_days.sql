/*
    The days that have features: that of the as-of instant, on which customers are scored, and the ends of the months
    before it, on which models learn and are judged. Month ends are the same for every build, so what a model learns
    does not depend on the day on which it is trained. A build that continues another knows which of them it had.
*/
{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}
with ends as (
    select
        {{ date_plus('month', 1, 'month') }} - interval '1' day as last_day,
        row_number() over (order by month desc) as months_back
    from {{ ref('int_months') }}
),

days as (
    select
        {{ report_date(as_of()) }} as feature_date,
        true as is_scoring_day
    union all
    select
        cast(last_day as date) as feature_date,
        false as is_scoring_day
    from ends
    where last_day < {{ report_date(as_of()) }} and months_back <= {{ var('feature_months') }} + 1
)

select
    feature_date,
    is_scoring_day,
    {% if is_incremental_model() -%}
    not is_scoring_day
    and feature_date in (select earlier.feature_date from {{ this }} as earlier where not earlier.is_scoring_day)
        as is_kept
    {%- else -%}
        false as is_kept
    {%- endif %}
from days
