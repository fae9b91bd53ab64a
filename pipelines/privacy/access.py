"""Everything that is held about one person, as a folder that a person can read.

Belongs here: gathering it: delivered rows, accepted rows, rejected rows, published rows. Does not belong here: who the
person is (``person``).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Kind
from pipelines.errors import UserError
from pipelines.lake.files import landed_before
from pipelines.lake.ingest import sole_writer
from pipelines.lake.sql import canonical_select, quote
from pipelines.lake.store import Contents, Lake
from pipelines.lake.workspace import lake_connection
from pipelines.privacy.delivered import decompressed
from pipelines.privacy.keys import secret_key
from pipelines.privacy.masks import masked_column
from pipelines.privacy.person import People, Person
from pipelines.privacy.registry import Registry, is_distinct
from pipelines.publishing.snapshots import open_snapshot, published_pointers
from pipelines.readings.notes import notes_of
from pipelines.rows import Rows, rows_of
from pipelines.settings import Settings


@dataclass(frozen=True)
class Held:
    """One file of the folder: what it holds and how many rows."""

    file: str
    what: str
    rows: int


def access(settings: Settings, name: str, folder: Path) -> list[Held]:
    """Write everything held about the person whom a name names into a new folder; what was written.

    Raises ``UserError`` when the folder is not empty, or the name names nobody.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not an empty folder: give --out another.")
    lake = Lake(settings.lake)
    held: list[Held] = []
    with sole_writer(settings), lake_connection(settings.work / "access") as connection:
        contents = lake.contents()
        person = People(connection, lake.root, contents).find(name)
        if person is None and Registry(settings).knows(name):
            raise UserError(f"{name} was erased: nothing is held about that person.")
        if person is None:
            raise UserError(f"The lake knows no customer {name}: give a customer id, an identifier, or an address.")
        folder.mkdir(parents=True, exist_ok=True)
        for title, what, (names, rows) in _tables(settings, connection, contents, person):
            if rows:
                _write(folder / f"{title}.csv", names, rows)
                held.append(Held(f"{title}.csv", what, len(rows)))
        deliveries = _delivered(lake, contents, person)
        if deliveries:
            (folder / "delivered.jsonl").write_text("".join(f"{line}\n" for line in deliveries), encoding="utf-8")
            held.append(Held("delivered.jsonl", "lines of the files as they were delivered", len(deliveries)))
    _write_index(folder, person, held)
    return held


def _tables(
    settings: Settings, connection: duckdb.DuckDBPyConnection, contents: Contents, person: Person
) -> Iterator[tuple[str, str, Rows]]:
    root = Lake(settings.lake).root
    for feed in FEEDS.values():
        select = canonical_select(feed, [root / file for file in contents.canonical.get(feed.name, [])])
        naming = [column.name for column in feed.columns if column.identifies and column.kind is not Kind.JSON]
        if naming:
            condition = " or ".join(f"cast({quote(column)} as VARCHAR) in (select unnest($1))" for column in naming)
            names = sorted(_names(person))
            yield (
                f"feeds/{feed.name}",
                f"accepted rows of the feed {feed.name}",
                rows_of(connection, f"select * from ({select}) where {condition}", [names]),
            )
    files = [str(root / file) for file in contents.quarantine]
    if files:
        named = "list_filter($2, lambda text: contains(lower(raw), lower(text)))"
        query = f"select * from read_parquet($1) where len({named}) > 0"
        yield "quarantine", "rows that were rejected", rows_of(connection, query, [files, _needles(person)])
    if published_pointers(settings):
        yield from _published(settings, person)


def _published(settings: Settings, person: Person) -> Iterator[tuple[str, str, Rows]]:
    """The rows of the current snapshot, in which identifiers that are addresses stand as keyed ones."""
    with duckdb.connect() as connection:
        masked = masked_column("customer_id", secret_key(settings))
        published = connection.execute(
            f"select {masked} from (select unnest($1) as customer_id)", [sorted(_names(person))]
        ).fetchall()
    notes = [astuple(note) for (customer_id,) in published for note in notes_of(settings, customer_id)]
    yield "notes", "notes that were kept on the person", Rows(["written_at", "author", "text"], notes)
    with open_snapshot(settings) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_columns() where column_name = 'customer_id' order by all"
        ).fetchall()
        for schema, table in tables:
            query = f"select * from {schema}.{quote(table)} where customer_id in (select unnest($1))"
            rows = rows_of(connection, query, [[text for (text,) in published]])
            yield f"published/{schema}.{table}", f"rows of the published table {schema}.{table}", rows


def _delivered(lake: Lake, contents: Contents, person: Person) -> list[str]:
    """The lines of the landed files in which the person is named, each with its file; Parquet files are named only."""
    needles = [text.lower().encode() for text in _needles(person)]
    lines = []
    for account in contents.accounts:
        content = decompressed(lake.root / account.landed, landed_before(lake, account).codec)
        if content is None or not any(needle in content.lower() for needle in needles):
            continue
        if content.startswith((b"PAR1", b"PK\x03\x04")):
            lines.append(json.dumps({"file": account.file, "line": None, "content": "a binary file: see feeds"}))
            continue
        for number, line in enumerate(content.splitlines(), start=1):
            if any(needle in line.lower() for needle in needles):
                text = line.decode(errors="replace")
                row = {"file": account.file, "line": number, "content": text}
                lines.append(json.dumps(row, ensure_ascii=False))
    return lines


def _names(person: Person) -> set[str]:
    return person.customer_ids | {text for texts in person.identifiers.values() for text in texts}


def _needles(person: Person) -> list[str]:
    """What can be searched for in texts: a short identifier is found by its feed's columns only."""
    return sorted(text for text in _names(person) if is_distinct(text))


def _write(path: Path, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)


def _write_index(folder: Path, person: Person, held: list[Held]) -> None:
    """A page that says what each file is, and by which identifiers the person is known."""
    kinds: Callable[[str], list[str]] = lambda kind: sorted(person.identifiers.get(kind, ()))  # noqa: E731
    known = "\n".join(
        f"- {kind.replace('_', ' ')}: {', '.join(kinds(kind))}" for kind in person.identifiers if kinds(kind)
    )
    personal = {
        feed.name: [column.name for column in feed.columns if column.personal or column.identifies]
        for feed in FEEDS.values()
    }
    files = "\n".join(
        f"- `{one.file}`: {one.what}, {one.rows} row{'' if one.rows == 1 else 's'}"
        + (f"; personal: {', '.join(personal[Path(one.file).stem])}" if one.file.startswith("feeds/") else "")
        for one in held
    )
    (folder / "index.md").write_text(
        f"# What is held about {person.customer_id}\n\n## Known by\n\n{known}\n\n## Files\n\n{files or '- none'}\n",
        encoding="utf-8",
    )
