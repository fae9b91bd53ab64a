-- Prevents a cut that loses a customer: every dimension sums to the month, in MRR and every movement; switches to 0.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_by_dimension'}}}) }}
with sums as (
    select
        month,
        dimension,
        {%- for column in value_movement_columns() %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
        sum(closing_mrr) as closing_mrr,
        sum(active_subscriptions) as active_subscriptions
    from {{ ref('fct_mrr_by_dimension') }}
    group by month, dimension
),

closes as (
    select
        {{ month_of('close_date') }} as month,
        active_subscriptions,
        row_number() over (partition by {{ month_of('close_date') }} order by close_date desc) as rank_from_close
    from {{ ref('fct_mrr_daily') }}
)

select
    sums.month,
    sums.dimension
from sums
inner join {{ ref('fct_mrr_monthly') }} as months on sums.month = months.month
inner join closes on sums.month = closes.month and closes.rank_from_close = 1
where
    sums.closing_mrr <> months.closing_mrr
    or sums.active_subscriptions <> closes.active_subscriptions
    or sums.switched_in_mrr + sums.switched_out_mrr <> 0
    {%- for column in value_movement_columns()[:5] %}
        or sums.{{ column }} <> months.{{ column }}
    {%- endfor %}
