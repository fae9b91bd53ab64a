{#- The days after an assignment at which an experiment is judged: rows of horizon_days. -#}
{% macro experiment_horizons() -%}
    {%- for days in [30, 60, 90] %}
    select {{ days }} as horizon_days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
