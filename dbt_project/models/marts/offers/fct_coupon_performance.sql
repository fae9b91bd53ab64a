-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
{%- set outcomes = ["stayed", "left", "undecided"] %}

with counted as (
    select
        coupon_code,
        count(*) as redemptions,
        sum(case when outcome_30_days = 'no_discount' then 1 else 0 end) as no_discount,
        sum(case when outcome_30_days = 'in_discount' then 1 else 0 end) as in_discount,
        sum(case when outcome_30_days = 'left_in_discount' then 1 else 0 end) as left_in_discount,
        {%- for days in [30, 90] %}
            {%- for outcome in outcomes %}
                sum(case when outcome_{{ days }}_days = '{{ outcome }}' then 1 else 0 end)
                    as {{ outcome }}_{{ days }}_days,
            {%- endfor %}
            sum(case when outcome_{{ days }}_days in ('stayed', 'left') then mrr_in_discount end)
                as mrr_before_{{ days }}_days,
            sum(case when outcome_{{ days }}_days in ('stayed', 'left') then mrr_after_{{ days }}_days end)
                as mrr_after_{{ days }}_days{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_coupon_redemptions') }}
    group by coupon_code
),

-- Coupons that nobody redeemed, and redeemed codes that the feed of coupons does not know.
codes as (
    select coupon_code from {{ ref('dim_coupons') }}
    union
    select coupon_code from counted
)

select
    codes.coupon_code,
    coupons.campaign,
    coupons.duration,
    cast(coalesce(counted.redemptions, 0) as bigint) as redemptions,
    cast(coupons.max_redemptions as bigint) as max_redemptions,
    {%- for column in ["no_discount", "in_discount", "left_in_discount"] %}
        cast(coalesce(counted.{{ column }}, 0) as bigint) as {{ column }},
    {%- endfor %}
    {%- for days in [30, 90] %}
        {%- for outcome in outcomes %}
            cast(coalesce(counted.{{ outcome }}_{{ days }}_days, 0) as bigint) as {{ outcome }}_{{ days }}_days,
        {%- endfor %}
        {{ ratio(
            'counted.stayed_' ~ days ~ '_days', '(counted.stayed_' ~ days ~ '_days + counted.left_' ~ days ~ '_days)'
        ) }} as stayed_{{ days }}_days_rate,
        cast(coalesce(counted.mrr_before_{{ days }}_days, 0) as {{ money() }}) as mrr_before_{{ days }}_days,
        cast(coalesce(counted.mrr_after_{{ days }}_days, 0) as {{ money() }}) as mrr_after_{{ days }}_days
        {{- "," if not loop.last }}
    {%- endfor %}
from codes
left join {{ ref('dim_coupons') }} as coupons on codes.coupon_code = coupons.coupon_code
left join counted on codes.coupon_code = counted.coupon_code
