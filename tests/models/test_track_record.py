"""The live record of scores: what came of them, and how far the world has moved.

Belongs here: outcomes, metrics, drift on histories whose numbers are known. Does not belong here: keeping the scores
(``tests/readings``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from models.caveats import caveats
from models.drift import SMALLEST, stability_index
from models.history import History
from models.track_record import DRIFT, OUTCOMES, RECORDED, track_record
from models.trained import FLOOR, SEGMENT_RATE
from models.training import train
from tests.models.histories import AS_OF, make_history

TODAY = AS_OF.date()


def recorded(day: date, chances: dict[str, float], horizon: int = 30) -> pl.DataFrame:
    """Scores published on a day."""
    rows = [(day, name, horizon, chance, "high", "trees-1") for name, chance in chances.items()]
    return pl.DataFrame(rows, schema={name: OUTCOMES[name] for name in RECORDED}, orient="row")


def history_of(spans: dict[str, tuple[date, date | None]]) -> History:
    """The usual features with these paying spans."""
    paying = pl.DataFrame(
        [(name, begins, ends) for name, (begins, ends) in spans.items()],
        schema={"customer_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    ).with_columns(mrr=pl.lit(9.99).cast(pl.Decimal(38, 4)))
    return History(make_history(20).features, paying, AS_OF)


def test_an_outcome_is_joined_once_its_horizon_is_over_and_settled_later() -> None:
    """A score was judged on a day that had not closed, or before a silent end could be known."""
    begins = TODAY - timedelta(days=400)
    history = history_of({"stays": (begins, None), "leaves": (begins, TODAY - timedelta(days=100))})
    both = {"stays": 0.1, "leaves": 0.7}
    days = [TODAY - timedelta(days=back) for back in (120, 60, 31, 30)]
    tables = track_record(pl.concat([recorded(day, both) for day in days]), history)
    outcomes = tables["fct_score_outcomes"]
    assert outcomes["as_of_date"].unique().sort().to_list() == days[:3], (
        "the last horizon ends today, which is not over"
    )
    first = outcomes.filter(as_of_date=days[0])
    assert dict(first.select("customer_id", "has_churned").iter_rows()) == {"stays": False, "leaves": True}
    settled = dict(outcomes.select("as_of_date", "is_settled").unique().iter_rows())
    assert settled == {days[0]: True, days[1]: False, days[2]: False}
    pooled = tables["score_track_record"].filter(pl.col("as_of_date").is_null())
    assert dict(pooled.select("metric", "value").iter_rows())["customers"] == 2
    level = tables["score_track_record"].filter(metric="predicted_over_observed", as_of_date=days[0])["value"]
    assert level.item() == pytest.approx(0.8)


def test_a_record_without_rows_gives_tables_without_rows() -> None:
    """The first build of an environment has published nothing yet."""
    tables = track_record(recorded(TODAY, {}), make_history(20))
    assert [tables[name].height for name in ("fct_score_outcomes", "score_track_record", "score_track_bins")] == [
        0,
        0,
        0,
    ]
    assert tables["score_drift"].schema == pl.Schema(DRIFT)


def test_the_index_of_a_shift_that_is_known() -> None:
    """Half of one value in two becomes four fifths: (.8 - .5) ln 1.6 + (.2 - .5) ln .4, and half a row of missing."""
    then, now = (pl.Series("x", ["a"] * a + ["b"] * (1000 - a)) for a in (500, 800))
    expected = 0.3 * np.log(1.6) - 0.3 * np.log(0.4)
    assert stability_index(then, now) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("values", [[1.0] * 400, [None] * 400, ["a"] * 400, [True, False] * 200])
def test_what_stays_the_same_has_not_moved(values: list[object]) -> None:
    """A constant column, or one known of nobody, once divided by nothing."""
    column = pl.Series("x", values, dtype=pl.Float64 if values[0] is None else None)
    assert stability_index(column, column) == pytest.approx(0)


def test_chance_alone_raises_no_alarm_and_a_feed_that_stopped_does() -> None:
    """Viewing stopped for weeks, every score rose, and nothing said so."""
    random = np.random.default_rng(1)
    then = pl.Series("minutes_28", random.gamma(2.0, 200.0, 2000))
    assert stability_index(then, pl.Series("minutes_28", random.gamma(2.0, 200.0, 2000))) < 0.1  # type: ignore[operator]
    assert stability_index(then, pl.Series("minutes_28", np.zeros(2000))) > 0.25  # type: ignore[operator]
    assert stability_index(then, then.fill_nan(None).shift(1500)) > 0.25  # type: ignore[operator]
    assert stability_index(then, then.head(SMALLEST - 1)) is None


def test_a_feature_that_moved_comes_first() -> None:
    history = make_history(SMALLEST)
    silent = pl.when(pl.col("feature_date") == TODAY).then(0.0).otherwise(pl.col("minutes_28"))
    history = History(history.features.with_columns(minutes_28=silent), history.paying, datetime(2025, 12, 31, 12))  # noqa: DTZ001
    drift = track_record(recorded(TODAY, {}), history)["score_drift"]
    assert drift.row(0, named=True) | {"stability_index": None} == {
        "feature": "minutes_28",
        "then_date": date(2025, 11, 30),
        "now_date": TODAY,
        "then_rows": SMALLEST,
        "now_rows": SMALLEST,
        "stability_index": None,
        "verdict": "another population",
    }


def test_scores_whose_viewing_stopped_say_so() -> None:
    """A feed that stopped for weeks left scores that looked like any other."""
    model = replace(train(make_history(60), 30, {}), kind=FLOOR)
    late, usual = (TODAY - timedelta(days=back) for back in (15, 14))
    (said,) = caveats(model, TODAY, late)["caveat"].to_list()
    assert f"Viewing is known up to {late}, 15 days before these scores" in said
    assert caveats(model, TODAY, usual).is_empty()
    assert caveats(model, TODAY, None).is_empty(), "a business without viewing has nothing to miss"


def test_scores_that_no_model_made_say_so() -> None:
    """Everybody had the rate of a segment, and the list of those at risk looked like any other."""
    model = train(make_history(3), 30, {})
    assert model.kind == SEGMENT_RATE
    (said,) = caveats(model, TODAY, None)["caveat"].to_list()
    assert said == model.note
    assert "churn rate of a segment" in said
