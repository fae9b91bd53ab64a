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
