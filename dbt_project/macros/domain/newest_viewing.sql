{#- Of versions of days of viewing, the newest of each customer and day. -#}
{% macro newest_viewing(relation) -%}
    {{ churniq.newest_known(
        relation,
        key=["customer_id", "activity_date"],
        columns=[
            "customer_id", "activity_date", "minutes_watched", "sessions", "titles_watched", "live_minutes", "devices",
            "top_title_id", "recorded_at",
        ],
        tie_break=[
            "minutes_watched desc", "sessions desc", "titles_watched desc", "live_minutes desc", "devices desc",
            "top_title_id desc", "extra desc",
        ],
        happened_at="cast(activity_date as timestamp)",
    ) }}
{%- endmacro %}
