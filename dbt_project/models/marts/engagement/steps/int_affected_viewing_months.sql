/*
    The months with news of viewing, and those in which anybody has watched whom an identifier with a new link stands
    for, stood for or is. A build that computes everything needs no list.
*/
{%- set identifiers = ref('int_affected_identifiers') %}
select distinct {{ month_of('activity_date') }} as viewing_month
from {{ ref('stg_engagement_versions') }}
where is_newly_known and {{ is_incremental_build() }}
{%- if is_incremental_build() %}
    union
    select viewing_month
    from {{ previous_build_table('intermediate', 'int_engagement_months') }}
    where customer_id in (select affected.customer_id from {{ identifiers }} as affected)
{%- endif %}
