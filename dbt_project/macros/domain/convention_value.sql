{#- The type of a metric by a convention: a rate to eight decimals, or an amount of MRR. -#}
{% macro convention_value() -%}decimal(38, 8){%- endmacro %}
