"""What a sender has to say about itself.

Belongs here: the shape of a source. Does not belong here: any particular sender.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.lake.dialects import NOTHING_DECLARED, Declared

Mapping = Callable[[str], str]
"""From the reporting currency to a select over the view ``delivered``."""

Verify = Callable[[str], str | None]
"""From the text of a payload to a reason code when its signature does not hold, else None."""


@dataclass(frozen=True)
class IdentifierPlace:
    """A field of a sender's payloads that names somebody without saying so, such as ``id``.

    ``path`` has the names of the fields from the outermost on, with points between; positions in lists do not count.
    ``kind`` is what it names, in the words of the contract (``Column.identifies``). With ``where``, a field of the same
    object and its text, it names that only in such objects.
    """

    path: str
    kind: str
    where: tuple[str, str] | None = None


@dataclass(frozen=True)
class Source:
    """A sender: how its delivered rows become rows of canonical feeds.

    Without ``mappings`` the files are feeds. ``mappings`` gives, for each feed that the sender can fill, a select over
    the view ``delivered`` with the columns ``file_number``, ``row_number`` and any of that feed, as text or in their
    stored type. A delivered row may become any number of canonical rows; they are loaded together or not at all.

    What ``delivered`` holds depends on the sender:

    - A table has the ``required`` and ``optional`` columns, as text.
    - A sender of payloads (``parsed`` is given) has what the select ``parsed`` makes of the view ``payloads``
      (file_number, row_number, payload: the text of one JSON object). One JSON object, an array of them, or JSON
      Lines become one payload an object; a row of CSV or Parquet becomes an object with a text a column, empty ones
      left out. ``parsed`` has exactly one row a payload. A sender whose payloads hold other documents in encoded form
      gives with ``documents`` another select over ``payloads``: the keys of all their objects as ``document_keys`` and
      a hash of these as ``document_hash``, which ``parsed`` has as well.

    ``derived`` gives, for each name of a table, a select over ``delivered`` that is made once, before the mappings,
    which may all read it.

    ``rejections`` are pairs of (SQL condition over ``delivered``, reason code) for rows that the sender's own format
    rules out; the first that holds decides, and a mapping never sees such a row.

    ``context`` names feeds whose accepted rows the mappings of all other feeds may read as ``known_<feed>``, those of
    the same delivery included. ``waiting`` are pairs of (SQL condition over ``delivered`` and the known rows, reason
    code that begins with ``waiting:``): such rows are taken up again when context arrives. When it arrives late,
    files whose rows have a ``subscription_id`` equal to the ``purchase_id`` of the context are mapped anew, so that
    the order of delivery changes nothing.

    ``context_reaches_far`` says that a mapping looks further than that: at any known row of the purchase, or of the
    offer by whose id a row of context goes; all events of these are then mapped anew. ``reached_by`` are further ids
    by which such a row finds events, as pairs of (feed, SQL expression over ``event``).

    ``reads`` names feeds whose rows that were accepted before the batch the mappings may read as ``accepted_<feed>``.
    ``informed`` gives further tables as ``derived`` does, made once the context is known.

    ``concerned`` replaces what the two paragraphs before say of context that comes late: selects of the
    ``source_file`` of rows that have to be mapped anew, over ``added_<feed>`` and ``accepted_<feed>`` for each feed
    that the sender fills (with ``source_file``; accepted are the added rows, too).

    ``files`` is what is declared of how its files are written. ``columns_read`` names the columns that it takes of
    payloads, where it takes only some, and ``must_have`` those that a file must have, be they empty. Rows for which
    the condition ``left_out`` holds tell it nothing and are not counted. ``grouped_by`` lists what makes one canonical
    row of several delivered ones. ``version`` tells apart what went under one name.

    ``identifiers`` are the places of its payloads that name somebody, where the names of the fields do not tell or tell
    another kind; an erasure finds an identifier of a few digits there only.

    ``cannot_know`` says in a sentence which facts of the canonical model the sender never tells.
    ``verify`` gives the check of a payload's signature, or None where no key is configured in the environment.
    """

    name: str
    title: str
    cannot_know: str = ""
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    parsed: str | None = None
    files: Declared = NOTHING_DECLARED
    columns_read: tuple[str, ...] = ()
    must_have: tuple[str, ...] = ()
    left_out: str | None = None
    grouped_by: str | None = None
    version: str = ""
    documents: str | None = None
    derived: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, Mapping] = field(default_factory=dict)
    rejections: tuple[tuple[str, str], ...] = ()
    context: tuple[str, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    context_reaches_far: bool = False
    reached_by: tuple[tuple[str, str], ...] = ()
    reads: tuple[str, ...] = ()
    informed: dict[str, str] = field(default_factory=dict)
    concerned: tuple[str, ...] = ()
    verify: Callable[[], Verify | None] | None = None
    identifiers: tuple[IdentifierPlace, ...] = ()

    @property
    def takes_payloads(self) -> bool:
        """Whether its rows are JSON objects."""
        return self.parsed is not None
