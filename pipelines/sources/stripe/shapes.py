"""What a delivered row of Stripe is: an event, an object, a list of them, a table's row, and what is around these.

Belongs here: telling shapes apart, and unwrapping what Amazon's EventBridge and Airbyte put around a thing of Stripe's.
Does not belong here: the facts in it (``fields``).
"""

from __future__ import annotations

import json
import re

from pipelines.contract.vocabulary import WORDS_FOR_NOTHING
from pipelines.sources.stripe.fields import facts_of

_NOTHING = sorted({word.lower() for word in WORDS_FOR_NOTHING})
_IS_NOTHING = "in (" + ", ".join(f"'{word}'" for word in _NOTHING) + ")"
_FILLED = f"""list_filter(json_keys(payload), lambda name:
    not coalesce(lower(json_extract_string(payload, '$."' || name || '"')) {_IS_NOTHING}, false))"""
# Airbyte keeps nested values as JSON, of which CSV and many warehouses make texts.
_REBUILT = f"""'{{' || list_aggregate(list_transform({_FILLED}, lambda name: to_json(name) || ':' || case
        when json_extract_string(payload, '$."' || name || '"')[1:1] in ('{{', '[')
            and json_valid(json_extract_string(payload, '$."' || name || '"'))
        then json_extract_string(payload, '$."' || name || '"')
        else coalesce(json_extract(payload, '$."' || name || '"'), 'null') end), 'string_agg', ',') || '}}'"""
_TEXTS = "|".join(re.escape(json.dumps(word)) for word in _NOTHING)
_HAS_A_WORD_FOR_NOTHING = f"regexp_matches(payload, ':\\s*(?i:{_TEXTS})')"
# Snowflake writes the names of a table's columns in capitals.
_IN_SMALL_LETTERS = """'{' || list_aggregate(list_transform(json_keys(payload), lambda name: to_json(lower(name)) || ':'
        || coalesce(json_extract(payload, '$."' || name || '"'), 'null')), 'string_agg', ',') || '}'"""
_NAMED = f"""(
    select * replace (case when contains(payload, '"ID":') then case
            when json_exists(payload, '$.ID') and not json_exists(payload, '$.id') then {_IN_SMALL_LETTERS}
            else payload end else payload end as payload)
    from payloads
)"""
_MARKS = "['$.object', '$.resources', '$.detail.object', '$._airbyte_data', '$._airbyte_extracted_at']"
_UNWRAPPED = f"""
    select file_number, row_number, case
            when marks[3] = 'event' then json_extract_string(payload, '$.detail')
            when marks[4] is not null then marks[4]
            when marks[5] is not null or marks[1] is null and {_HAS_A_WORD_FOR_NOTHING} then {_REBUILT}
            else payload end as payload,
        case when marks[3] = 'event' then 'event'
            when marks[4] is not null then json_extract_string(marks[4], '$.object')
            else marks[1] end as object_mark,
        marks[2] as resources_mark,
        -- Epoch milliseconds, unless a warehouse made an instant of them.
        coalesce(cast(try_cast(marks[5] as BIGINT) // 1000 as VARCHAR), marks[5]) as extracted
    from (select *, json_extract_string(payload, {_MARKS}) as marks from {_NAMED})
"""


def _event(thing: str) -> str:
    """The event that an object of the API would be told by, as far as its paths go."""
    return f"""('{{"data":{{"object":' || {thing} || '}}}}')"""


_EITHER = f"""case json_extract_string(item, '$.object') when 'event' then cast(item as VARCHAR)
    else {_event("item")} end"""


PARSED = facts_of(f"""(
    select
        file_number, row_number, shape, extracted,
        case shape when 'event' then payload when 'object' then {_event("payload")} end as document,
        case when shape = 'table' then payload end as exported,
        case shape
            when 'list' then list_transform(json_extract(payload, '$.data[*]'), lambda item: {_EITHER})
            when 'resources' then list_transform(json_extract(payload, '$.resources.*'), lambda item: {_EITHER})
        end as bundled
    from (
        select *, case
            when object_mark = 'event' then 'event'
            when object_mark in ('list', 'search_result') then 'list'
            when starts_with(object_mark, 'v2.') then 'thin'
            when object_mark is not null then 'object'
            when starts_with(resources_mark, '{{') then 'resources'
            else 'table' end as shape
        from ({_UNWRAPPED})
    )
)""")
"""The select of one row a payload, with the facts in it, or with the events of a bundle in ``bundled``."""
