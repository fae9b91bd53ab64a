-- The months with news of viewing, or viewing under an identifier whose link is new. A build that computes everything
-- needs no list.
select distinct {{ month_of('activity_date') }} as viewing_month
from {{ ref('stg_engagement_versions') }}
where is_newly_known and {{ continues_a_build() }}
union
select {{ month_of('activity_date') }} as viewing_month
from {{ ref('stg_engagement_versions') }}
where
    {{ continues_a_build() }}
    and customer_id in (
        select aliases.alias from {{ ref('stg_customer_aliases') }} as aliases
        where aliases.is_newly_linked
    )
