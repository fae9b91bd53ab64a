{#-
    Some money of 0 or more x numerator / denominator, whole numbers both, rounded half up to four decimals; worked in
    a type of whole numbers that holds twice the product, with decimals that hold the amount and the rounded result.
-#}
{% macro exact_share(amount, numerator, denominator, whole="hugeint", given=none, result="decimal(34, 0)") -%}
    cast(
        cast(
            (
                2 * cast(cast({{ amount }} as {{ given or churniq.money() }}) * 10000 as {{ whole }}) * {{ numerator }}
                + {{ denominator }}
            ) // (2 * {{ denominator }})
            as {{ result }}
        ) * cast(0.0001 as decimal(4, 4))
        as {{ churniq.money() }}
    )
{%- endmacro %}
