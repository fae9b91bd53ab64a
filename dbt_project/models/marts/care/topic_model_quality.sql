select
    split,
    topic,
    metric,
    value,
    model_version,
    note
from {{ ref('stg_topic_model_quality') }}
