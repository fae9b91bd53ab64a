{#-
    The rate of each currency and day of a relation with currency and used_date: the latest on or before the day, the
    earliest if there is none, 1 for the reporting currency.
-#}
{% macro rates_on(used) -%}
select
    used.currency,
    used.used_date,
    case
        when used.currency = '{{ churniq.build_variable("reporting_currency") }}' then cast(1 as decimal(28, 12))
        else rates.rate_to_reporting
    end as rate_to_reporting
from {{ used }} as used
left join (
    select
        currency,
        rate_to_reporting,
        rate_date,
        row_number() over (partition by currency order by rate_date) as rate_number,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('stg_fx_rates') }}
) as rates
    on used.currency = rates.currency
        and (used.used_date >= rates.rate_date or rates.rate_number = 1)
        and (used.used_date < rates.next_rate_date or rates.next_rate_date is null)
{%- endmacro %}
