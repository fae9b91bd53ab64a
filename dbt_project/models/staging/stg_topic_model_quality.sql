select
    split,
    topic,
    metric,
    value,
    model_version,
    note
from {{ source('raw', 'topic_model_quality') }}
