"""How good predicted topics are, against those that people gave and against always saying the most frequent one.

Belongs here: the answers of a classifier beside the truth, and the metrics over them. Does not belong here: fitting
(``models.topics``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from models.estimators import Booleans, Floats

ALL_TOPICS = "(all)"
CALIBRATION_BINS = 10
VALUE_DECIMALS = 6
QUALITY_SCHEMA = {"split": pl.String, "topic": pl.String, "metric": pl.String, "value": pl.Float64}
_SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Judged:
    """Labelled texts and what a classifier says: topic (texts), classes (k, sorted), log_probability (texts, k).

    A topic may be none of the classes: a topic too rare to be learned counts as a wrong answer.
    """

    topic: npt.NDArray[np.str_]
    classes: npt.NDArray[np.str_]
    log_probability: Floats

    def at(self, temperature: float) -> Judged:
        """The same answers, surer below a temperature of 1 and less sure above it."""
        scaled = self.log_probability / temperature
        peak = scaled.max(axis=1, keepdims=True)
        total: Floats = np.log(np.exp(scaled - peak).sum(axis=1, keepdims=True))
        return replace(self, log_probability=scaled - peak - total)

    def answer(self) -> npt.NDArray[np.str_]:
        """The likeliest topic of each text."""
        likeliest: npt.NDArray[np.str_] = self.classes[self.log_probability.argmax(axis=1)]
        return likeliest

    def confidence(self) -> Floats:
        """Its probability."""
        likeliest: Floats = np.exp(self.log_probability.max(axis=1))
        return likeliest

    def is_right(self) -> Booleans:
        """Whether it is the topic that was given."""
        return np.asarray(self.answer() == self.topic)

    def accuracy(self) -> float:
        """The share of right answers."""
        return float(self.is_right().mean())

    def log_loss(self) -> float:
        """The mean negative log-probability of the topics that were given; of one not learned, a fixed large one."""
        column = np.searchsorted(self.classes, self.topic).clip(0, self.classes.size - 1)
        given = np.where(
            self.classes[column] == self.topic, self.log_probability[np.arange(self.topic.size), column], -np.inf
        )
        return float(-np.maximum(given, np.log(_SMALLEST)).mean())


def quality_of(split: str, judged: Judged, threshold: float | None, learned_topics: pl.Series) -> pl.DataFrame:
    """Every metric of one split, as rows of ``QUALITY_SCHEMA``; a value is null where it has no meaning.

    Over all topics: texts, accuracy, macro_f1 (the mean over the topics that were given or answered), log_loss,
    expected_calibration_error (of the answers' probabilities, ten bins of equal width), majority_accuracy and
    majority_macro_f1 (of always answering the most frequent topic of ``learned_topics``), coverage (the share of texts
    at or above ``threshold``) and precision_when_predicted (the share of right answers among those).
    For each topic: texts, precision, recall and f1 of the answers whatever their probability.
    """
    answer, right, probability = judged.answer(), judged.is_right(), judged.confidence()
    frequent = learned_topics.to_frame("topic").group_by("topic").len()
    majority = str(frequent.sort("len", "topic", descending=[True, False])[0, 0])
    constant = np.full(judged.topic.size, majority)
    kept = probability >= threshold if threshold is not None else np.zeros(right.size, dtype=bool)
    over_all: dict[str, float | None] = {
        "texts": float(right.size),
        "accuracy": judged.accuracy(),
        "macro_f1": macro_f1(judged.topic, answer),
        "log_loss": judged.log_loss(),
        "expected_calibration_error": calibration_error(probability, right),
        "majority_accuracy": float((constant == judged.topic).mean()),
        "majority_macro_f1": macro_f1(judged.topic, constant),
        "coverage": float(kept.mean()),
        "precision_when_predicted": float(right[kept].mean()) if kept.any() else None,
    }
    rows = [(split, ALL_TOPICS, metric, value) for metric, value in over_all.items()]
    for topic in np.union1d(judged.topic, answer):
        given, said = judged.topic == topic, answer == topic
        both = float((given & said).sum())
        by_topic: dict[str, float | None] = {
            "texts": float(given.sum()),
            "precision": both / float(said.sum()) if said.any() else None,
            "recall": both / float(given.sum()) if given.any() else None,
            "f1": 2 * both / float(given.sum() + said.sum()),
        }
        rows += [(split, str(topic), metric, value) for metric, value in by_topic.items()]
    return pl.DataFrame(rows, schema=QUALITY_SCHEMA, orient="row").with_columns(pl.col("value").round(VALUE_DECIMALS))


def macro_f1(given: npt.NDArray[np.str_], said: npt.NDArray[np.str_]) -> float:
    """The mean of the F1 scores of all topics that occur on either side."""
    scores = [
        2 * float(((given == topic) & (said == topic)).sum()) / float((given == topic).sum() + (said == topic).sum())
        for topic in np.union1d(given, said)
    ]
    return float(np.mean(scores))


def calibration_error(probability: Floats, right: Booleans) -> float:
    """The mean gap between probability and share of right answers over bins of equal width, weighted by texts."""
    bin_of = np.minimum((probability * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = [abs(float((probability - right)[bin_of == number].sum())) for number in np.unique(bin_of)]
    return sum(gaps) / right.size
