-- Prevents two filters that lose or double money: combinations sum to the customers' movements and to each cut.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_movements_by_combination'}}}) }}
with customers as (
    select
        movement_date,
        customer_id,
        {%- for movement_type in ["new", "expansion", "contraction", "churn", "reactivation"] %}
            sum({{ movement_type }}_mrr) as {{ movement_type }}_mrr,
        {%- endfor %}
        sum(mrr_after - mrr_before) as mrr_change,
        sum(switched_in_mrr + switched_out_mrr) as switched_mrr
    from {{ ref('fct_mrr_movements_by_combination') }}
    group by movement_date, customer_id
),

cut as (
    {%- for dimension in combined_dimensions() %}
        select
            '{{ dimension | replace("price_", "") }}' as dimension,
            {{ dimension }} as dimension_value,
            sum(mrr_after - mrr_before) as mrr_change
        from {{ ref('fct_mrr_movements_by_combination') }}
        group by {{ dimension }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

cuts as (
    select
        dimension,
        dimension_value,
        sum(mrr_after - mrr_before) as mrr_change
    from {{ ref('fct_mrr_movements_by_dimension') }}
    where dimension not in ('country', 'acquisition_channel')
    group by dimension, dimension_value
)

select coalesce(customers.customer_id, movements.customer_id) as culprit
from customers
full outer join {{ ref('fct_mrr_movements') }} as movements
    on customers.movement_date = movements.movement_date and customers.customer_id = movements.customer_id
where
    coalesce(customers.mrr_change, 0) <> coalesce(movements.mrr_change, 0)
    or customers.switched_mrr <> 0
    {%- for movement_type in ["new", "expansion", "contraction", "churn", "reactivation"] %}
        or coalesce(customers.{{ movement_type }}_mrr, 0)
        <> case when movements.movement_type = '{{ movement_type }}' then movements.mrr_change else 0 end
    {%- endfor %}
union all
select coalesce(cut.dimension_value, cuts.dimension_value) as culprit
from cut
full outer join cuts on cut.dimension = cuts.dimension and cut.dimension_value = cuts.dimension_value
where coalesce(cut.mrr_change, 0) <> coalesce(cuts.mrr_change, 0)
