-- A stay that begins on a day is one who came, one that ends on it one who went; of a visitor nothing more is known.
with moves as (
    select
        valid_from as close_date,
        stage,
        case when is_customer then person_id end as customer_id,
        1 as entered,
        0 as gone
    from {{ ref('fct_journey_stages') }}
    union all
    select
        valid_to as close_date,
        stage,
        case when is_customer then person_id end as customer_id,
        0 as entered,
        1 as gone
    from {{ ref('fct_journey_stages') }}
    where valid_to is not null
)

select
    moves.close_date,
    moves.stage,
    coalesce(customers.country, '(none)') as country,
    coalesce(customers.acquisition_channel, '(none)') as acquisition_channel,
    cast(sum(moves.entered) as bigint) as entered_persons,
    cast(sum(moves.gone) as bigint) as left_persons,
    cast(sum(moves.entered - moves.gone) as bigint) as closing_change
from moves
left join {{ ref('dim_customers') }} as customers on moves.customer_id = customers.customer_id
group by
    moves.close_date,
    moves.stage,
    coalesce(customers.country, '(none)'),
    coalesce(customers.acquisition_channel, '(none)')
