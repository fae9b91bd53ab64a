"""Masks of personal data in what is published, as SQL.

An identifier that is an address or a telephone number becomes a keyed one, the same in every table, so that tables
still join. In any other text, addresses, telephone and card numbers become stars. A rejected row is shown as its
shape: which fields it had and how long they were, which is what a reason is understood by.

Belongs here: what is masked and how. Does not belong here: where, which the warehouse and its publishing decide.
"""

from __future__ import annotations

from pipelines.contract.feeds import FEEDS
from pipelines.lake.sql import is_json_object, json_field, literal, quote
from pipelines.privacy.keys import keyed_hash_sql

# No star, so that what is masked already stays as it is.
_ADDRESS = r"[^\s\"''<>@,;:{}()*|]+@[^\s\"''<>@,;:{}()*|]+"
_TELEPHONE = r"\+[0-9][0-9 ().-]{6,18}[0-9]"
_CARD = r"\b[3-6](?:[ -]?[0-9]){12,18}\b"
_EXCERPT = 500
_KEYED_LENGTH = 32


def masked_column(name: str, key: str) -> str:
    """What of a text column may be published."""
    column = quote(name)
    keyed = f"left({keyed_hash_sql(key, column)}, {_KEYED_LENGTH})"
    whole = f"""
        when starts_with({column}, 'email_hash:') then 'email_hash:' || {keyed}
        when contains({column}, '@') and regexp_full_match({column}, '{_ADDRESS}') then 'email:' || {keyed}
        when starts_with({column}, '+') and regexp_full_match({column}, '{_TELEPHONE}') then 'phone:' || {keyed}"""
    if name.endswith("_id"):
        # With stars in their place, two identifiers could become one.
        inside = f"when contains({column}, '@') and regexp_matches({column}, '{_ADDRESS}') then 'masked:' || {keyed}"
        return f"case {whole} {inside} else {column} end as {column}"
    return f"case {whole} else {masked_text(column)} end as {column}"


def masked_text(text: str) -> str:
    """A text in which stars stand for addresses, telephone numbers and numbers that can be those of cards."""
    starred = f"regexp_replace({text}, '{_ADDRESS}', '***@***', 'g')"
    starred = f"regexp_replace({starred}, '{_TELEPHONE}', '***', 'g')"
    starred = f"case when {_has_card(text)} then regexp_replace({starred}, '{_CARD}', '***', 'g') else {starred} end"
    return f"case when {_may_be_starred(text)} then {starred} else {text} end"


def may_be_masked(name: str) -> str:
    """Whether a text of a column can have anything in it that ``masked_column`` would not publish."""
    column = quote(name)
    anywhere = f"contains({column}, '@')" if name.endswith("_id") else _may_be_starred(column)
    return f"starts_with({column}, 'email_hash:') or starts_with({column}, '+') or {anywhere}"


def _may_be_starred(text: str) -> str:
    """Nearly no text has any of it, and to look for a letter is cheap."""
    return f"contains({text}, '@') or contains({text}, '+') or regexp_matches({text}, '{_CARD}')"


def masked_row(raw: str) -> str:
    """The shape of a rejected row: the contract's column names stay, letters become x and digits 9."""
    names = ", ".join(literal(name) for name in sorted({name for feed in FEEDS.values() for name in feed.column_names}))
    name = f"case when key in ({names}) then key else {_shape('key')} end"
    field = f"{json_field(raw, 'key')}::VARCHAR"
    value = f"case when {field} in ('null', 'true', 'false') then {field} else {_shape(field)} end"
    fields = (
        f"list_transform(json_keys({raw}), lambda key: to_json({name})::VARCHAR || ': ' || coalesce({value}, 'null'))"
    )
    shaped = (
        f"case when {is_json_object(raw)} then '{{' || array_to_string({fields}, ', ') || '}}' else {_shape(raw)} end"
    )
    return f"left({shaped}, {_EXCERPT})"


def masked_reason(reason: str) -> str:
    """A reason without what it quotes of a file that could not be read."""
    quoted = r"""''[^'']*''|"[^"]*\""""
    return f"""case when starts_with({reason}, 'unreadable:')
        then {masked_text(f"regexp_replace({reason}, '{quoted}', '***', 'g')")} else {reason} end"""


def _shape(text: str) -> str:
    return rf"regexp_replace(regexp_replace({text}, '[\pL\pM]', 'x', 'g'), '\pN', '9', 'g')"


def _has_card(text: str) -> str:
    """Whether a number in a text has the check digit of a card (ISO/IEC 7812-1, Luhn)."""
    digits = "reverse(regexp_replace(number, '[ -]', '', 'g'))"
    digit = f"cast(substr({digits}, place, 1) as INTEGER)"
    doubled = f"case when place % 2 = 1 then {digit} when {digit} > 4 then 2 * {digit} - 9 else 2 * {digit} end"
    total = f"list_sum(list_transform(range(1, length({digits}) + 1), lambda place: {doubled}))"
    return f"len(list_filter(regexp_extract_all({text}, '{_CARD}'), lambda number: {total} % 10 = 0)) > 0"
