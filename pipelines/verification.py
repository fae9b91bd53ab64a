"""Whether everything that an environment keeps is as it was written: the lake, the snapshots, the models.

Belongs here: going through it, a sentence for each damaged file. Does not belong here: how each kind is checked, the
disposable folder ``work``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.errors import UserError
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
    damaged: list[str] = field(default_factory=list)


def verify(settings: Settings) -> Verified:
    """Hash everything again that an environment keeps; nothing is changed."""
    found = Verified()
    _verify_lake(settings, found)
    _verify_snapshots(settings, found)
    _verify_models(settings, found)
    return found


def _verify_lake(settings: Settings, found: Verified) -> None:
    lake = Lake(settings.lake)
    try:
        contents = lake.contents()
    except UserError as error:
        found.damaged.append(str(error))
        return
    found.commits = lake.version
    found.landed = len({account.landed for account in contents.accounts})
    found.parquet = sum(len(names) for names in contents.canonical.values()) + len(contents.quarantine)
    found.damaged += damaged_parquet_files(lake, contents)
    found.damaged += damaged_landed_files(lake, contents)
    if lake.lacks_head:
        found.damaged.append(
            f"{lake.root / 'head.json'} is missing, so nothing says which commit is the newest: restore it from a "
            "backup, or let the next ingest write it again."
        )


def _verify_snapshots(settings: Settings, found: Verified) -> None:
    from pipelines.publishing.snapshots import damaged_snapshots, published_pointers

    try:
        found.snapshots = len(published_pointers(settings))
    except UserError as error:
        found.damaged.append(str(error))
        return
    found.damaged += damaged_snapshots(settings)


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
