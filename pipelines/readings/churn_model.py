"""The churn model over a published snapshot: its history, its champion, the registry.

Belongs here: what ``churniq train``, ``score``, ``backtest`` and ``models`` ask. Does not belong here: churn science
(``models``), how answers are laid out (``pipelines.cli``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import UserError
from pipelines.publishing.snapshots import open_snapshot
from pipelines.settings import Settings
from pipelines.warehouse.scoring import read_features

if TYPE_CHECKING:
    from models.history import History
    from models.trained import TrainedModel


def read_history(settings: Settings, as_of: datetime | None) -> History:
    """What a published snapshot holds for the models; raises ``UserError`` where it was built before they needed it."""
    with open_snapshot(settings, as_of) as connection:
        try:
            instant, time_zone = connection.execute("select as_of, timezone from ops.build_info").fetchall()[0]
            return read_features(connection, instant, time_zone)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UserError("The snapshot was built before it had all that scores read: run churniq build.") from error


def champion_of(settings: Settings, history: History, horizon_days: int) -> TrainedModel:
    """The champion for a horizon, trained now unless the registry has it."""
    from models.champion import champion

    try:
        return champion(history, settings.registry, horizon_days)
    except ValueError as error:
        raise UserError(str(error)) from error


def registered(settings: Settings) -> list[TrainedModel]:
    """Every intact model of the registry, by name; raises ``UserError`` for one that is not."""
    from models.registry import folders, load

    try:
        return [load(folder) for folder in folders(settings.registry)]
    except ValueError as error:
        raise UserError(str(error)) from error
