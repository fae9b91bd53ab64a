"""Erasing people: from a name to a home that no longer knows it, with the same totals.

The order makes it safe to kill: the record of an erasure is written first, and it holds once the registry of keyed
hashes is; both are written before anything is cut, and everything after follows from the registry alone. So the next
erasure or build, of the same person or another, ends what one had begun.

Belongs here: the order of the steps, and what is told of them. Does not belong here: the steps.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.contract.feeds import CAMPAIGN_ASSIGNMENTS
from pipelines.errors import UserError
from pipelines.lake.ingest import sole_writer
from pipelines.lake.loading import Progress
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.lake.workspace import lake_connection
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.lake_files import cut_lake, map_again, remove_invisible_files
from pipelines.privacy.person import People, Person
from pipelines.privacy.registry import (
    PSEUDONYM,
    Erasure,
    Registry,
    begin_erasure,
    erasures,
    is_distinct,
    save_erasure,
)
from pipelines.privacy.stores import cut_other_files, cut_snapshots, files_with
from pipelines.settings import Settings
from pipelines.sources.words import words_of_senders

_SURE_LENGTH = 8


@dataclass(frozen=True)
class Erased:
    """What an erasure did: how many people and files, and sentences that whoever asked has to know."""

    people: int
    files: int
    remarks: tuple[str, ...] = ()


def erase(settings: Settings, names: Collection[str], progress: Progress = lambda _: None) -> Erased:
    """Erase the people whom the names name; the caller keeps builds out meanwhile.

    Nothing is done where all of them were erased before. Raises ``UserError`` when a name names nobody.
    """
    with sole_writer(settings):
        registry = Registry(settings)
        people, known = _resolve(settings, registry, names)
        unfinished = _unfinished(settings)
        if unfinished:
            remarks = ["An erasure that was stopped is ended now."]
        else:
            remarks = [f"{name} was erased before: nothing of that person is left to erase." for name in known]
        if not people and not unfinished:
            return Erased(0, 0, tuple(remarks))
        # Of one that was stopped before it cut the lake, the people are found again: they are counted in its record.
        counted = [one for one in people if not (unfinished and registry.knows(one.customer_id))]
        for person in people:
            registry.add_person(person.identifiers)
            remarks += [
                f"{address} is also the address of another customer, and stays with that one."
                for address in sorted(person.shared_addresses)
            ]
        remarks += _recipients(settings, people)
        if counted:
            unfinished.append(begin_erasure(settings, len(counted), Lake(settings.lake).version, registry.newest))
        registry.save()
        files = _cut_everything(settings, registry, unfinished, remarks, progress)
        _require_nothing_left(settings, registry, people)
        _end(settings, unfinished)
    return Erased(sum(erasure.people for erasure in unfinished), files, tuple(remarks))


def erase_again(settings: Settings, progress: Progress = lambda _: None) -> int:
    """Cut everybody of the registry out of a home once more, as after a restore; how many files named somebody."""
    with sole_writer(settings):
        registry = Registry(settings)
        if not registry:
            return 0
        unfinished = [*_unfinished(settings), begin_erasure(settings, 0, Lake(settings.lake).version)]
        files = _cut_everything(settings, registry, unfinished, [], progress)
        _end(settings, unfinished)
    return files


def deleted_customers(settings: Settings) -> list[str]:
    """The customers whom a sender says to be deleted and who are not erased yet."""
    lake = Lake(settings.lake)
    with lake_connection(settings.work / "erasure") as connection:
        found = People(connection, lake.root, lake.contents()).deleted()
    return [name for name in found if not PSEUDONYM.search(name)]


def expired_customers(settings: Settings, now: datetime | None = None) -> list[str]:
    """The customers whom no feed's period of retention keeps any longer, and who are not erased yet."""
    lake = Lake(settings.lake)
    with lake_connection(settings.work / "erasure") as connection:
        found = People(connection, lake.root, lake.contents()).expired(now or datetime.now(UTC))
    return [name for name in found if not PSEUDONYM.search(name)]


def erase_deleted(settings: Settings, progress: Progress = lambda _: None) -> int:
    """Erase everybody whom a sender says to be deleted, where the setting asks for it; how many people that were.

    An erasure that was stopped is ended, whoever began it: the lake may name nobody any more whom other files name.
    """
    names = deleted_customers(settings) if settings.erase_deleted else []
    return erase(settings, names, progress).people if names or _unfinished(settings) else 0


def _unfinished(settings: Settings) -> list[Erasure]:
    return [erasure for erasure in erasures(settings) if erasure.ended_at is None]


def _end(settings: Settings, unfinished: list[Erasure]) -> None:
    for erasure in unfinished:
        erasure.ended_at = datetime.now(UTC).isoformat(timespec="seconds")
        save_erasure(settings, erasure)


def _resolve(settings: Settings, registry: Registry, names: Collection[str]) -> tuple[list[Person], list[str]]:
    """The people whom the names name, and the names of those who are erased already."""
    lake = Lake(settings.lake)
    people: dict[str, Person] = {}
    known: list[str] = []
    with lake_connection(settings.work / "erasure") as connection:
        everybody = People(connection, lake.root, lake.contents())
        for name in names:
            if PSEUDONYM.search(name):
                raise UserError(f"{name} is what stands for somebody who was erased: there is nobody to erase.")
            person = everybody.find(name)
            if person is not None:
                people[person.customer_id] = person
            elif registry.knows(name):
                known.append(name)
            else:
                raise UserError(
                    f"The lake knows no customer {name}: give a customer id, an identifier of a sender with its kind "
                    "(stripe_customer:cus_1), or an address."
                )
    return list(people.values()), known


def _recipients(settings: Settings, people: list[Person]) -> list[str]:
    """Whom campaigns have told of the people: what left the home is to be erased there, which nothing here can do."""
    files = Lake(settings.lake).canonical_files(CAMPAIGN_ASSIGNMENTS.name)
    named = {text: person for person in people for text in person.identifiers.get("customer", ())}
    if not files or not named:
        return []
    with lake_connection(settings.work / "erasure") as connection:
        sent = connection.execute(
            f"select distinct customer_id, layout, campaign from ({canonical_select(CAMPAIGN_ASSIGNMENTS, files)}) "
            "where event_type = 'sent' and customer_id in (select unnest($1::varchar[])) order by all",
            [list(named)],
        ).fetchall()
    return [
        f"{customer} was written to a file for {layout} in the campaign {campaign}: have them erased there, too."
        for customer, layout, campaign in sent
    ]


def _cut_everything(
    settings: Settings, registry: Registry, unfinished: list[Erasure], remarks: list[str], progress: Progress
) -> int:
    cutter = Cutter(registry)
    scratch = settings.work / "erasure"
    cut = cut_lake(cutter, settings, scratch, progress)
    if cut.files:
        for erasure in unfinished:
            erasure.files += cut.files
            save_erasure(settings, erasure)
    map_again(settings, min(erasure.lake_version for erasure in unfinished), scratch, progress)
    remove_invisible_files(settings)
    progress("looking through the snapshots")
    cut_snapshots(cutter, settings)
    progress("looking through everything else in the home")
    for path in cut_other_files(cutter, settings):
        remarks.append(f"{path} is still written to: what it says of the person is cut when it is ingested.")
    return len(cut.files)


def _require_nothing_left(settings: Settings, registry: Registry, people: list[Person]) -> None:
    """Search the home once more, by the identifiers themselves, while they are known."""
    texts = {text for person in people for texts in person.identifiers.values() for text in texts}
    needles = {text for text in texts - words_of_senders() if not registry.is_pseudonym(text)}
    # Of shorter ones packed files are full by chance.
    long_ones = sorted(text.encode() for text in needles if is_distinct(text) and len(text) >= _SURE_LENGTH)
    left = list(files_with(settings, long_ones))
    if left:
        raise UserError(
            f"{left[0]} still names the person, in a form that was not recognised: remove it, then run this again."
        )
