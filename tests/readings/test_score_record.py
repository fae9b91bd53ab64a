"""Published scores, kept by day: written once, read as of an instant.

Belongs here: the files. Does not belong here: outcomes (``tests/models/test_track_record``).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb

from pipelines.readings.score_record import KEPT_DAYS, read_recorded, record_folder, record_scores
from pipelines.settings import Settings

AS_OF = datetime(2026, 6, 30, 23)  # noqa: DTZ001 - as of UTC without an offset
DAY = AS_OF.date()


def _publish(settings: Settings, chance: float, day: date, as_of: datetime) -> int:
    """A build's scores of one customer, recorded."""
    warehouse = settings.work / "scores.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists scoring")
        connection.execute(
            "create or replace table scoring.fct_churn_scores as select $1::date as as_of_date, 'anna' as customer_id, "
            "30 as horizon_days, $2::double as churn_probability, 'high' as risk_band, 'm-1' as model_version",
            [day, chance],
        )
    return record_scores(settings, warehouse, as_of)


def _chances(settings: Settings, today: date, as_of: datetime) -> list[float]:
    return read_recorded(settings, today, as_of).sort("as_of_date")["churn_probability"].to_list()


def test_what_was_published_stays_as_it_was(settings: Settings) -> None:
    """Scores that are computed anew say nothing of what was told then, and always look better."""
    assert read_recorded(settings, DAY, AS_OF).is_empty()
    assert _publish(settings, 0.5, DAY, AS_OF) == 1
    _publish(settings, 0.9, DAY, AS_OF)
    assert _chances(settings, DAY, AS_OF) == [0.5], "the same instant again changes nothing"


def test_the_last_scores_of_a_day_count_and_the_earlier_stay(settings: Settings) -> None:
    _publish(settings, 0.5, DAY, AS_OF - timedelta(hours=2))
    _publish(settings, 0.6, DAY, AS_OF)
    assert _chances(settings, DAY, AS_OF) == [0.6]
    assert _chances(settings, DAY, AS_OF - timedelta(hours=1)) == [0.5], "as of then, the later ones were not there"
    assert len(list(record_folder(settings).iterdir())) == 2


def test_a_build_as_of_the_past_reads_what_was_published_by_then(settings: Settings) -> None:
    """Otherwise a snapshot of last month would know the scores of this one."""
    for back, chance in ((0, 0.6), (1, 0.4), (KEPT_DAYS + 1, 0.1)):
        at = AS_OF - timedelta(days=back)
        _publish(settings, chance, at.date(), at)
    assert _chances(settings, DAY, AS_OF) == [0.4, 0.6]
    yesterday = AS_OF - timedelta(days=1)
    assert _chances(settings, yesterday.date(), yesterday) == [0.1, 0.4]
