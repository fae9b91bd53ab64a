{#- The type of a single amount as a sender sent it, in its own currency. -#}
{% macro sent_amount() -%}decimal(18, 4){%- endmacro %}
