/*
    The customers whose features are computed for every day: those with news of any kind but viewing, and those who came
    into the panel or left it. A build that computes everything needs no list.
*/
select customer_id
from {{ ref('int_affected_customers') }}
where {{ is_incremental_build() }}
union
select customer_id
from {{ ref('stg_support_ticket_versions') }}
where is_newly_known and {{ is_incremental_build() }}
union
select customer_id
from {{ ref('int_feature_panel') }}
where has_changed and {{ is_incremental_build() }}
