"""Landed files in, accepted and rejected rows out, every row accounted for.

Belongs here: batches, the order of the steps for one batch, writing what came of it, the accounting.
Does not belong here: file formats (``read``, ``payloads``), rules (``judge``), duplicates and conflicts (``settle``),
senders (``pipelines.sources``), what becomes visible when (``ingest``, ``redo``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed
from pipelines.lake.dialects import UnreadableFileError
from pipelines.lake.files import Format, LandedFile, unpack
from pipelines.lake.judge import judged_select
from pipelines.lake.layout import DOCUMENT, Layout, converter, first_line, layout_of
from pipelines.lake.loading_reports import nothing_loaded, unreadable_rows
from pipelines.lake.mapping import inform, let_wait, mapped_select, prepare, spread_outcomes
from pipelines.lake.payloads import payload_layout_of, read_payloads
from pipelines.lake.read import Rows, read
from pipelines.lake.remarks import (
    completions_sentence,
    near_misses,
    near_misses_sentence,
    no_rows_sentence,
    several_versions_sentence,
    unreadable_sentence,
)
from pipelines.lake.settle import completions, same_row, settle
from pipelines.lake.sql import canonical_select, known_select, literal, quote
from pipelines.lake.store import FileAccount
from pipelines.lake.workspace import make_table, write_parquet
from pipelines.privacy.seals import seals
from pipelines.settings import Settings
from pipelines.sources.base import Source

_BATCH_BYTES = 256 << 20
_DEFAULT_CURRENCY = "EUR"

Progress = Callable[[str], None]
Accepted = Callable[[str], str]
"""From a feed to a select of the rows that were accepted before."""


@dataclass
class LoadResult:
    """What loading files gave: accounts in the order of delivery, and Parquet files relative to the target folder."""

    accounts: list[FileAccount] = field(default_factory=list)
    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    columns: dict[str, set[str]] = field(default_factory=dict)
    seen_context: set[str] = field(default_factory=set)
    """The hashes of the files that were mapped when all context in these files was known."""


class BatchLoader:
    """Loads landed files of one source; ``target`` is the folder for Parquet files, ``name`` begins their names.

    ``known`` has the context that is known beyond what was accepted; ``is_context_only`` loads nothing but context.
    ``is_trial`` says that nobody keeps what is loaded, which changes the sentences alone.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        settings: Settings,
        *,
        accepted: Accepted,
        target: Path,
        name: str,
        scratch: Path,
        progress: Progress,
        known: Accepted | None = None,
        is_context_only: bool = False,
        is_trial: bool = False,
    ) -> None:
        self.connection = connection
        self.source = source
        self.settings = settings
        self.accepted = accepted
        self.known = known
        self.is_context_only = is_context_only
        self.is_trial = is_trial
        self.target = target
        self.name = name
        self.scratch = scratch
        self.progress = progress
        self.currency = settings.reporting_currency or _DEFAULT_CURRENCY
        self.loaded = LoadResult()
        self.batches = 0
        self.reported: set[tuple[str, str]] = set()

    def run(self, landed: Sequence[LandedFile], loaded_at: str) -> LoadResult:
        """Load files that count as loaded at a time."""
        self.loaded_at = loaded_at
        for batch, layout in self._batches(landed):
            self._load(batch, layout)
        return self.loaded

    def _batches(self, landed: Iterable[LandedFile]) -> Iterable[tuple[list[LandedFile], Layout]]:
        """Files that can be read together, in the order of delivery, in bites that fit in memory."""
        readable = []
        for file in landed:
            try:
                layout = (
                    payload_layout_of(self.connection, file, self.source)
                    if self.source.takes_payloads
                    else layout_of(self.connection, file, self.source)
                )
                readable.append((file, layout))
            except UnreadableFileError as error:
                self._quarantine_file(file, error)
        readable.sort(key=lambda pair: pair[0].delivery.feed)
        for (_, layout), group in groupby(readable, key=lambda pair: (pair[0].delivery.feed, pair[1])):
            alone = layout.format is Format.PARQUET and layout.codec is not None
            batch: list[LandedFile] = []
            size = 0
            for file, _ in group:
                if batch and (alone or size + file.size > _BATCH_BYTES):
                    yield batch, layout
                    batch, size = [], 0
                batch.append(file)
                size += file.size
            yield batch, layout

    def _load(self, batch: list[LandedFile], layout: Layout) -> None:
        # The same bytes under two names are one file to the reader, so the second waits for a batch of its own.
        hashes: set[str] = set()
        repeated = [file for file in batch if file.sha256 in hashes or hashes.add(file.sha256)]  # type: ignore[func-returns-value]
        batch = [file for file in batch if file not in repeated]
        read_rows = read_payloads if self.source.takes_payloads else read
        unpacked: list[LandedFile] = []
        try:
            for file in batch:
                unpacked.append(self._unpack(file, layout))
            self._judge(batch, read_rows(self.connection, unpacked, layout, self.scratch))
        except UnreadableFileError as error:
            if len(batch) == 1:
                self._quarantine_file(batch[0], error)
            else:
                for file in batch:
                    self._load([file], layout)
        finally:
            for file, copy in zip(batch, unpacked, strict=False):
                if copy.path != file.path:
                    copy.path.unlink(missing_ok=True)
        for file in repeated:
            self._load([file], layout)

    def _unpack(self, file: LandedFile, layout: Layout) -> LandedFile:
        try:
            convert = converter(layout, self.scratch)
            return unpack(file, self.scratch, dialect=layout.dialect, convert=convert)
        except (OSError, duckdb.Error) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise UnreadableFileError(first_line(error)) from error

    def _judge(self, batch: list[LandedFile], rows: Rows) -> None:
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
        feeds = self._judge_mapped(rows) if self.source.mappings else self._judge_feed(feed, rows)
        accepted = {name: f"({self._accepted(name)})" for name in feeds}
        # Nobody can tell Stripe to send one row of each key.
        is_told = not self.source.takes_payloads or self.source.grouped_by is not None
        is_summed = self.source.grouped_by is not None
        unclear = settle(self.connection, accepted, rows_are_split=bool(self.source.mappings), counts_unclear=is_told)
        self.loaded.remarks += [
            several_versions_sentence(name, count, FEEDS[name].key, is_summed=is_summed)
            for name, count in unclear.items()
            if count
        ]
        if not self.source.mappings and (added := completions(self.connection, FEEDS[feed], accepted[feed])):
            self.loaded.remarks.append(completions_sentence(feed, added, is_trial=self.is_trial))
        if self.source.grouped_by:
            spread_outcomes(self.connection, self.source.grouped_by)
        for name in feeds:
            written = self._write_canonical(FEEDS[name])
            if written and name in (*self.source.context, *self.source.reads):
                self.loaded.seen_context.clear()
        self.loaded.seen_context.update(file.sha256 for file in batch)
        self._write_quarantine(feed, rows)
        self._account(batch, rows)

    def _judge_feed(self, feed: str, rows: Rows) -> list[str]:
        self._make_judged(feed, judged_select(FEEDS[feed], rows))
        return [feed]

    def _judge_mapped(self, rows: Rows) -> list[str]:
        """Judge the rows that the source's mappings make, its context first, since other rows wait for it."""
        own_context = [name for name in self.source.context if name in self.source.mappings]
        feeds = [*own_context, *(name for name in self.source.mappings if name not in own_context)]
        for name in self.source.context:
            self._show_known(name, self._context(name))
        left_out = prepare(self.connection, self.source, rows, seals(self.settings))
        if left_out:
            self.loaded.remarks.append(
                f"{self.source.name}: {left_out:,} rows tell nothing, as the mapping says, and were left out."
            )
        told = []
        for name in own_context:
            if self._map(name):
                told.append(name)
                own = f"from judged_{name} where reason is null"
                self._show_known(name, f"{self._context(name)} union all by name ({own})")
        if self.is_context_only:
            return told
        for name in self.source.reads:
            self.connection.execute(f"create or replace temp view accepted_{name} as {self._accepted(name)}")
        let_wait(self.connection, self.source)
        inform(self.connection, self.source)
        return [*told, *(name for name in feeds[len(own_context) :] if self._map(name))]

    def _map(self, feed: str) -> bool:
        """Judge what the source's mapping tells of a feed; whether it tells anything."""
        select = mapped_select(self.connection, self.source, feed, self.currency)
        if select:
            self._make_judged(feed, select)
        return select is not None

    def _context(self, feed: str) -> str:
        known = f" union all by name {self.known(feed)}" if self.known else ""
        return f"{self._accepted(feed)}{known}"

    def _show_known(self, feed: str, select: str) -> None:
        select = known_select(FEEDS[feed], select)
        self.connection.execute(f"create or replace temp view known_{feed} as {select}")

    def _make_judged(self, feed: str, select: str) -> None:
        try:
            make_table(self.connection, f"judged_{feed}", select)
        except duckdb.Error as error:
            raise UnreadableFileError(first_line(error)) from error

    def _accepted(self, feed: str) -> str:
        """A select of the rows that were accepted before this batch."""
        own = [self.target / name for name in self.loaded.canonical.get(feed, [])]
        return f"{self.accepted(feed)} union all by name {canonical_select(FEEDS[feed], own)}"

    def _write_canonical(self, feed: Feed) -> bool:
        columns = ", ".join(f"judged.{quote(name)}" for name in feed.column_names)
        select = f"""
            select {columns}, judged.extra, batch.source_file, judged.row_number as source_row
            from judged_{feed.name} as judged join batch using (file_number)
            where judged.reason is null and not exists (
                select 1 from settled_{feed.name} as settled where settled.file_number = judged.file_number
                and settled.row_number = judged.row_number and {same_row(feed, "settled", "judged")}
            )
        """
        written = self._write(f"canonical/{feed.name}", select)
        if written:
            self.loaded.canonical.setdefault(feed.name, []).append(written)
        return written is not None

    def _write_quarantine(self, feed: str, rows: Rows) -> None:
        """Keep the rejected rows with their reasons, and collect ``outcomes`` of the rows that nothing could map."""
        if self.source.mappings:
            # A row that waits has had its own context loaded, or found to be a duplicate; the row is what counts.
            self.connection.execute(
                "delete from outcomes using delivered_by_source as delivered where delivered.reason is not null "
                "and delivered.file_number = outcomes.file_number and delivered.row_number = outcomes.row_number"
            )
            self.connection.execute(
                "insert into outcomes select file_number, row_number, 'quarantined', reason "
                "from delivered_by_source where reason is not null"
            )
        if not self._has_rejections():
            return
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
            self.loaded.quarantine.append(written)

    def _has_rejections(self) -> bool:
        found = "select exists (from rejected) or exists (from outcomes where outcome = 'quarantined')"
        return bool(self.connection.execute(found).fetchall()[0][0])

    def _account(self, batch: list[LandedFile], rows: Rows) -> None:
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
            self._add_account(file, rows_read, duplicate, quarantined)
            if rows_read > quarantined:
                self.loaded.columns.setdefault(file.delivery.feed, set()).update(rows.fields)
            if rows_read and quarantined == rows_read:
                self.loaded.unreadable.append(
                    nothing_loaded(self.connection, self.source, number, file, rows, is_trial=self.is_trial)
                )
            elif quarantined and (said := unreadable_rows(self.connection, self.source, number, file)):
                self.loaded.remarks.append(said)
            if not rows_read and (lacking := self._lacking(file, rows)):
                self.loaded.remarks.append(no_rows_sentence(file.delivery.path, file.delivery.feed, lacking))
        if not self.source.mappings and any(
            counted.get(n, (0, 0, 0))[0] > counted.get(n, (0, 0, 0))[1] for n in range(len(batch))
        ):
            self._report_near_misses(batch, rows)

    def _add_account(self, file: LandedFile, rows_read: int, duplicate: int, quarantined: int) -> None:
        self.loaded.accounts.append(
            FileAccount(
                feed=file.delivery.feed,
                file=file.delivery.name,
                sha256=file.sha256,
                landed=file.stored,
                loaded_at=self.loaded_at,
                rows_read=rows_read,
                rows_loaded=rows_read - duplicate - quarantined,
                rows_duplicate=duplicate,
                rows_quarantined=quarantined,
                mapping=self.source.version,
            )
        )

    def _lacking(self, file: LandedFile, rows: Rows) -> list[str]:
        """The required columns that a header without rows does not have: perhaps it is none."""
        if not rows.fields:
            return []
        if self.source.mappings:
            read = self.source.columns_read
            return [] if set(read) & set(rows.fields) else list(read)
        return [name for name in FEEDS[file.delivery.feed].required_names if name not in rows.fields]

    def _report_near_misses(self, batch: list[LandedFile], rows: Rows) -> None:
        """Say once of a feed that columns were kept in extra whose names are nearly those of known ones."""
        feed = batch[0].delivery.feed
        near = near_misses(rows.fields, FEEDS[feed].column_names)
        new = {sent: known for sent, known in near.items() if (feed, sent) not in self.reported}
        if new:
            self.reported.update((feed, sent) for sent in new)
            self.loaded.remarks.append(near_misses_sentence(batch[0].delivery.path, new, kept=True))

    def _write(self, folder: str, select: str) -> str | None:
        """Write the rows of a select to a new Parquet file; its name, or None when there are no rows."""
        name = f"{folder}/{self.name}-{self.batches:05d}.parquet"
        return name if write_parquet(self.connection, self.target / name, select) else None

    def _quarantine_file(self, file: LandedFile, error: UnreadableFileError) -> None:
        self.batches += 1
        delivery = file.delivery
        reason = str(error)
        for path in (file.path, self.scratch / DOCUMENT, *self.scratch.glob(f"{file.sha256}*")):
            reason = reason.replace(str(path), delivery.name)
        written = self._write(
            "quarantine",
            f"select {literal(delivery.feed)} as feed, {literal(delivery.name)} as file, "
            f"{literal(file.sha256)} as source_file, cast(null as BIGINT) as row_number, "
            f"{literal(f'unreadable: {reason}')} as reason, cast(null as VARCHAR) as raw",
        )
        self.loaded.quarantine.append(str(written))
        self._add_account(file, 1, 0, 1)
        self.loaded.unreadable.append(unreadable_sentence(delivery.path, reason, is_trial=self.is_trial))
