"""The words of senders' formats: types of events, states and reasons, which are the same for everybody.

Belongs here: telling a sender's word from an identifier. Does not belong here: what a word means (the senders).
"""

from __future__ import annotations

import re
from functools import cache

from pipelines.sources import SOURCES
from pipelines.sources.base import Source

_LITERAL = re.compile(r"'([A-Za-z][\w./-]*)'")


@cache
def words_of_senders() -> frozenset[str]:
    """Every text with which the mapping of some sender compares a field, or that it writes itself."""
    return frozenset(word for source in SOURCES.values() for sql in _selects(source) for word in _LITERAL.findall(sql))


def _selects(source: Source) -> list[str]:
    return [
        source.parsed or "",
        *source.derived.values(),
        *source.informed.values(),
        *(mapping("EUR") for mapping in source.mappings.values()),
        *(text for pair in source.rejections for text in pair),
    ]
