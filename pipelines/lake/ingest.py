"""One ingest: deliveries in, one commit out, every row accounted for.

Everything is landed before anything is judged. The commit at the end makes all of it visible at once; a process
killed before that leaves a lake on which the same command gives what an undisturbed run would have given.

Belongs here: the order of the steps, duplicates and conflicts, the accounting.
Does not belong here: file formats (``read``), rules (``judge``), senders (``pipelines.sources``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from pipelines.contract import FEEDS, Feed
from pipelines.errors import UserError
from pipelines.lake.files import Delivery, Format, Landed, find_deliveries, land
from pipelines.lake.judge import judged_select
from pipelines.lake.read import Layout, Rows, UnreadableFileError, layout_of, literal, quote, read
from pipelines.lake.store import Commit, FileAccount, Lake
from pipelines.settings import Settings
from pipelines.sources import find_source
from pipelines.sources.base import Source

_BATCH_BYTES = 256 << 20
_DEFAULT_CURRENCY = "EUR"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did: an account for every file, and a sentence for every file quarantined whole."""

    accounts: tuple[FileAccount, ...]
    unreadable: tuple[str, ...]


def ingest(
    settings: Settings, path: Path, *, source_name: str = "canonical", progress: Progress = lambda _: None
) -> IngestResult:
    """Land and load the files under ``path`` as deliveries of a source.

    Raises ``UserError`` when there is nothing to ingest, the source is unknown, or another ingest is running.
    """
    source = find_source(source_name)
    deliveries = find_deliveries(path, feed=source.name if source.mappings else None)
    settings.prepare()
    lock = FileLock(settings.locks / "ingest.lock", timeout=0)
    try:
        with lock:
            return _Ingest(Lake(settings.lake), source, settings, progress).run(deliveries)
    except Timeout as error:
        raise UserError(
            f"Another ingest into {settings.home} is running: wait for it to end, then run this again."
        ) from error
    except OSError as error:
        raise UserError(
            f"The lake {settings.lake} cannot be written ({error.strerror or error}): nothing was loaded; free "
            "space or correct its permissions, then run this again."
        ) from error


class _Ingest:
    """The working state of one ingest."""

    def __init__(self, lake: Lake, source: Source, settings: Settings, progress: Progress) -> None:
        self.lake = lake
        self.source = source
        self.progress = progress
        self.currency = settings.reporting_currency or _DEFAULT_CURRENCY
        self.scratch = settings.work / "ingest"
        self.name = f"{lake.version + 1:08d}"
        self.accounts: list[FileAccount] = []
        self.unreadable: list[str] = []
        self.canonical: dict[str, list[str]] = {}
        self.quarantine: list[str] = []
        self.batches = 0

    def run(self, deliveries: Sequence[Delivery]) -> IngestResult:
        """Land, load and commit."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"set temp_directory = {literal(str(self.scratch))}")
        self.connection.execute("set memory_limit = '4GB'")
        self.progress(f"landing {len(deliveries)} files")
        landed = [land(self.lake, delivery) for delivery in deliveries]
        for batch, layout in self._batches(landed):
            self._load(batch, layout)
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        accounts = tuple(sorted(self.accounts, key=lambda account: (account.feed, account.file)))
        loaded_at = datetime.now(UTC).isoformat(timespec="microseconds")
        self.lake.append(Commit(loaded_at, self.source.name, accounts, self.canonical, self.quarantine))
        return IngestResult(accounts, tuple(self.unreadable))

    def _batches(self, landed: Iterable[Landed]) -> Iterable[tuple[list[Landed], Layout]]:
        """Files that can be read together, in the order of delivery, in bites that fit in memory."""
        readable = []
        for file in landed:
            try:
                readable.append((file, layout_of(file, (*self.source.required, *self.source.optional))))
            except UnreadableFileError as error:
                self._quarantine_file(file, error)
        readable.sort(key=lambda pair: pair[0].delivery.feed)
        for (_, layout), group in groupby(readable, key=lambda pair: (pair[0].delivery.feed, pair[1])):
            alone = layout.format is Format.PARQUET and layout.compression != "none"
            batch: list[Landed] = []
            size = 0
            for file, _ in group:
                if batch and (alone or size + file.path.stat().st_size > _BATCH_BYTES):
                    yield batch, layout
                    batch, size = [], 0
                batch.append(file)
                size += file.path.stat().st_size
            yield batch, layout

    def _load(self, batch: list[Landed], layout: Layout) -> None:
        # The same bytes under two names are one file to the reader, so the second waits for a batch of its own.
        hashes: set[str] = set()
        repeated = [file for file in batch if file.sha256 in hashes or hashes.add(file.sha256)]  # type: ignore[func-returns-value]
        batch = [file for file in batch if file not in repeated]
        try:
            rows = read(self.connection, batch, layout, self.scratch)
            self._judge(batch, rows)
        except UnreadableFileError as error:
            if len(batch) == 1:
                self._quarantine_file(batch[0], error)
            else:
                for file in batch:
                    self._load([file], layout)
        for file in repeated:
            self._load([file], layout)

    def _judge(self, batch: list[Landed], rows: Rows) -> None:
        """Judge the rows of a batch, settle duplicates and conflicts, write what came of it."""
        self.batches += 1
        feed_name = batch[0].delivery.feed
        self.progress(f"loading {feed_name}, {len(batch)} files")
        files = ", ".join(f"({number}, {literal(file.sha256)})" for number, file in enumerate(batch))
        self.connection.execute(
            f"create or replace temp table batch as select * from (values {files}) as f (file_number, sha256)"
        )
        # The rows that do not become canonical ones, each with what became of it.
        self.connection.execute(
            "create or replace temp table outcomes as "
            "select file_number, row_number, 'quarantined' as outcome, reason, raw from rejected"
        )
        feeds = self._map(rows) if self.source.mappings else {feed_name: judged_select(FEEDS[feed_name], rows)}
        for name, judged in feeds.items():
            try:
                self.connection.execute(f"create or replace temp table judged as {judged}")
            except duckdb.Error as error:
                raise UnreadableFileError(str(error).splitlines()[0]) from error
            self._settle(FEEDS[name])
            self._write_canonical(name)
        self._account(batch, rows)

    def _map(self, rows: Rows) -> dict[str, str]:
        """The source's view of the delivered rows, and for each feed it fills the judged rows."""
        missing = [name for name in self.source.required if name not in rows.columns]
        if missing:
            raise UnreadableFileError(f"it lacks the columns {', '.join(missing)} of source {self.source.name}")
        absent = "".join(
            f", cast(null as VARCHAR) as {name}" for name in self.source.optional if name not in rows.columns
        )
        reason = " ".join(f"when {condition} then {literal(code)}" for condition, code in self.source.rejections)
        self.connection.execute(
            f"""
            create or replace temp table delivered_by_source as
            select *, case {reason} end as reason from (
                select *{absent}{"" if rows.raw == "raw" else f", {rows.raw} as raw"} from {rows.relation}
            )
            """
        )
        self.connection.execute(
            "insert into outcomes select file_number, row_number, 'quarantined', reason, raw "
            "from delivered_by_source where reason is not null"
        )
        selects = {}
        for name, mapping in self.source.mappings.items():
            view = f"mapped_{name}"
            select = mapping(self.currency)
            self.connection.execute(
                f"create or replace temp view {view} as with delivered as "
                f"(select * exclude (reason) from delivered_by_source where reason is null) select * from ({select})"
            )
            described = self.connection.execute(f"describe {view}").fetchall()
            columns = {row[0]: row[1] for row in described if row[0] in FEEDS[name].column_names}
            selects[name] = judged_select(FEEDS[name], Rows(view, columns, "raw", {}))
        return selects

    def _report_missing_columns(self, batch: list[Landed], rows: Rows) -> None:
        """Say it of the whole file when a required column is in none of its rows; the rows are judged as ever."""
        feed = FEEDS[batch[0].delivery.feed]
        missing = [name for name in feed.required_names if name not in rows.values]
        if missing:
            self.unreadable.extend(
                f"{file.delivery.path} was quarantined whole, since it lacks the required columns "
                f"{', '.join(missing)} of {feed.name}: add them and ingest it again."
                for file in batch
            )

    def _settle(self, feed: Feed) -> None:
        """Find the duplicates and conflicts among the judged rows, against each other and the lake."""
        self.connection.execute(
            "insert into outcomes select file_number, row_number, 'quarantined', reason, raw "
            "from judged where reason is not null"
        )
        key = ", ".join(quote(name) for name in feed.conflict_key or feed.key)
        same_key = " and ".join(
            f"a.{quote(name)} is not distinct from b.{quote(name)}" for name in feed.conflict_key or feed.key
        )
        content = ", ".join([*(quote(name) for name in feed.column_names), "extra"])
        accepted = self._accepted(feed.name)
        self.connection.execute(
            f"""
            create or replace temp table contested as
            select {key} from judged where reason is null group by {key} having count(*) > 1
            union
            select {key} from {accepted} as a
            where exists (select 1 from judged as b where b.reason is null and {same_key})
            """
        )
        pool = f"""
            select 0 as origin, 0 as file_number, 0 as row_number, {content} from {accepted} as a
            where exists (select 1 from contested as b where {same_key})
            union all
            select 1 as origin, file_number, row_number, {content} from judged as a
            where a.reason is null and exists (select 1 from contested as b where {same_key})
        """
        if feed.conflict_key:
            first = f"(partition by {key} order by origin, file_number, row_number)"
            verdict = f"""
                case
                    when row_number() over {first} = 1 then 'loaded'
                    when row({content}) is not distinct from first_value(row({content})) over {first} then 'duplicate'
                    else 'quarantined'
                end"""
        else:
            repetition = f"(partition by {content} order by origin, file_number, row_number)"
            verdict = f"case when row_number() over {repetition} = 1 then 'loaded' else 'duplicate' end"
        self.connection.execute(
            f"""
            create or replace temp table settled as
            select file_number, row_number, verdict, {key}
            from (select *, {verdict} as verdict from ({pool}))
            where origin = 1 and verdict <> 'loaded'
            """
        )
        self.connection.execute(
            f"""
            insert into outcomes
            select a.file_number, a.row_number, a.verdict,
                case when a.verdict = 'quarantined' then 'conflict' end,
                case when a.verdict = 'quarantined' then cast(to_json(b) as VARCHAR) end
            from settled as a
            join judged as b on b.file_number = a.file_number and b.row_number = a.row_number and {same_key}
            """
        )

    def _accepted(self, feed: str) -> str:
        files = [
            *self.lake.canonical_files(feed),
            *(self.lake.root / name for name in self.canonical.get(feed, [])),
        ]
        if not files:
            return "(select * from judged where false)"
        return f"read_parquet([{', '.join(literal(str(file)) for file in files)}])"

    def _write_canonical(self, feed_name: str) -> None:
        feed = FEEDS[feed_name]
        columns = ", ".join(f"judged.{quote(name)}" for name in feed.column_names)
        same_key = " and ".join(
            f"settled.{quote(name)} is not distinct from judged.{quote(name)}" for name in feed.conflict_key or feed.key
        )
        select = f"""
            select {columns}, judged.extra, batch.sha256 as source_file, judged.row_number as source_row
            from judged join batch on batch.file_number = judged.file_number
            where judged.reason is null and not exists (
                select 1 from settled where settled.file_number = judged.file_number
                and settled.row_number = judged.row_number and {same_key}
            )
        """
        written = self._write(f"canonical/{feed_name}", select)
        if written:
            self.canonical.setdefault(feed_name, []).append(written)

    def _write(self, folder: str, select: str) -> str | None:
        """Write the rows of a select to a new Parquet file of the lake; its name, or None when there are no rows."""
        name = f"{folder}/{self.name}-{self.batches:05d}.parquet"
        target = self.lake.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            counted = self.connection.execute(
                f"copy ({select}) to {literal(str(temporary))} (format parquet, compression zstd)"
            ).fetchone()
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error
        if not counted or not counted[0]:
            temporary.unlink(missing_ok=True)
            return None
        temporary.replace(target)
        return name

    def _account(self, batch: list[Landed], rows: Rows) -> None:
        """Count what became of the rows of each file, and keep the rejected ones with their reasons."""
        names = ", ".join(f"({number}, {literal(file.delivery.name)})" for number, file in enumerate(batch))
        feed = batch[0].delivery.feed
        written = self._write(
            "quarantine",
            f"""
            select {literal(feed)} as feed, names.file, batch.sha256 as source_file,
                outcomes.row_number, min(outcomes.reason) as reason, any_value(outcomes.raw) as raw
            from outcomes
            join batch on batch.file_number = outcomes.file_number
            join (values {names}) as names (file_number, file) on names.file_number = outcomes.file_number
            where outcomes.outcome = 'quarantined'
            group by all
            order by names.file, outcomes.row_number
            """,
        )
        if written:
            self.quarantine.append(written)
        readable = dict(
            self.connection.execute(
                f"select file_number, count(*) from {rows.relation} group by file_number"
            ).fetchall()
        )
        unread = dict(
            self.connection.execute("select file_number, count(*) from rejected group by file_number").fetchall()
        )
        counted = self.connection.execute(
            """
            select file_number,
                count(*) filter (where outcome = 'quarantined') as quarantined,
                count(*) filter (where outcome = 'duplicate') as duplicate
            from (
                select file_number, row_number, max(outcome) as outcome from outcomes
                group by file_number, row_number
            )
            group by file_number
            """
        ).fetchall()
        not_loaded = {number: (quarantined, duplicate) for number, quarantined, duplicate in counted}
        for number, file in enumerate(batch):
            rows_read = readable.get(number, 0) + unread.get(number, 0)
            quarantined, duplicate = not_loaded.get(number, (0, 0))
            loaded = rows_read - quarantined - duplicate
            self.accounts.append(
                FileAccount(feed, file.delivery.name, file.sha256, rows_read, loaded, duplicate, quarantined)
            )

    def _quarantine_file(self, file: Landed, error: UnreadableFileError) -> None:
        self.batches += 1
        delivery = file.delivery
        written = self._write(
            "quarantine",
            f"select {literal(delivery.feed)} as feed, {literal(delivery.name)} as file, "
            f"{literal(file.sha256)} as source_file, cast(null as BIGINT) as row_number, "
            f"{literal(f'unreadable: {error}')} as reason, cast(null as VARCHAR) as raw",
        )
        self.quarantine.append(str(written))
        self.accounts.append(FileAccount(delivery.feed, delivery.name, file.sha256, 1, 0, 0, 1))
        self.unreadable.append(
            f"{delivery.path} was quarantined whole, since {error}: mend the file and ingest it again."
        )
