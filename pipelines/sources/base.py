"""What a sender has to say about itself.

Belongs here: the shape of a source. Does not belong here: any particular sender.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """A sender: how its delivered rows become rows of canonical feeds.

    ``mappings`` gives for each feed it can fill a function from the reporting currency to a select over the view
    ``delivered``, which has the ``required`` and ``optional`` columns as text. The select has the columns
    ``file_number``, ``row_number`` and any of that feed, as text or in their stored type. ``rejections`` are pairs
    of (SQL condition over ``delivered``, reason code) for rows that the sender's own format rules out; a mapping
    never sees them. Without mappings the files are feeds.
    """

    name: str
    title: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    mappings: dict[str, Callable[[str], str]] = field(default_factory=dict)
    rejections: tuple[tuple[str, str], ...] = ()
