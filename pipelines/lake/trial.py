"""A dry run of a mapping: what would become of files, found out in a lake that is thrown away.

Belongs here: the facts of a trial. Does not belong here: how they are shown (``pipelines.cli.mapping``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.dialects import UnreadableFileError
from pipelines.lake.files import LandedFile, landed_before, unpack
from pipelines.lake.ingest import ingest
from pipelines.lake.layout import converter
from pipelines.lake.payloads import payload_layout_of, read_payloads
from pipelines.lake.remarks import near_misses
from pipelines.lake.sql import canonical_select, quarantine_select, quote
from pipelines.lake.store import Lake
from pipelines.lake.workspace import lake_connection
from pipelines.rows import rows_of
from pipelines.settings import Settings
from pipelines.sources.base import Source
from pipelines.sources.mapping_file import register_mapping


@dataclass(frozen=True)
class Sample:
    """A delivered row as it came, and what it became: rows of feeds, or the reason why not."""

    file: str
    row: int
    before: str
    after: tuple[tuple[str, dict[str, Any]], ...] = ()
    reason: str | None = None


@dataclass
class Trial:
    """What a dry run found; ``repeated`` are rows whose key came before in the same files, as duplicate or conflict."""

    mapping: str
    feeds: tuple[str, ...]
    files: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_repeated: int = 0
    reasons: list[tuple[str, int]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    unread_columns: list[str] = field(default_factory=list)
    near: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    @property
    def rows_refused(self) -> int:
        """The rows that would be quarantined, those of a contradicted key included."""
        return sum(count for _, count in self.reasons)

    @property
    def has_unique_ids(self) -> bool:
        """Whether no two rows have the same key."""
        return not self.rows_repeated and not any(reason == "conflict" for reason, _ in self.reasons)

    @property
    def is_clean(self) -> bool:
        """Whether every row would load."""
        return not self.rows_refused and self.has_unique_ids and self.rows_loaded > 0


def try_mapping(
    settings: Settings, mapping: Path, path: Path, *, samples: int, progress: Callable[[str], None] = lambda _: None
) -> Trial:
    """Map the files under a path into a lake that is thrown away; nothing of the environment changes.

    Raises ``UserError`` for a mistake in the mapping, or when there is nothing to ingest.
    """
    with TemporaryDirectory(prefix="churniq-mapping-") as folder:
        workshop = copy.copy(settings)
        workshop.home = Path(folder)
        workshop.prepare()
        source = register_mapping(workshop, mapping)
        result = ingest(workshop, path, source_name=source.name, progress=progress, is_trial=True)
        lake = Lake(workshop.lake)
        trial = Trial(source.name, tuple(source.mappings), files=len(result.accounts))
        trial.rows_read = sum(account.rows_read for account in result.accounts)
        trial.rows_loaded = sum(account.rows_loaded for account in result.accounts)
        trial.rows_repeated = sum(account.rows_duplicate for account in result.accounts)
        trial.sentences = [*result.remarks, *result.unreadable]
        if not trial.rows_read:
            trial.sentences.append(f"There is no row in {path}, so nothing was tried: give files that have rows.")
        with lake_connection(workshop.work / "trial") as connection:
            rejected = quarantine_select(lake.quarantine_files())
            trial.reasons = connection.execute(
                f"select reason, count(*) from ({rejected}) group by reason order by count(*) desc, reason"
            ).fetchall()
            landed = [landed_before(lake, account) for account in result.accounts]
            _look_at(connection, source, lake, landed, trial, scratch=workshop.work / "trial", samples=samples)
    return trial


def _look_at(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    lake: Lake,
    landed: list[LandedFile],
    trial: Trial,
    *,
    scratch: Path,
    samples: int,
) -> None:
    """Read the files once more for their columns and the first rows of each."""
    sent: dict[str, None] = {}
    for file in landed:
        try:
            layout = payload_layout_of(connection, file, source)
            copied = unpack(file, scratch, dialect=layout.dialect, convert=converter(layout, scratch))
            rows = read_payloads(connection, [copied], layout, scratch)
        except (UnreadableFileError, OSError):
            continue
        found = connection.execute(
            f"select row_number, payload from {rows.relation} order by row_number limit {samples}"
        ).fetchall()
        keys = rows.fields or [
            key
            for (key,) in connection.execute(
                f"select distinct unnest(json_keys(payload)) from (select payload from {rows.relation} limit 10000)"
            ).fetchall()
        ]
        sent.update(dict.fromkeys(keys))
        for number, payload in found[: samples - len(trial.samples)]:
            trial.samples.append(_sample(connection, lake, source, file, (int(number), str(payload))))
    read = source.columns_read
    roots = {name.lstrip("$./").split(".")[0].split("/")[0].split("[")[0] for name in read}
    trial.unread_columns = [name for name in sent if name not in read and name not in roots]
    trial.near = near_misses(trial.unread_columns, [name for name in read if name not in sent])


def _sample(
    connection: duckdb.DuckDBPyConnection, lake: Lake, source: Source, file: LandedFile, row: tuple[int, str]
) -> Sample:
    number, payload = row
    after: list[tuple[str, dict[str, Any]]] = []
    for feed in source.mappings:
        columns = ", ".join(quote(name) for name in FEEDS[feed].column_names)
        made = rows_of(
            connection,
            f"select {columns} from ({canonical_select(FEEDS[feed], lake.canonical_files(feed))}) "
            "where source_file = $1 and source_row = $2",
            [file.sha256, number],
        )
        after += [(feed, {k: v for k, v in row.items() if v is not None}) for row in made.records()]
    refused = connection.execute(
        f"select min(reason) from ({quarantine_select(lake.quarantine_files())}) "
        "where source_file = $1 and row_number = $2",
        [file.sha256, number],
    ).fetchall()[0][0]
    return Sample(file.delivery.name, number, payload, tuple(after), refused)
