select
    ticket_id,
    topic,
    topic_probability,
    model_version
from {{ source('raw', 'ticket_topics') }}
