{#-
    The changes of closings by basis, for int_convention_customer_months: the default's own, those of the customers whom a
    basis concerns once more under it, and what it adds.
-#}
{% macro convention_value_changes() -%}
select
    'paid' as basis,
    customer_id,
    customer_id as unit_id,
    movement_date as change_date,
    mrr_change as value_change
from {{ ref('int_mrr_movements') }}
where {{ is_affected('customer_id') }}
union all
select
    parts.basis,
    parts.customer_id,
    case
        when parts.basis in (select by_subscription.basis from by_subscription) then parts.subscription_id
        else parts.customer_id
    end,
    parts.change_date,
    parts.value_change
from (
    select
        concerned.basis,
        defaults.customer_id,
        defaults.subscription_id,
        defaults.change_date,
        defaults.mrr_change as value_change
    from {{ ref('int_subscription_mrr_changes') }} as defaults
    inner join concerned on defaults.customer_id = concerned.customer_id
    union all
    select
        takes_in.basis,
        added.customer_id,
        added.subscription_id,
        added.change_date,
        added.value_change
    from {{ ref('int_convention_changes') }} as added
    inner join takes_in on added.addition = takes_in.addition
    where {{ is_affected('customer_id', 'added.customer_id') }}
) as parts
{%- endmacro %}
