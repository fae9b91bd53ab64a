{#- How many different days there are among those with these numbers, from 0 to 62, in a grouped select. -#}
{% macro distinct_days(day_number) -%}
    {{ return(adapter.dispatch("distinct_days", "churniq")(day_number)) }}
{%- endmacro %}

{#- A bit a day: counting different values by their hash takes several times as long on a feed of years. -#}
{% macro default__distinct_days(day_number) -%}
    bit_count(bit_or(cast(1 as bigint) << {{ day_number }}))
{%- endmacro %}

{% macro spark__distinct_days(day_number) -%}
    bit_count(bit_or(shiftleft(cast(1 as bigint), {{ day_number }})))
{%- endmacro %}
