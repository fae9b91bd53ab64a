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
from pipelines.lake.files import Delivery, Format, Landed, find_deliveries, land, regular_files
from pipelines.lake.judge import judged_select
from pipelines.lake.read import Layout, Rows, UnreadableFileError, first_line, layout_of, read
from pipelines.lake.settle import same_key, settle
from pipelines.lake.sql import literal, quote
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
    lake = Lake(settings.lake)
    deliveries = find_deliveries(path, lake, feed=source.name if source.mappings else None)
    left_out = len(list(regular_files(path))) - len(deliveries)
    if left_out:
        progress(f"left out for lying under no feed's folder: {left_out} of the files under {path}")
    settings.prepare()
    lock = FileLock(settings.locks / "ingest.lock", timeout=0)
    try:
        with lock:
            return _Ingest(lake, source, settings, progress).run(deliveries)
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
        self.accepted: dict[str, list[Path]] = {}
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
        source_keys = (*self.source.required, *self.source.optional)
        for file in landed:
            try:
                readable.append((file, layout_of(self.connection, file, source_keys)))
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
        feed = batch[0].delivery.feed
        self.progress(f"loading {feed}, {len(batch)} files")
        files = ", ".join(
            f"({number}, {literal(file.delivery.name)}, {literal(file.sha256)})" for number, file in enumerate(batch)
        )
        self.connection.execute(
            "create or replace temp table batch as "
            f"select * from (values {files}) as batch (file_number, file, source_file)"
        )
        selects = self._map(rows) if self.source.mappings else {feed: judged_select(FEEDS[feed], rows)}
        try:
            for name, select in selects.items():
                self.connection.execute(f"create or replace temp table judged_{name} as {select}")
        except duckdb.Error as error:
            raise UnreadableFileError(first_line(error)) from error
        accepted = {name: self._accepted(name) for name in selects}
        settle(self.connection, accepted, rows_are_split=bool(self.source.mappings))
        for name in selects:
            self._write_canonical(FEEDS[name])
        self._write_quarantine(feed, rows)
        self._account(batch, rows)

    def _map(self, rows: Rows) -> dict[str, str]:
        """For each feed that the source fills the judged rows of its mapping, and the rows that it rules out."""
        missing = [name for name in self.source.required if name not in rows.columns]
        if missing:
            raise UnreadableFileError(f"it lacks the columns {', '.join(missing)} of source {self.source.name}")
        fields = ", ".join(
            f"cast({quote(name) if name in rows.columns else 'null'} as VARCHAR) as {quote(name)}"
            for name in (*self.source.required, *self.source.optional)
        )
        reason = " ".join(f"when {condition} then {literal(code)}" for condition, code in self.source.rejections)
        try:
            self.connection.execute(
                f"""
                create or replace temp table delivered_by_source as
                select *, case {reason} end as reason
                from (select file_number, row_number, {fields} from {rows.relation})
                """
            )
        except duckdb.Error as error:
            raise UnreadableFileError(first_line(error)) from error
        selects = {}
        for name, mapping in self.source.mappings.items():
            view = f"mapped_{name}"
            self.connection.execute(
                f"create or replace temp view {view} as with delivered as (select * exclude (reason) "
                f"from delivered_by_source where reason is null) select * from ({mapping(self.currency)})"
            )
            described = self.connection.execute(f"describe {view}").fetchall()
            columns = {row[0]: row[1] for row in described if row[0] in FEEDS[name].column_names}
            selects[name] = judged_select(FEEDS[name], Rows(view, columns, "null", lambda _: "null"))
        return selects

    def _accepted(self, feed: str) -> str:
        if feed not in self.accepted:
            self.accepted[feed] = self.lake.canonical_files(feed)
        files = [*self.accepted[feed], *(self.lake.root / name for name in self.canonical.get(feed, []))]
        if not files:
            return f"(select * from judged_{feed} where false)"
        paths = ", ".join(literal(str(file)) for file in files)
        return f"read_parquet([{paths}], hive_partitioning = false)"

    def _write_canonical(self, feed: Feed) -> None:
        columns = ", ".join(f"judged.{quote(name)}" for name in feed.column_names)
        select = f"""
            select {columns}, judged.extra, batch.source_file, judged.row_number as source_row
            from judged_{feed.name} as judged join batch using (file_number)
            where judged.reason is null and not exists (
                select 1 from settled_{feed.name} as settled where settled.file_number = judged.file_number
                and settled.row_number = judged.row_number and {same_key(feed, "settled", "judged")}
            )
        """
        written = self._write(f"canonical/{feed.name}", select)
        if written:
            self.canonical.setdefault(feed.name, []).append(written)

    def _write_quarantine(self, feed: str, rows: Rows) -> None:
        """Keep the rejected rows with their reasons, and collect ``outcomes`` of the rows that nothing could map."""
        if self.source.mappings:
            self.connection.execute(
                "insert into outcomes select file_number, row_number, 'quarantined', reason "
                "from delivered_by_source where reason is not null"
            )
        written = self._write(
            "quarantine",
            f"""
            select {literal(feed)} as feed, batch.file, batch.source_file, row_number, reason, raw
            from (
                select file_number, row_number, reason, raw from rejected
                union all
                select file_number, row_number, outcomes.reason, {rows.raw} as raw
                from {rows.relation} join outcomes using (file_number, row_number)
                where outcomes.outcome = 'quarantined'
            )
            join batch using (file_number)
            order by batch.file, row_number
            """,
        )
        if written:
            self.quarantine.append(written)

    def _account(self, batch: list[Landed], rows: Rows) -> None:
        """Count what became of the rows of each file."""
        readable = "delivered_by_source" if self.source.mappings else f"judged_{batch[0].delivery.feed}"
        counts = self.connection.execute(
            f"""
            select file_number, sum(read)::BIGINT, sum(quarantined)::BIGINT, sum(duplicate)::BIGINT
            from (
                select file_number, count(*) as read, 0 as quarantined, 0 as duplicate from {readable} group by all
                union all
                select file_number, count(*), count(*), 0 from rejected group by all
                union all
                select file_number, 0, (outcome = 'quarantined')::INTEGER, (outcome = 'duplicate')::INTEGER
                from outcomes
            )
            group by file_number
            """
        ).fetchall()
        counted = {number: (read, quarantined, duplicate) for number, read, quarantined, duplicate in counts}
        for number, file in enumerate(batch):
            rows_read, quarantined, duplicate = counted.get(number, (0, 0, 0))
            loaded = rows_read - quarantined - duplicate
            self.accounts.append(
                FileAccount(
                    file.delivery.feed, file.delivery.name, file.sha256, rows_read, loaded, duplicate, quarantined
                )
            )
            if rows_read and quarantined == rows_read and not self.source.mappings:
                self._report_missing_columns(number, file, rows)

    def _report_missing_columns(self, number: int, file: Landed, rows: Rows) -> None:
        """Say it of the whole file when a required column has a value in none of its rows."""
        feed = FEEDS[file.delivery.feed]
        filled = ", ".join(
            f"count(nullif(cast({quote(name)} as VARCHAR), ''))" if name in rows.columns else "0"
            for name in feed.required_names
        )
        ((total, *counts),) = self.connection.execute(
            f"select count(*), {filled} from {rows.relation} where file_number = {number}"
        ).fetchall()
        missing = [name for name, count in zip(feed.required_names, counts, strict=True) if total and not count]
        if missing:
            self.unreadable.append(
                f"{file.delivery.path} was quarantined whole, since it lacks the required columns "
                f"{', '.join(missing)} of {feed.name}: add them and ingest it again."
            )

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

    def _quarantine_file(self, file: Landed, error: UnreadableFileError) -> None:
        self.batches += 1
        delivery = file.delivery
        reason = str(error)
        for path in (file.path, *self.scratch.glob(f"{file.sha256}*")):
            reason = reason.replace(str(path), delivery.name)
        written = self._write(
            "quarantine",
            f"select {literal(delivery.feed)} as feed, {literal(delivery.name)} as file, "
            f"{literal(file.sha256)} as source_file, cast(null as BIGINT) as row_number, "
            f"{literal(f'unreadable: {reason}')} as reason, cast(null as VARCHAR) as raw",
        )
        self.quarantine.append(str(written))
        self.accounts.append(FileAccount(delivery.feed, delivery.name, file.sha256, 1, 0, 0, 1))
        self.unreadable.append(
            f"{delivery.path} was quarantined whole, since {reason}: mend the file and ingest it again."
        )
