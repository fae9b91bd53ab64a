{#- The windows of days of viewing that features are measured in: name -> first day back (inclusive) and last (not). -#}
{% macro feature_windows() -%}
    {{ return({
        "3": (0, 3), "7": (0, 7), "prior_21": (7, 28), "14": (0, 14), "28": (0, 28), "prior_28": (28, 56), "84": (0, 84),
    }) }}
{%- endmacro %}
