"""How customers would leave: the kind of an end, and the parts that add up to the score.

Belongs here: kinds of histories, the model of the kind, the parts. Does not belong here: the chance of leaving.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.causes import Causes, fit_causes
from models.history import History, Sample
from models.registry import is_intact, load, save
from models.scoring import score
from models.target import kinds_by
from models.training import train
from tests.models.histories import make_history


def _told(history: History, seed: int = 1) -> History:
    """The same history in which the payments of those who pay through Roku fail, four times out of five."""
    providers = history.features.select("customer_id", "provider").unique(subset="customer_id")
    paying = history.paying.join(providers, on="customer_id", how="left", maintain_order="left")
    is_likely = np.random.default_rng(seed).random(paying.height) < 0.8
    fails = pl.Series(is_likely) == (pl.col("provider") == "roku")
    kind = pl.when(fails).then(pl.lit("involuntary")).otherwise(pl.lit("voluntary"))
    return History(
        history.features,
        paying.with_columns(ended_by=pl.when(pl.col("valid_to").is_not_null()).then(kind)).drop("provider"),
        history.as_of,
    )


def test_the_kind_is_that_of_the_last_end_by_the_horizon() -> None:
    """Who failed to pay in March, came back and cancelled in April left by choice; who stayed has no kind."""
    paying = pl.DataFrame(
        [
            ("back", date(2025, 1, 1), date(2025, 3, 5), "involuntary"),
            ("back", date(2025, 3, 10), date(2025, 3, 25), "voluntary"),
            ("later", date(2025, 1, 1), date(2025, 5, 1), "voluntary"),
            ("silent", date(2025, 1, 1), date(2025, 2, 1), "unknown"),
        ],
        schema=["customer_id", "valid_from", "valid_to", "ended_by"],
        orient="row",
    )
    rows = pl.DataFrame({"customer_id": ["back", "later", "silent"], "feature_date": [date(2025, 2, 28)] * 3})
    kinds = kinds_by(paying, rows, np.array([True, False, True]), 30)
    assert kinds is not None
    assert kinds.to_list() == ["voluntary", None, "unknown"]
    assert kinds_by(paying.drop("ended_by"), rows, np.array([True, False, True]), 30) is None


def test_the_parts_add_up_and_follow_what_makes_payments_fail(tmp_path: Path) -> None:
    """One number for both: a customer whose card had run out was sent a reason to stay."""
    history = _told(make_history(400))
    model = train(history)
    scores = score(model, history).join(history.of_scoring_day().select("customer_id", "provider"), on="customer_id")
    together = scores["failure_probability"] + scores["choice_probability"]
    assert (together - scores["churn_probability"]).abs().max() < 1e-9  # type: ignore[operator]
    part = scores.with_columns(part=pl.col("failure_probability") / pl.col("churn_probability"))
    by_provider = dict(part.group_by("provider").agg(pl.col("part").mean()).iter_rows())
    assert by_provider["roku"] > 0.65
    assert by_provider["stripe"] < 0.35
    assert model.causes is not None
    assert model.causes.auc is not None
    assert model.causes.auc > 0.7
    folder = save(model, tmp_path)
    assert is_intact(folder)
    assert load(folder).digest == model.digest
    assert "failed to pay" in (folder / "card.md").read_text()


def test_without_kinds_there_are_no_parts() -> None:
    """A part that nobody can know was 0, and read as if no payment ever failed."""
    history = make_history(120)
    scores = score(train(history), history)
    assert scores["failure_probability"].null_count() == scores["choice_probability"].null_count() == scores.height


@pytest.mark.parametrize(("kinds", "share"), [(["involuntary", "voluntary", "unknown", None], 0.5), ([None] * 4, None)])
def test_few_leavers_have_the_share_of_all(kinds: list[str | None], share: float | None) -> None:
    rows = pl.DataFrame({"customer_id": list("abcd"), "feature_date": [date(2025, 2, 28)] * 4})
    churned = np.ones(4, dtype=np.bool_)
    causes = fit_causes(Sample(rows, churned, kinds=pl.Series(kinds, dtype=pl.String)))
    assert causes == Causes(share, None, None)
    parts = causes.failing_part(rows)
    assert parts is None if share is None else parts is not None and parts.tolist() == [share] * 4
