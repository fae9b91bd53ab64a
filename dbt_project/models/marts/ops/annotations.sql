select
    annotation_id,
    kind,
    starts_on,
    coalesce(ends_on, starts_on) as ends_on,
    text,
    source,
    case when dimension_value is not null then dimension end as dimension,
    case when dimension is not null then dimension_value end as dimension_value
from {{ ref('stg_annotations') }}
where active
