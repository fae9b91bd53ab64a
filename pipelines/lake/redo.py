"""Doing landed files again: after a mapping was mended, a rule changed, or the context of waiting rows arrived.

The rows of the files are mapped and judged anew beside all other accepted rows, and compared with what the lake
holds of them. Only Parquet files with rows that differ are written anew; what comes out the same stays untouched.

Belongs here: which files have to be done again, and the difference that makes. Does not belong here: loading them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, product
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.files import landed_before
from pipelines.lake.loading import Accepted, BatchLoader, LoadResult, Progress
from pipelines.lake.sql import canonical_select, literal, quarantine_select, quote
from pipelines.lake.store import Commit, Contents, FileAccount, Lake
from pipelines.lake.workspace import write_parquet
from pipelines.settings import Settings
from pipelines.sources import SOURCES, find_source
from pipelines.sources.base import Source

_WITHIN = "and event.occurred_at >= concerned.after_time and event.occurred_at <= concerned.before_time"
_REDONE = "semi join redone_files using (source_file)"


@dataclass
class Redone:
    """What doing files again changes: the parts of a commit, and the number of canonical rows that came and went."""

    accounts: list[FileAccount] = field(default_factory=list)
    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    redone: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    rows_added: int = 0
    rows_removed: int = 0
    is_different: bool = False


def redo(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contents: Contents,
    hashes: Collection[str],
    *,
    name: str,
    scratch: Path,
    progress: Progress,
    newest: str = "",
) -> Redone:
    """Do the files with these hashes again and write the Parquet files of the difference; the caller commits them.

    A mapped file is mapped as it was, but those of the source called ``newest`` by its newest mapping.
    """
    lake = Lake(settings.lake)
    result = Redone(redone=sorted(hashes))
    if not hashes:
        return result
    connection.execute("create or replace temp table redone_files as select unnest($1) as source_file", [list(hashes)])
    target = scratch / "redo"
    before = {feed: [lake.root / file for file in files] for feed, files in contents.canonical.items()}
    new: dict[str, list[Path]] = {}
    new_quarantine: list[Path] = []

    def accepted(feed: str) -> str:
        rows = canonical_select(FEEDS[feed], before.get(feed, []))
        others = f"select * from ({rows}) anti join redone_files using (source_file)"
        return f"{others} union all by name {canonical_select(FEEDS[feed], new.get(feed, []))}"

    concerned = (account for account in contents.accounts if account.sha256 in hashes)
    accounts = sorted(concerned, key=lambda account: _made_by(account, newest))
    groups = [
        (loaded_at, find_source(source, settings, version), [landed_before(lake, account) for account in group])
        for (loaded_at, source, version), group in groupby(accounts, key=lambda account: _made_by(account, newest))
    ]

    def load(part: str, number: int, known: Accepted | None = None) -> LoadResult:
        loaded_at, source, files = groups[number]
        return BatchLoader(
            connection,
            source,
            settings,
            accepted=accepted,
            target=target / part,
            name=f"{number:08d}",
            scratch=scratch,
            progress=progress,
            known=known,
            is_context_only=part == "context",
        ).run(files, loaded_at)

    # The context of all the files comes first: a row may need what a file that was delivered after it says.
    context: dict[str, list[Path]] = {}
    for number, (_, source, _) in enumerate(groups):
        if set(source.context) & set(source.mappings):
            for feed, names in load("context", number).canonical.items():
                context.setdefault(feed, []).extend(target / "context" / name for name in names)
    for number in range(len(groups)):
        loaded = load("rows", number, lambda feed: canonical_select(FEEDS[feed], context.get(feed, [])))
        result.accounts += loaded.accounts
        for feed, names in loaded.canonical.items():
            new.setdefault(feed, []).extend(target / "rows" / name for name in names)
        new_quarantine += [target / "rows" / name for name in loaded.quarantine]
    difference = _Difference(connection, lake, name, result)
    for feed in sorted({*before, *new}):
        difference.of_feed(feed, contents.canonical.get(feed, []), new.get(feed, []))
    difference.of_quarantine(contents.quarantine, new_quarantine)
    result.is_different = bool(
        result.removed or result.canonical or result.quarantine or in_order(accounts) != in_order(result.accounts)
    )
    return result


def _made_by(account: FileAccount, newest: str) -> tuple[str, str, str]:
    """When a file was loaded, by which source, and in which version of it."""
    source = source_of(account)
    return account.loaded_at, source, "" if source == newest else account.mapping


def merged(commit: Commit, again: Redone) -> Commit:
    """A commit together with the difference that doing files again made after it."""
    if not again.is_different:
        return commit
    removed = {*commit.removed, *again.removed}
    canonical = {feed: [name for name in names if name not in removed] for feed, names in commit.canonical.items()}
    for feed, names in again.canonical.items():
        canonical.setdefault(feed, []).extend(names)
    return replace(
        commit,
        accounts=(*(a for a in commit.accounts if a.sha256 not in again.redone), *again.accounts),
        canonical={feed: names for feed, names in canonical.items() if names},
        quarantine=[*(name for name in commit.quarantine if name not in removed), *again.quarantine],
        redone=sorted({*commit.redone, *again.redone}),
        removed=[*commit.removed, *again.removed],
    )


def source_of(account: FileAccount) -> str:
    """The name of the source that the file of an account was delivered for."""
    return "canonical" if account.feed in FEEDS else account.feed


def files_that_context_changes(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    contents: Contents,
    added: Mapping[str, Sequence[str]],
    seen_by: Collection[str],
) -> set[str]:
    """The hashes of files with rows that the context in the newly ``added`` canonical files says more about.

    Of a purchase's known rows, in the order of recorded_at, a mapping uses the neighbours of an event in time, so a new
    row concerns the events between the rows beside it. The files in ``seen_by`` were mapped with the new context.
    """
    hashes: set[str] = set()
    by_source = {source: {a.sha256 for a in contents.accounts if a.feed == source} for source in SOURCES}
    for source in SOURCES.values():
        if by_source[source.name] <= set(seen_by):
            continue
        if source.concerned:
            hashes |= _files_concerned(connection, lake, contents, source, added) & by_source[source.name]
            continue
        for feed in set(source.context) & set(added):
            known = canonical_select(FEEDS[feed], [lake.root / name for name in contents.canonical[feed]])
            new = ", ".join(literal(str(lake.root / name)) for name in added[feed])
            connection.execute(
                f"""
                create or replace temp table concerned as
                select distinct known.purchase_id, known.after_time, known.before_time
                from (
                    select
                        purchase_id, recorded_at, provider,
                        coalesce(lag(recorded_at) over purchase, TIMESTAMP '0001-01-01') as after_time,
                        coalesce(lead(recorded_at) over purchase, TIMESTAMP '9999-12-31') as before_time
                    from (select distinct provider, purchase_id, recorded_at from ({known}))
                    window purchase as (partition by provider, purchase_id order by recorded_at)
                ) as known
                semi join read_parquet([{new}]) as new using (provider, purchase_id, recorded_at)
                where known.provider = {literal(source.name)}
                """
            )
            ids = (
                ("event.subscription_id", "event.offer_id")
                if source.context_reaches_far
                else ("event.subscription_id",)
            )
            concerned_by = list(product(("subscription_events", "payment_events"), ids))
            if source.context_reaches_far:
                concerned_by += [
                    ("payment_events", "event.transaction_id"),
                    ("payment_events", "event.original_transaction_id"),
                    # What moved no number may be what does, now that more is known of its subject.
                    ("other_events", "event.subject_id"),
                    *source.reached_by,
                ]
            for name, about in concerned_by:
                events = canonical_select(FEEDS[name], [lake.root / file for file in contents.canonical.get(name, [])])
                found = connection.execute(
                    f"""
                    select distinct event.source_file
                    from ({events}) as event
                    join concerned on concerned.purchase_id = {about}
                        {_WITHIN if not source.context_reaches_far else ""}
                    """
                ).fetchall()
                hashes |= {sha256 for (sha256,) in found} & by_source[source.name]
            # What is missing from a row may be what the context now says, just as what a row waited for.
            for reason in ("waiting:", "missing:"):
                hashes |= _files_rejected_for(connection, lake, contents, source.name, reason)
    concerned = hashes - set(seen_by)
    # A repeated row that saw the new context contradicts its first copy, which is about to be mapped with it too.
    for source_name in {account.feed for account in contents.accounts if account.sha256 in concerned}:
        concerned |= _files_rejected_for(connection, lake, contents, source_name, "conflict")
    return concerned


def _files_concerned(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    contents: Contents,
    source: Source,
    added: Mapping[str, Sequence[str]],
) -> set[str]:
    """The files that a source itself says are concerned by rows that were added."""
    if not {*source.context, *source.reads} & set(added):
        return set()
    for feed in source.mappings:
        for view, names in (("added", added.get(feed, [])), ("accepted", contents.canonical.get(feed, []))):
            rows = canonical_select(FEEDS[feed], [lake.root / name for name in names])
            connection.execute(f"create or replace temp view {view}_{feed} as {rows}")
    return {sha256 for select in source.concerned for (sha256,) in connection.execute(select).fetchall()}


def _files_rejected_for(
    connection: duckdb.DuckDBPyConnection, lake: Lake, contents: Contents, source: str, reason: str
) -> set[str]:
    files = [str(lake.root / name) for name in contents.quarantine]
    if not files:
        return set()
    found = connection.execute(
        "select distinct source_file from read_parquet($1) where feed = $2 and starts_with(reason, $3)",
        [files, source, reason],
    ).fetchall()
    return {sha256 for (sha256,) in found}


def in_order(accounts: Iterable[FileAccount]) -> list[FileAccount]:
    """Accounts as they can be compared."""
    return sorted(accounts, key=lambda account: (account.loaded_at, account.feed, account.file))


class _Difference:
    """Writes what differs between the lake's rows of the files done again and their new rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, result: Redone) -> None:
        self.connection = connection
        self.lake = lake
        self.name = name
        self.result = result
        self.written = 0

    def of_feed(self, feed: str, before: Sequence[str], new: Sequence[Path]) -> None:
        """Compare the canonical rows of one feed, and write anew the files with rows that came out otherwise."""
        columns = ", ".join([*(quote(name) for name in FEEDS[feed].column_names), "extra", "source_file", "source_row"])
        old_select = self._select(feed, [self.lake.root / name for name in before], columns)
        new_select = self._select(feed, new, columns)
        removed, added = (
            self._count(f"({left} except all {right})")
            for left, right in ((old_select, new_select), (new_select, old_select))
        )
        if not removed and not added:
            return
        self.result.rows_removed += removed
        self.result.rows_added += added
        self.connection.execute(
            f"""
            create or replace temp table changed as
            select distinct source_file, source_row
            from (({old_select} except all {new_select}) union all ({new_select} except all {old_select}))
            """
        )
        folder = f"canonical/{feed}"
        for name in self._files_with("changed", "using (source_file, source_row)", before):
            rows = canonical_select(FEEDS[feed], [self.lake.root / name])
            rest = f"select {columns} from ({rows}) anti join changed using (source_file, source_row)"
            self.result.removed.append(name)
            self._write(folder, rest, self.result.canonical.setdefault(feed, []))
        changed = f"select {columns} from ({new_select}) semi join changed using (source_file, source_row)"
        self._write(folder, changed, self.result.canonical.setdefault(feed, []))
        self.result.canonical = {feed: files for feed, files in self.result.canonical.items() if files}

    def of_quarantine(self, before: Sequence[str], new: Sequence[Path]) -> None:
        """Compare the rejected rows, and write anew the quarantine of the files for which they differ."""
        old_select = f"select * from ({quarantine_select([self.lake.root / name for name in before])}) {_REDONE}"
        new_select = f"select * from ({quarantine_select(new)}) {_REDONE}"
        self.connection.execute(
            f"""
            create or replace temp table changed as
            select distinct source_file
            from (({old_select} except all {new_select}) union all ({new_select} except all {old_select}))
            """
        )
        for name in self._files_with("changed", "using (source_file)", before):
            self.result.removed.append(name)
            rest = f"select * from ({quarantine_select([self.lake.root / name])}) anti join changed using (source_file)"
            self._write("quarantine", rest, self.result.quarantine)
        self._write(
            "quarantine", f"select * from ({new_select}) semi join changed using (source_file)", self.result.quarantine
        )

    def _select(self, feed: str, files: Sequence[Path], columns: str) -> str:
        return f"select {columns} from ({canonical_select(FEEDS[feed], files)}) {_REDONE}"

    def _files_with(self, table: str, condition: str, names: Sequence[str]) -> list[str]:
        """The names among Parquet files that hold a row which the table names."""
        if not names:
            return []
        by_path = {str(self.lake.root / name): name for name in names}
        found = self.connection.execute(
            "select distinct filename from read_parquet($1, filename = true, union_by_name = true) "
            f"semi join {table} {condition}",
            [list(by_path)],
        ).fetchall()
        return sorted(by_path[path] for (path,) in found)

    def _count(self, relation: str) -> int:
        ((count,),) = self.connection.execute(f"select count(*) from {relation}").fetchall()
        return int(count)

    def _write(self, folder: str, select: str, names: list[str]) -> None:
        self.written += 1
        name = f"{folder}/{self.name}-again-{self.written:05d}.parquet"
        if write_parquet(self.connection, self.lake.root / name, select):
            names.append(name)
