{#-
    Of the rows of a relation that were known by the as-of instant, the newest of each key.

    A row without recorded_at is the oldest of its key. Among rows recorded at the same instant, tie_break decides:
    a list of order-by terms over the content, so that the order of delivery never matters.
-#}
{% macro newest_known(relation, key, columns, tie_break, happened_at=none) -%}
select
    {{ columns | join(",\n    ") }}
from (
    select
        *,
        row_number() over (
            partition by {{ key | join(", ") }}
            order by recorded_at desc nulls last, {{ tie_break | join(", ") }}
        ) as version_rank
    from {{ relation }}
    where
        (recorded_at is null or recorded_at <= {{ churniq.as_of() }})
        {%- if happened_at %}
        and {{ happened_at }} <= {{ churniq.as_of() }}
        {%- endif %}
) as versions
where version_rank = 1
{%- endmacro %}

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
