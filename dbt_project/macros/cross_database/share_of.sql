{#- Part of some money of 0 or more, numerator / denominator of it, rounded half up to four decimals. -#}
{% macro share_of(amount, numerator, denominator) -%}
    {{ return(adapter.dispatch("share_of", "churniq")(amount, numerator, denominator)) }}
{%- endmacro %}

{#- Whole numbers of 64 bits are ten times as fast as those of 128, and hold all but the largest amounts and terms. -#}
{% macro default__share_of(amount, numerator, denominator) -%}
    case
        when {{ amount }} < 1000000 and {{ numerator }} < 400000000 and {{ denominator }} < 400000000
            then {{ churniq.exact_share(amount, numerator, denominator, "bigint", "decimal(18, 4)", "decimal(18, 0)") }}
        else {{ churniq.exact_share(
            amount, "cast((" ~ numerator ~ ") as hugeint)", "cast((" ~ denominator ~ ") as hugeint)"
        ) }}
    end
{%- endmacro %}
