"""Whether everything that an environment keeps is as it was written: lake, snapshots, models, records, the inbox.

Belongs here: going through it, a sentence for each damaged file. Does not belong here: how each kind is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.errors import UserError
from pipelines.kept import damaged_kept_files, kept_files
from pipelines.lake.integrity import damaged_landed_files, damaged_parquet_files
from pipelines.lake.store import Lake
from pipelines.settings import Settings


@dataclass
class Verified:
    """What was looked at, and a sentence for each damaged file."""

    commits: int = 0
    landed: int = 0
    parquet: int = 0
    snapshots: int = 0
    models: int = 0
    kept: int = 0
    received: int = 0
    damaged: list[str] = field(default_factory=list)


def verify(settings: Settings) -> Verified:
    """Hash everything again that an environment keeps; nothing is changed."""
    found = Verified()
    _verify_lake(settings, found)
    _verify_snapshots(settings, found)
    _verify_models(settings, found)
    _verify_kept_files(settings, found)
    _verify_inbox(settings, found)
    _verify_work(settings, found)
    return found


def _verify_lake(settings: Settings, found: Verified) -> None:
    lake = Lake(settings.lake)
    try:
        lake.commits()
        contents = lake.contents()
        damaged_checkpoint = lake.damaged_checkpoint()
    except UserError as error:
        found.damaged.append(str(error))
        return
    found.commits = lake.version
    found.landed = len({account.landed for account in contents.accounts})
    found.parquet = sum(len(names) for names in contents.canonical.values()) + len(contents.quarantine)
    found.damaged += damaged_parquet_files(lake, contents)
    found.damaged += damaged_landed_files(lake, contents)
    if damaged_checkpoint:
        found.damaged.append(damaged_checkpoint)
    if lake.lacks_head:
        found.damaged.append(
            f"{lake.root / 'head.json'} is missing, so nothing says which commit is the newest: restore it from a "
            "backup, or let the next ingest write it again."
        )


def _verify_snapshots(settings: Settings, found: Verified) -> None:
    from pipelines.publishing.pointers import LINK, current_path, read_pointer
    from pipelines.publishing.snapshots import damaged_snapshots, published_pointers

    try:
        found.snapshots = len(published_pointers(settings))
    except UserError as error:
        found.damaged.append(str(error))
        return
    found.damaged += damaged_snapshots(settings)
    link, current = settings.published / LINK, read_pointer(current_path(settings))
    # Those of version 0.1 had neither digest nor link.
    if current is not None and current.digest and link.resolve() != (settings.published / current.file).resolve():
        found.damaged.append(
            f"{link} does not lead to the current snapshot, {current.file}: run churniq build --full-refresh, which "
            "makes the link again."
        )


def _verify_models(settings: Settings, found: Verified) -> None:
    from models import registry

    for folder in sorted(settings.registry.glob("*-*/")):
        # What a killed training left aside is no model.
        if folder.suffix == ".part":
            continue
        found.models += 1
        if not registry.is_intact(folder):
            found.damaged.append(
                f"The model in {folder} was altered after it was saved: run churniq build to train it."
            )


def _verify_kept_files(settings: Settings, found: Verified) -> None:
    found.kept = sum(1 for _ in kept_files(settings.home))
    found.damaged += damaged_kept_files(settings.home)


def _verify_inbox(settings: Settings, found: Verified) -> None:
    """The records of the receiver that wait: other files that wait are their senders'."""
    from pipelines.receiver.records import are_records, checksum_of

    for path in sorted(settings.landing.rglob("*.jsonl")):
        content = path.read_bytes()
        if path.name.startswith(".") or not are_records(content):
            continue
        lines = [line for line in content.split(b"\n") if line]
        found.received += len(lines)
        damaged = sum(checksum_of(line.decode(errors="surrogateescape")) is not True for line in lines)
        if damaged:
            found.damaged.append(
                f"{path} has {damaged} damaged of {len(lines)} records: the others load; have the sender repeat what "
                "it sent at that time."
            )


def _verify_work(settings: Settings, found: Verified) -> None:
    """The warehouse, which can be built anew, but which the next build would continue."""
    import duckdb

    from pipelines.locks import is_held
    from pipelines.warehouse.build_record import last_build
    from pipelines.warehouse.database import open_warehouse, require_readable

    try:
        last_build(settings)
        if settings.warehouse.exists() and not is_held(settings.locks / "build.lock"):
            with open_warehouse(settings.warehouse, read_only=True) as connection:
                require_readable(connection)
    except UserError as error:
        found.damaged.append(str(error))
    except duckdb.Error as error:
        if "Could not set lock" not in str(error):
            found.damaged.append(
                f"The warehouse {settings.warehouse} is damaged: run churniq build --full-refresh, which builds it "
                "anew."
            )
