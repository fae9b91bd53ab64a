select
    {{ month_of('switch_date') }} as month,
    from_offer,
    to_offer,
    direction,
    cast(count(*) as bigint) as switches,
    cast(sum(case when is_paying then 1 else 0 end) as bigint) as paying_switches,
    cast(sum(mrr_change) as {{ money() }}) as mrr_change
from {{ ref('int_offer_switches') }}
group by {{ month_of('switch_date') }}, from_offer, to_offer, direction
