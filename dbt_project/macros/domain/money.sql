{#-
    The type of money in the reporting currency and of every total: amounts of any size add up, and a rate of exchange or
    the months factor of a price may lift a single one beyond what a sender could have sent.
-#}
{% macro money() -%}decimal(38, 4){%- endmacro %}
