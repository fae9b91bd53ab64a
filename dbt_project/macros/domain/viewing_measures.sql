{#-
    These measures over days of viewing: how many days with viewing lie in the window before each of two opens, the
    last of them with its title (empty without one) as one text, and the first and the last day of all.
-#}
{% macro viewing_measures(next_open, second_open, window) -%}
        {%- for name, open in [("next", next_open), ("second", second_open)] %}
        {%- set is_before = "minutes_watched > 0 and activity_date >= " ~ churniq.date_plus("(" ~ open ~ ")", -window, "day") %}
        sum(case when {{ is_before }} then 1 else 0 end) as {{ name }}_days,
        max(
            case
                when {{ is_before }}
                    then cast(activity_date as {{ dbt.type_string() }}) || coalesce(top_title_id, '')
            end
        ) as {{ name }}_day_title,
        {%- endfor %}
        min(case when minutes_watched > 0 then activity_date end) as first_date,
        max(case when minutes_watched > 0 then activity_date end) as last_date
{%- endmacro %}
