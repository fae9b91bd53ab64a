/*
    The days whose features are computed for everybody: the scoring day, month ends that were none to the build before,
    and those for which viewing or a calendar has arrived since that was recorded by then. What was recorded by the
    close of any other day has not changed, but for what concerns single customers.
*/
with late as (
    select distinct
        activity_date,
        {{ report_date("coalesce(recorded_at, timestamp '0001-01-02')") }} as known_date
    from {{ ref('stg_engagement_versions') }}
    where is_newly_known and {{ is_incremental_build() }}
    union
    select distinct
        cast('0001-01-01' as date) as activity_date,
        {{ report_date("coalesce(recorded_at, timestamp '0001-01-02')") }} as known_date
    from {{ ref('stg_content_calendar') }}
    where is_newly_known and {{ is_incremental_build() }}
)

select feature_date
from {{ ref('int_feature_days') }}
where not is_kept
union
select days.feature_date
from {{ ref('int_feature_days') }} as days
inner join late on days.feature_date >= late.activity_date and days.feature_date >= late.known_date
