{#- What is kept of a customer's viewing in a month, by name. -#}
{% macro viewing_measure_names() -%}
    {{ return(["next_days", "next_day_title", "second_days", "second_day_title", "first_date", "last_date"]) }}
{%- endmacro %}

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

{#-
    The first day of the earliest month with news of viewing, as a constant, since only that keeps an engine from
    reading the files before it; the beginning of time in a build that computes everything.
-#}
{% macro first_affected_viewing_day() -%}
    {%- set months = ref(churniq.affected_list("viewing_month")) if model.resource_type == "model" -%}
    {%- set first = none -%}
    {%- if execute and churniq.is_continued() -%}
        {%- set found = run_query("select min(viewing_month) from " ~ months) -%}
        {#- Without news nothing is read. -#}
        {%- set first = found.rows[0][0] or "9999-12-31" -%}
    {%- endif -%}
    cast('{{ first or "0001-01-01" }}' as date)
{%- endmacro %}

{#- The condition that a month's open comes one or two months after a month with news of viewing. -#}
{% macro is_affected_open(month) -%}
    (
        {{ churniq.is_affected("viewing_month", churniq.date_plus(month, -1, "month")) }}
        or {{ churniq.is_affected("viewing_month", churniq.date_plus(month, -2, "month")) }}
    )
{%- endmacro %}

{#- Before viewers are added: remove those at the opens that are counted anew. -#}
{% macro forget_affected_opens() -%}
    {%- set months = ref(churniq.affected_list("viewing_month")) -%}
    {%- if churniq.is_continued() -%}
        delete from {{ this }}
        where month in (
            select {{ churniq.date_plus("viewing_month", 1, "month") }} from {{ months }}
            union all
            select {{ churniq.date_plus("viewing_month", 2, "month") }} from {{ months }}
        )
    {%- endif -%}
{%- endmacro %}
