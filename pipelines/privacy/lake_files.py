"""The lake without the erased people: landed, canonical and quarantined files written anew, in one commit.

Every file that changes gets a new name; the commit takes the old one's place, and only then are old files removed. A
process killed before the commit has changed nothing that a reader sees, and one killed after it is caught up with.

Belongs here: which files change and the commit. Does not belong here: what becomes of a value (``cutting``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Column, Feed, Kind
from pipelines.lake.files import Format, LandedFile, land, landed_before
from pipelines.lake.loading import Progress
from pipelines.lake.redo import merged, redo, source_of
from pipelines.lake.store import Commit, Contents, Lake
from pipelines.lake.workspace import lake_connection, write_parquet
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.delivered import decompressed, delivered_form
from pipelines.privacy.formats import cut_content, roles_of
from pipelines.settings import Settings

_CHANGED_BY = "erasure"


@dataclass
class CutLake:
    """What an erasure changed in the lake: the hashes of each file before and after."""

    files: list[dict[str, str]] = field(default_factory=list)

    def note(self, file: str, before: str, after: str) -> None:
        """Write down one file."""
        self.files.append({"file": file, "before": before, "after": after})


def cut_lake(cutter: Cutter, settings: Settings, scratch: Path, progress: Progress) -> CutLake:
    """Write anew what names somebody and commit it; the caller holds the lake's lock."""
    lake = Lake(settings.lake)
    contents = lake.contents()
    result = CutLake()
    with lake_connection(scratch) as connection:
        progress("looking through the landed files")
        known = -1
        while known != len(cutter.registry.entries):
            # A row that was refused may tell of identifiers that no accepted row has; files before it may have them.
            known = len(cutter.registry.entries)
            result.files.clear()
            accounts = _cut_landed(cutter, settings, contents, scratch, result)
        cutter.registry.save()
        progress("looking through the accepted and rejected rows")
        writing = _Writing(
            cutter, settings, connection, lake, f"{lake.version + 1:08d}-{_CHANGED_BY}", accounts, result
        )
        removed, canonical = writing.canonical(contents)
        gone, quarantine = writing.quarantine(contents)
    if accounts or removed or gone:
        changed = {account.sha256 for account in contents.accounts} & set(accounts)
        lake.append(
            Commit(
                loaded_at=datetime.now(UTC).isoformat(timespec="microseconds"),
                source="",
                accounts=tuple(
                    replace(account, sha256=landed.sha256, landed=landed.stored, file=cutter.text(account.file))
                    for account in contents.accounts
                    if account.sha256 in changed
                    for landed in (accounts[account.sha256],)
                ),
                canonical=canonical,
                quarantine=quarantine,
                redone=sorted(changed),
                removed=sorted({*removed, *gone}),
            )
        )
    return result


def map_again(settings: Settings, since: int, scratch: Path, progress: Progress) -> None:
    """Map the files of senders that were cut since a commit, also by a process that was killed before it came to this.

    An id that a mapping makes of the whole row is another one now.
    """
    lake = Lake(settings.lake)
    contents = lake.contents()
    hashes = {a.sha256 for commit in lake.commits(after=since) if commit.redone for a in commit.accounts}
    mapped = {a.sha256 for a in contents.accounts if a.sha256 in hashes and source_of(a) != "canonical"}
    if not mapped:
        return
    progress(f"mapping {len(mapped)} files again")
    with lake_connection(scratch) as connection:
        name = f"{lake.version + 1:08d}"
        again = redo(connection, settings, contents, mapped, name=name, scratch=scratch, progress=progress)
    if again.is_different:
        lake.append(merged(Commit(datetime.now(UTC).isoformat(timespec="microseconds"), "", ()), again))


def remove_invisible_files(settings: Settings) -> None:
    """Remove every file of the lake that no commit makes visible: what was replaced, and what killed processes left."""
    lake = Lake(settings.lake)
    lake.remove_checkpoint()
    contents = lake.contents()
    visible = {
        *(account.landed for account in contents.accounts),
        *(name for names in contents.canonical.values() for name in names),
        *contents.quarantine,
    }
    for folder in ("landed", "canonical", "quarantine"):
        for path in (lake.root / folder).rglob("*"):
            if path.is_file() and path.relative_to(lake.root).as_posix() not in visible:
                path.unlink()


def _cut_landed(
    cutter: Cutter, settings: Settings, contents: Contents, scratch: Path, result: CutLake
) -> dict[str, LandedFile]:
    """Land anew the files that name somebody, by the hash of the bytes before."""
    lake = Lake(settings.lake)
    found: dict[str, LandedFile] = {}
    for account in contents.accounts:
        path = lake.root / account.landed
        if account.sha256 in found or not path.exists():
            continue
        before = landed_before(lake, account)
        content = decompressed(path, before.codec)
        if content is None:
            continue
        cut = cut_content(cutter, content, before.delivery.format, roles_of(settings, account.feed))
        if cut is content:
            continue
        named = replace(before.delivery, name=cutter.text(account.file))
        origin = delivered_form(named, cut, scratch)
        after = land(lake, replace(named, origin=origin), {})
        origin.unlink()
        found[account.sha256] = after
        result.note(account.landed, account.sha256, after.sha256)
    return found


@dataclass
class _Writing:
    """Writes the Parquet files of the lake that name somebody, or that tell of a landed file by its hash before."""

    cutter: Cutter
    settings: Settings
    connection: duckdb.DuckDBPyConnection
    lake: Lake
    name: str
    landed: dict[str, LandedFile]
    result: CutLake
    written: int = 0

    def canonical(self, contents: Contents) -> tuple[list[str], dict[str, list[str]]]:
        """The names of the files that go, and of those that come, by feed."""
        removed: list[str] = []
        added: dict[str, list[str]] = {}
        for feed, names in contents.canonical.items():
            if feed not in FEEDS:
                continue
            for name in names:
                table = pq.read_table(self.lake.root / name)
                cut = self._source_files(_cut_table(self.cutter, FEEDS[feed], table))
                if cut is not table:
                    removed.append(name)
                    added.setdefault(feed, []).append(self._write(f"canonical/{feed}", name, cut))
        return removed, added

    def quarantine(self, contents: Contents) -> tuple[list[str], list[str]]:
        """The names of the files of the quarantine that go and come."""
        removed, added = [], []
        for name in contents.quarantine:
            table = pq.read_table(self.lake.root / name)
            cut = self._source_files(self._cut_rejected(table))
            if cut is not table:
                removed.append(name)
                added.append(self._write("quarantine", name, cut))
        return removed, added

    def _source_files(self, table: pa.Table) -> pa.Table:
        hashes = {before: landed.sha256 for before, landed in self.landed.items()}
        return _with(table, "source_file", lambda texts: [hashes.get(text or "", text) for text in texts])

    def _cut_rejected(self, table: pa.Table) -> pa.Table:
        senders = table.column("feed").to_pylist()
        table = _with(table, "raw", lambda raws: [self._row(*pair) for pair in zip(senders, raws, strict=True)])
        for name in ("file", "reason"):
            table = _with(
                table, name, lambda texts: [None if text is None else self.cutter.text(text) for text in texts]
            )
        return table

    def _row(self, sender: str, raw: str | None) -> str | None:
        if raw is None:
            return None
        roles = roles_of(self.settings, sender)
        return cut_content(self.cutter, raw.encode(errors="surrogatepass"), Format.JSON_LINES, roles).decode(
            errors="surrogatepass"
        )

    def _write(self, folder: str, before: str, table: pa.Table) -> str:
        self.written += 1
        name = f"{folder}/{self.name}-{self.written:05d}.parquet"
        self.connection.register("cut", table)
        write_parquet(self.connection, self.lake.root / name, "select * from cut")
        self.connection.unregister("cut")
        self.result.note(before, _digest(self.lake.root / before), _digest(self.lake.root / name))
        return name


def _cut_table(cutter: Cutter, feed: Feed, table: pa.Table) -> pa.Table:
    """The rows of a feed without the erased people; the same table when it names none."""
    columns = [column for column in feed.columns if column.name in table.column_names]
    own = pa.chunked_array([pa.nulls(table.num_rows, pa.bool_()).fill_null(False)])
    cut = table
    for column in columns:
        if column.identifies and column.kind is not Kind.JSON:
            names = [
                text
                for text in table.column(column.name).unique().to_pylist()
                if cutter.names(text, column.identifier_kinds)
            ]
            if names:
                own = pc.or_(own, pc.is_in(table.column(column.name), pa.array(names, pa.string())).fill_null(False))
    is_own = pc.any(own).as_py()
    for column in columns:
        if column.kind in {Kind.TEXT, Kind.JSON} and not column.allowed and column.code is None:
            cut = _cut_column(cutter, column, cut, own if is_own else None)
        elif is_own and column.personal:
            cut = _emptied(cut, column.name, own)
    if is_own:
        cut = _emptied(cut, "extra", own)
    return _with(cut, "extra", lambda texts: _each(texts, cutter.text))


def _cut_column(cutter: Cutter, column: Column, table: pa.Table, own: pa.ChunkedArray | None) -> pa.Table:
    if own is not None and column.personal and not column.identifies:
        return _emptied(table, column.name, own)
    others = _with(table, column.name, lambda texts: _each(texts, lambda text: cutter.field(column, text, own=False)))
    changes = {"event_id": lambda text: cutter.text(text, own=True), "email": cutter.address}
    change = changes.get(column.name)
    if own is None or change is None:
        return others
    mask = own.to_pylist()
    return _with(
        others,
        column.name,
        lambda texts: [change(text) if is_own and text else text for text, is_own in zip(texts, mask, strict=True)],
    )


def _each(texts: list[str | None], change: Callable[[str], str | None]) -> list[str | None]:
    known: dict[str, str | None] = {}
    for text in texts:
        if text is not None and text not in known:
            known[text] = change(text)
    return [None if text is None else known[text] for text in texts]


def _with(table: pa.Table, name: str, change: Callable[[list[str | None]], list[str | None]]) -> pa.Table:
    """A table with the texts of a column changed; the same table when none of them is, or it has no such column."""
    if name not in table.column_names:
        return table
    before = table.column(name).to_pylist()
    after = change(before)
    if after == before:
        return table
    position = table.column_names.index(name)
    return table.set_column(position, name, pa.chunked_array([pa.array(after, type=pa.string())]))


def _emptied(table: pa.Table, name: str, own: pa.ChunkedArray) -> pa.Table:
    column: Any = table.column(name)
    if not pc.any(pc.and_(own, pc.is_valid(column))).as_py():
        return table
    position = table.column_names.index(name)
    return table.set_column(position, name, pc.if_else(own, pa.scalar(None, column.type), column))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
