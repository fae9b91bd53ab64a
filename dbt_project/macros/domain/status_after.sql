{#-
    The status after an event of a history: the last that was set, but trial where a grace followed a trial.
    `status_set` is the column of what each event sets (null for events that do not count), `history` a window's
    partition, order and frame.
-#}
{% macro status_after(status_set, history) -%}
    case
        when last_value(case when {{ status_set }} <> 'grace' then {{ status_set }} end ignore nulls) over ({{ history }}) = 'trial'
            then 'trial'
        else last_value({{ status_set }} ignore nulls) over ({{ history }})
    end
{%- endmacro %}
