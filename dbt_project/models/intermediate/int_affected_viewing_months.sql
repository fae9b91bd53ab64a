-- The months with news of viewing. A build that computes everything needs no list.
select distinct {{ month_of('activity_date') }} as viewing_month
from {{ ref('stg_engagement_versions') }}
where is_newly_known and {{ continues_a_build() }}
