"""Training, the gate, the registry and scores on one small history, trained once."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.backtesting import trainable
from models.boosting import fit_boosting
from models.champion import champion
from models.encoding import one_hot
from models.estimators import probability
from models.explanation import ACTIONS, REASONS, choose_reasons
from models.features import model_frame
from models.floor import fit_floor_at
from models.history import History, Sample
from models.leveling import DayShift, day_shift, expected_level, level_of
from models.registry import CARD, MODEL_TEXT, PEOPLE_CARD, folders, is_intact, load, save, waivers
from models.scoring import COLUMNS, risk_band, score
from models.segment_rate import SEGMENTS, fit_segment_rate, segments_of
from models.splines import spline_design
from models.target import churned_by
from models.trained import SEGMENT_RATE, TrainedModel, backtest_report, canonical_json
from models.training import train
from tests.models.histories import AS_OF, MONTH_ENDS, make_history


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture(scope="module")
def model(history: History) -> TrainedModel:
    return train(history)


@pytest.fixture(scope="module")
def scores(history: History, model: TrainedModel) -> pl.DataFrame:
    return score(model, history)


def test_only_settled_days_train_and_the_embargo_is_the_horizon(history: History, model: TrainedModel) -> None:
    """A window that a silent end can still take back, or that overlaps the judged one, once trained the model."""
    newest = AS_OF.date() - timedelta(days=1 + 30 + 60)
    assert model.training_days == tuple(day for day in MONTH_ENDS if day <= newest)
    assert trainable(model.training_days, date(2025, 5, 31), 30) == tuple(MONTH_ENDS[:4])
    assert trainable(model.training_days, date(2025, 5, 31), 60) == tuple(MONTH_ENDS[:3])
    assert set(model.origins) < set(model.training_days)


def test_the_backtest_is_honest_and_published_in_full(model: TrainedModel) -> None:
    assert model.kind in {"floor", "trees"}
    assert 0.65 < (model.pooled("auc") or 0) < 0.9
    assert (model.pooled("log_loss") or 9) < (model.pooled("log_loss", estimator=SEGMENT_RATE) or 0) + 0.02
    report = backtest_report(model)
    assert set(report.metrics["split"]) == {"test", "test_renewing"}
    assert report.origins.filter(pl.col("origin").is_null()).height * (len(model.origins) + 1) == report.origins.height
    assert report.calibration_bins["customers"].sum() == sum(
        each.value or 0
        for each in model.metrics
        if (each.origin, each.population, each.estimator, each.metric) == (None, "everybody", model.kind, "customers")
    )


def test_the_same_history_gives_the_same_bytes(history: History, model: TrainedModel, tmp_path: Path) -> None:
    again = train(make_history())
    assert again.model_version == model.model_version
    first, second = save(model, tmp_path / "a"), save(again, tmp_path / "b")
    for name in (CARD, MODEL_TEXT, PEOPLE_CARD):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert load(first).model_version == model.model_version
    assert score(load(first), history).equals(score(model, history))


def test_a_model_is_not_trained_twice(history: History, model: TrainedModel, tmp_path: Path) -> None:
    """Every daily build would pay for the same model; new data, another horizon or a waiver make another."""
    save(model, tmp_path)
    before = (next(folders(tmp_path)) / CARD).stat().st_mtime_ns
    assert champion(history, tmp_path).model_version == model.model_version
    assert (next(folders(tmp_path)) / CARD).stat().st_mtime_ns == before


def test_the_card_for_people_is_held_to_what_was_saved(model: TrainedModel, tmp_path: Path) -> None:
    """A release that words its cards otherwise once called every older model damaged."""
    folder = save(model, tmp_path)
    card = folder / PEOPLE_CARD
    card.write_text(card.read_text() + "More.\n")
    assert not is_intact(folder)
    document = json.loads((folder / CARD).read_text())
    for key in ("sha256", "folder", "people_card_sha256"):
        del document[key]
    document["sha256"] = hashlib.sha256(canonical_json(document).encode()).hexdigest()
    (folder / CARD).write_text(json.dumps(document))
    assert is_intact(folder)
    card.unlink()
    assert not is_intact(folder)


@pytest.mark.parametrize("name", [CARD, MODEL_TEXT])
def test_an_altered_model_is_refused(model: TrainedModel, tmp_path: Path, name: str) -> None:
    folder = save(model, tmp_path)
    assert is_intact(folder)
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace("0.1", "0.2") + " ")
    if name == CARD:
        document = json.loads((folder / name).read_text())
        document["model"]["base_rate"] = 0.5
        (folder / name).write_text(json.dumps(document))
    with pytest.raises(ValueError, match="altered"):
        load(folder)
    assert not is_intact(folder)


def test_a_planted_leak_is_seen_and_falls_back_visibly() -> None:
    """KKBox's cut once scored AUC .990 and put half of its customers into the high band, without a word."""
    fallen = train(make_history(leak=True))
    assert fallen.model_version == SEGMENT_RATE
    assert "refunds_90" in fallen.note
    assert fallen.note.endswith("everybody has the churn rate of a segment.")


def test_too_short_too_few_and_rates_of_no_business_fall_back(history: History) -> None:
    short = History(history.features.filter(pl.col("feature_date") > date(2025, 7, 1)), history.paying, history.as_of)
    assert "month ends are settled" in train(short).note
    nobody_leaves = history.paying.with_columns(valid_to=pl.lit(None, dtype=pl.Date))
    assert "too few to learn from" in train(History(history.features, nobody_leaves, AS_OF)).note
    all_leave = history.paying.with_columns(valid_to=pl.col("valid_from") + pl.duration(days=305))
    half = pl.when(pl.col("customer_id").str.ends_with("0")).then(pl.lit(None, dtype=pl.Date)).otherwise("valid_to")
    assert "outside" in train(History(history.features, all_leave.with_columns(valid_to=half), AS_OF)).note
    nothing = History(history.features.clear(), history.paying.clear(), AS_OF)
    empty = train(nothing)
    assert empty.model_version == SEGMENT_RATE
    assert score(empty, nothing).height == 0
    assert "month ends are settled" in train(history, horizon_days=300).note


def test_scores_are_what_the_public_table_promises(history: History, scores: pl.DataFrame) -> None:
    assert tuple(scores.columns) == COLUMNS
    now = history.features.filter(pl.col("feature_date") == AS_OF.date())
    assert scores["customer_id"].to_list() == sorted(now["customer_id"])
    chances = scores["churn_probability"]
    assert chances.is_between(0, 1).all()
    assert (chances - chances.round(6)).abs().max() == 0
    loss = scores.select(pl.col("value_at_risk").cast(pl.Float64) * chances - pl.col("expected_loss").cast(pl.Float64))
    assert abs(loss.to_series()).max() < 1e-3


def test_bands_follow_the_odds_over_the_base_odds() -> None:
    # Base rate 0.2: odds 1/4. Three times that is 3/4, a probability of 3/7.
    chances = pl.DataFrame({"p": [0.199999, 0.2, 0.428570, 0.428571, 0.9]})
    bands = chances.select(risk_band(pl.col("p"), 0.2)).to_series().to_list()
    assert bands == ["low", "medium", "medium", "high", "high"]


def test_reasons_are_of_the_risky_only_and_come_with_what_to_do(scores: pl.DataFrame) -> None:
    assert (
        not scores.filter(pl.col("risk_band") == "low")
        .select(pl.any_horizontal(pl.col(*REASONS).is_not_null()))[REASONS[0]]
        .any()
    )
    risky = scores.filter(pl.col("reason_1").is_not_null())
    assert risky.height > 5
    assert (risky["reason_1"].str.contains("Auto-renew is off")).any()
    assert risky.filter(pl.col("reason_1").str.contains("Auto-renew is off"))[ACTIONS[0]].null_count() == 0
    assert not (scores["reason_2"].is_not_null() & scores["reason_1"].is_null()).any()


def test_reasons_stand_with_the_customer_they_are_of(
    history: History, model: TrainedModel, scores: pl.DataFrame
) -> None:
    """Reasons are worked out for the risky alone, so they must find their way back to the right rows."""
    rows = history.of_scoring_day().filter(scores["reason_1"].is_not_null())
    alone = choose_reasons(rows, model.contributions(rows), model.horizon_days)
    assert alone.equals(scores.filter(pl.col("reason_1").is_not_null()).select(alone.columns))


def test_contributions_add_up_to_the_score(history: History, model: TrainedModel) -> None:
    """Exact, not an approximation: to a millionth, by TreeSHAP."""
    from models.backtesting import fit_all

    rows = history.of_scoring_day()
    fitted = fit_all(history.sample(model.training_days, 30), 30)
    frame = model_frame(rows)
    added, base = fitted.trees.contributions(frame)
    assert base + sum(added.values()) == pytest.approx(fitted.trees.log_odds(frame), abs=1e-6)


def test_curves_are_read_as_they_were_fitted(history: History, model: TrainedModel) -> None:
    """The log-odds are read off curves; the weights were fitted to columns. Rows that training never saw among them."""
    from models.backtesting import fit_all

    floor = fit_all(history.sample(model.training_days, 30), 30).floor
    seen = model_frame(history.of_scoring_day())
    texts = [name for name, kind in seen.schema.items() if kind == pl.String]
    far = seen.with_columns(pl.exclude(texts) * 1e6 - 1e3, pl.col(texts).replace_strict({}, default="never seen"))
    frame = pl.concat([seen, far, seen.clear(3)])
    columns = spline_design(frame, floor.curves).hstack(one_hot(frame, dict(floor.levels)))
    assert floor.log_odds(frame) == pytest.approx(floor.weights.log_odds(columns), abs=1e-9)
    added = floor.contributions(frame)
    for curve in floor.curves:
        own = floor.weights.contributions(columns)[:, [term in curve.columns for term in floor.weights.terms]]
        assert added[curve.name] == pytest.approx(own.sum(axis=1), abs=1e-9), curve.name


def test_the_target_is_no_mrr_a_horizon_later() -> None:
    rows = pl.DataFrame({"customer_id": ["stays", "left", "back", "on_the_day"]}).with_columns(
        feature_date=pl.lit(date(2025, 3, 31))
    )
    start = date(2025, 1, 1)
    paying = pl.DataFrame(
        {
            "customer_id": ["stays", "left", "back", "back", "on_the_day"],
            "valid_from": [start, start, start, date(2025, 4, 20), start],
            "valid_to": [None, date(2025, 4, 15), date(2025, 4, 10), None, date(2025, 4, 30)],
            "mrr": [1.0] * 5,
        }
    )
    assert churned_by(paying, rows, 30).tolist() == [False, True, False, True]
    assert churned_by(paying, rows, 29).tolist() == [False, True, False, False]
    with pytest.raises(ValueError, match="at least one day"):
        churned_by(paying, rows, 0)


def test_a_large_sample_is_thinned_to_the_same_people_and_keeps_its_rate() -> None:
    """Every so many customers in the order of identifiers were others once one more customer came."""
    names = [f"C{number:05d}" for number in range(6_000)]
    churned = np.arange(6_000) % 25 == 0

    def thinned(first: int) -> Sample:
        rows = pl.DataFrame({"customer_id": names[first:], "feature_date": [MONTH_ENDS[0]] * (6_000 - first)})
        return Sample(rows, churned[first:]).thinned(1_000)

    few, again = thinned(0), thinned(1)
    assert few.rows.height == 1_000
    assert few.churned.sum() == 240
    assert few.weights is not None
    assert few.weights.mean() == pytest.approx(1)
    assert np.average(few.churned, weights=few.weights) == pytest.approx(churned.mean())
    assert len(set(few.rows["customer_id"]) ^ set(again.rows["customer_id"])) <= 2
    assert few.on(few.days).weights is not None
    most_left = Sample(few.rows, np.arange(1_000) % 4 > 0).thinned(100)
    assert most_left.churned.sum() == 50
    assert np.average(most_left.churned, weights=most_left.weights) == pytest.approx(0.75)
    log_odds = np.full(1_000, -3.0)
    shift = day_shift(MONTH_ENDS[0], log_odds, few.churned, few.weights).shift
    assert shift == pytest.approx(day_shift(MONTH_ENDS[0], np.full(6_000, -3.0), churned).shift, abs=1e-6)


def test_weights_stand_for_rows() -> None:
    """A sample that keeps all who left and some who stayed would raise every score by what was left out."""
    random = np.random.default_rng(2)
    frame = pl.DataFrame({"x": random.normal(size=3_000)})
    churned = random.random(3_000) < probability(frame["x"].to_numpy() - 2)
    times = np.where(churned, 1, 3)
    rows = np.repeat(np.arange(3_000), times)
    each = times / times.mean()
    by_rows = fit_floor_at(frame[rows], churned[rows], 0.1 * 3_000 / len(rows)).log_odds(frame)
    by_weights = fit_floor_at(frame, churned, 0.1, each).log_odds(frame)
    usual = frame["x"].is_between(-2, 2).to_numpy()  # The outer knots are those of the rows, whatever they stand for.
    assert by_weights[usual] == pytest.approx(by_rows[usual], abs=0.1)
    splits = [(np.arange(2_000), np.arange(2_000, 3_000))]
    trees, _ = fit_boosting(frame, churned, splits, ("single splits",), each)
    assert probability(trees.log_odds(frame))[~churned].mean() < churned.mean() * 0.6


def test_segments_and_their_rates() -> None:
    rows = pl.DataFrame(
        {
            "status": ["grace", "active", "active", "active", "active"],
            "auto_renew": [True, False, False, True, True],
            "days_to_period_end": [5, 5, 90, None, 90],
        }
    )
    assert segments_of(rows, 30).to_list() == list(SEGMENTS)
    many = pl.concat([rows] * 200)
    churned = np.array([True, True, False, False, False] * 200)
    rates = dict(zip(SEGMENTS, fit_segment_rate(many, churned, 30).rates, strict=True))
    assert rates["in_grace"] > 0.9
    assert rates["on_later"] < 0.05


def _shifts(sizes: dict[date, float]) -> list[DayShift]:
    return [DayShift(day, shift, 0.003) for day, shift in sizes.items()]


def test_the_shift_of_a_day_makes_predicted_and_observed_agree() -> None:
    log_odds = np.full(100_000, -3.0)
    observed = np.random.default_rng(1).random(100_000) < 1 / (1 + np.exp(2.5))
    found = day_shift(date(2025, 3, 31), log_odds, observed)
    assert found.shift == pytest.approx(0.5, abs=0.02)
    assert found.variance == pytest.approx(1 / (100_000 * 0.07), rel=0.1)
    nobody = day_shift(date(2025, 3, 31), log_odds[:100], np.zeros(100, dtype=bool))
    assert -2.0 <= nobody.shift < 0


def test_the_level_follows_what_lasts_and_not_one_odd_month() -> None:
    """The level of one quarter was carried into the next, and eight origins in a row swung by a third of it."""
    days = MONTH_ENDS
    lasting = expected_level(_shifts(dict.fromkeys(days[-3:], 0.4)))
    assert 0.25 < lasting.lasting < 0.4
    odd = expected_level(_shifts({**dict.fromkeys(days, 0.0), days[-1]: 0.4}))
    assert 0 < odd.lasting < 0.12
    few = expected_level([DayShift(day, 0.4, 4.0) for day in days[-3:]])
    assert abs(few.lasting) < 0.02


def test_a_month_that_was_high_is_expected_so_a_year_later() -> None:
    found = expected_level(_shifts({**dict.fromkeys(MONTH_ENDS, 0.0), MONTH_ENDS[2]: 0.4}))
    assert found.lasting == 0
    assert [month + 1 for month, shift in enumerate(found.months) if shift] == [3]
    assert 0.1 < found.months[2] < 0.2
    rows = pl.DataFrame({"feature_date": [date(2026, 3, 31), date(2026, 4, 30)]})
    assert found.of(rows).tolist() == [found.months[2], 0.0]


def test_what_lasts_is_not_expected_of_a_month_as_well() -> None:
    """A rise in price that stays would count twice in the months of the year that are past."""
    found = expected_level(_shifts(dict.fromkeys(MONTH_ENDS, 0.4)))
    assert max(found.months) < 0.05


def test_a_changed_regime_is_back_in_level_within_one_training() -> None:
    """A price rise doubles the odds of leaving for good: features know nothing of it, the newest settled days do."""
    random = np.random.default_rng(5)
    log_odds = random.normal(-3.2, 0.8, 60_000)
    days = pl.Series([day for day in MONTH_ENDS for _ in range(5_000)] + [MONTH_ENDS[-1]] * 5_000)
    rose = np.log(2.0) * (days >= MONTH_ENDS[-3]).to_numpy()
    churned = random.random(60_000) < probability(log_odds + rose)
    before = probability(log_odds[rose > 0]).mean() / churned[rose > 0].mean()
    level = level_of(log_odds, days, churned)
    after = probability(log_odds[rose > 0] + level.lasting).mean() / churned[rose > 0].mean()
    assert before < 0.6
    assert 0.75 < after < 1.1


def test_waivers_are_written_with_reasons(tmp_path: Path) -> None:
    assert waivers(tmp_path) == {}
    (tmp_path / "waivers.json").write_text('{"status": "known at the close of the day"}')
    assert waivers(tmp_path) == {"status": "known at the close of the day"}
    for broken in ("[", '{"status": "ok"}', "[]"):
        (tmp_path / "waivers.json").write_text(broken)
        with pytest.raises(ValueError, match="write an object"):
            waivers(tmp_path)
