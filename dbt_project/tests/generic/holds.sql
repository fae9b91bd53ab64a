{#-
    Fails with each row for which a condition over its columns is not true; unknown counts as not true.
    The column under which it is declared only says where it belongs.
-#}
{% test holds(model, condition, column_name=none) %}
select *
from {{ model }}
where coalesce(not ({{ condition }}), true)
{% endtest %}
