"""What support tickets are about: a classifier that learns from the labelled ones and says how far to trust it.

TF-IDF of words and word pairs, multinomial logistic regression, one temperature for the probabilities, and a threshold
below which a topic stays unknown. The model lives for one build: its vocabulary is what customers wrote, so nothing of
it is kept but its version and its quality.

Belongs here: preparing texts, training, judging and predicting. Does not belong here: reading tickets, churn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.estimators import Floats
from models.topic_quality import ALL_TOPICS, QUALITY_SCHEMA, Judged, quality_of
from models.trained import canonical_json

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Names = npt.NDArray[np.str_]

REQUIRED_COLUMNS = ("ticket_id", "customer_id", "opened_at", "topic", "body")
MINIMUM_TEXTS = 150
MINIMUM_TEXTS_OF_TOPIC = 15
# The newest are kept, so that the time of a build does not grow with the history.
MAXIMUM_TEXTS = 8_000
MAXIMUM_TERMS = 10_000
LATER_SHARE = 0.2
FOLDS = 5
# Weaker penalties gained nothing on held-out tickets and were sure of messages that say nothing.
INVERSE_PENALTY = 1.0
# Of the predictions that are kept, this share has to be right in cross-validation. Many sure ones could carry a few
# that are guesses, so none is kept below the lowest threshold.
WANTED_PRECISION = 0.85
LOWEST_THRESHOLD = 0.7
MINIMUM_KEPT = 30
PROBABILITY_DECIMALS = 4
_WORD = r"\w+"
# Never much surer than the fit: texts unlike any labelled one are not in the sample that chooses the temperature.
_TEMPERATURES = np.geomspace(0.5, 5.0, 47)
_THRESHOLDS = np.arange(round(LOWEST_THRESHOLD * 100), 100) / 100
PREDICTION_SCHEMA = {
    "ticket_id": pl.String,
    "topic": pl.String,
    "topic_probability": pl.Float64,
    "model_version": pl.String,
}


@dataclass(frozen=True)
class TopicReport:
    """Predictions and what they are worth.

    ``predictions``: one row a ticket without a topic but with a text, by ticket_id; ``topic`` is null below the
    threshold, ``topic_probability`` that of the likeliest topic. Empty when the model predicts nothing.
    ``quality``: one row a split, topic and metric (``models.topic_quality``). ``note``: a sentence on what was done,
    or why nothing was. ``model_version``: null when nothing is predicted.
    """

    predictions: pl.DataFrame
    quality: pl.DataFrame
    note: str
    model_version: str | None


def classify(tickets: pl.DataFrame) -> TopicReport:
    """Learn from the tickets that have a topic, predict it for those that have none; deterministic, in any row order.

    ``tickets``: one row a ticket with ``REQUIRED_COLUMNS``; ``topic`` and ``body`` may be null. Raises ``ValueError``
    when a column is missing. The oldest four fifths of the labelled texts choose temperature and threshold by
    cross-validation over customers; the newest fifth, first seen later than all of them, tests both.
    """
    missing = [name for name in REQUIRED_COLUMNS if name not in tickets.columns]
    if missing:
        raise ValueError(f"The tickets lack the columns {', '.join(missing)}: add them.")
    prepared = tickets.select("ticket_id", "customer_id", "opened_at", "topic", text=prepared_text(pl.col("body")))
    labelled = distinct_labelled(prepared)
    wanted = prepared.filter(pl.col("topic").is_null() & pl.col("text").is_not_null()).sort("ticket_id")
    counts = {
        "labelled_tickets": float(prepared["topic"].count()),
        "labelled_texts": float(labelled.height),
        "tickets_without_topic": float(prepared["topic"].null_count()),
    }
    reason = _too_little(labelled)
    if reason:
        return _nothing(counts, reason)

    earlier = labelled.head(round(labelled.height * (1 - LATER_SHARE)))
    later = labelled.slice(earlier.height)
    if _too_few_topics(earlier):
        return _nothing(counts, "The older labelled texts have fewer than two topics to learn")
    validated = _cross_validated(earlier)
    temperature = _best_temperature(validated)
    validated = validated.at(temperature)
    threshold = _lowest_threshold(validated)
    tested = _judge(_fit(earlier), later).at(temperature)
    settings = {"temperature": float(temperature), "threshold": threshold}
    quality = [
        quality_of("cross_validation", validated, threshold, earlier["topic"]),
        quality_of("later_tickets", tested, threshold, earlier["topic"]),
    ]
    if threshold is None:
        wanted_share = f"{WANTED_PRECISION:.0%}"
        return _nothing(counts, f"At no threshold are {wanted_share} of the predictions right", settings, quality)
    if tested.accuracy() <= float((tested.topic == _most_frequent(earlier["topic"])).mean()):
        return _nothing(
            counts, "On later tickets the model does no better than the most frequent topic", settings, quality
        )

    version = _version(labelled, settings)
    predictions = _predict(_fit(labelled), wanted, float(temperature), threshold, version)
    predicted = predictions["topic"].count()
    counts |= {"predicted_tickets": float(predicted), "texts_left_unknown": float(predictions.height - predicted)}
    note = (
        f"Learned from {labelled.height:,d} different texts; {predicted:,d} of {predictions.height:,d} tickets without "
        f"a topic got one with a probability of {threshold:.2f} or more."
    )
    return TopicReport(predictions, _with_counts(quality, counts, settings, note, version), note, version)


def prepared_text(body: pl.Expr) -> pl.Expr:
    """A message as the model reads it: lower case, addresses, links and numbers blanked; null without any word."""
    text = (
        body.str.to_lowercase()
        .str.replace_all(r"\S+@\S+", " ")
        .str.replace_all(r"https?://\S+|www\.\S+", " ")
        .str.replace_all(r"\w*\d\w*", " ")
        .str.replace_all(r"[^\w]+", " ")
        .str.strip_chars()
    )
    return pl.when(text.str.len_chars() > 0).then(text)


def distinct_labelled(prepared: pl.DataFrame) -> pl.DataFrame:
    """Each labelled text once, so that none can be on both sides of a split: text, topic, customer_id, first_opened_at.

    Its topic is the one that most of its tickets have (ties: the first by name), its customer the one of its first
    ticket. In the order in which the texts were first seen, the newest ``MAXIMUM_TEXTS``.
    """
    votes = (
        prepared.filter(pl.col("topic").is_not_null() & pl.col("text").is_not_null())
        .sort("opened_at", "ticket_id")
        .group_by("text", "topic")
        .agg(pl.len().alias("votes"), pl.col("customer_id").first(), pl.col("opened_at").first())
    )
    return (
        votes.sort("text", "votes", "topic", descending=[False, True, False])
        .group_by("text", maintain_order=True)
        .agg(
            pl.col("topic").first(),
            pl.col("customer_id").sort_by("opened_at", "customer_id").first(),
            pl.col("opened_at").min().alias("first_opened_at"),
        )
        .sort("first_opened_at", "text")
        .tail(MAXIMUM_TEXTS)
    )


def _too_little(labelled: pl.DataFrame) -> str | None:
    if labelled.height < MINIMUM_TEXTS:
        return f"There are {labelled.height} different labelled texts and {MINIMUM_TEXTS} are needed"
    if _too_few_topics(labelled):
        return f"Fewer than two topics have {MINIMUM_TEXTS_OF_TOPIC} different texts each"
    return None


def _too_few_topics(texts: pl.DataFrame) -> bool:
    return texts.filter(_is_learnable()).get_column("topic").n_unique() < 2


def _is_learnable() -> pl.Expr:
    return pl.len().over("topic") >= MINIMUM_TEXTS_OF_TOPIC


def _fit(texts: pl.DataFrame) -> Pipeline:
    """The model of those topics that have enough texts."""
    # Seconds to import, and a build without tickets never needs them.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    learnable = texts.filter(_is_learnable()).sort("text")
    model = make_pipeline(
        TfidfVectorizer(
            ngram_range=(1, 2),
            sublinear_tf=True,
            max_features=MAXIMUM_TERMS,
            token_pattern=_WORD,
        ),
        LogisticRegression(C=INVERSE_PENALTY, tol=1e-4, max_iter=300),
    )
    with threadpool_limits(limits=1):
        model.fit(learnable["text"].to_list(), learnable["topic"].to_numpy().astype(str))
    return model


def _judge(model: Pipeline, texts: pl.DataFrame) -> Judged:
    """What a model says of labelled texts that it was not fitted on."""
    return Judged(
        topic=texts["topic"].to_numpy().astype(str),
        classes=model.classes_.astype(str),
        log_probability=model.predict_log_proba(texts["text"].to_list()),
    )


def _cross_validated(texts: pl.DataFrame) -> Judged:
    """Every text judged by a model that has seen none of its customer's texts."""
    topics = np.unique(texts.filter(_is_learnable())["topic"].to_numpy().astype(str))
    log_probability: Floats = np.full((texts.height, topics.size), -np.inf)
    # A customer's fold follows from the name alone, so that it does not depend on who else has written.
    digests = [hashlib.sha256(name.encode()).digest()[0] % FOLDS for name in texts["customer_id"]]
    fold = np.array(digests)
    for number in np.unique(fold):
        training = texts.filter(pl.Series(fold != number))
        if _too_few_topics(training):
            continue
        held_out = _judge(_fit(training), texts.filter(pl.Series(fold == number)))
        known = np.searchsorted(topics, held_out.classes)
        log_probability[np.ix_(np.flatnonzero(fold == number), known)] = held_out.log_probability
    judged = np.isfinite(log_probability).any(axis=1)
    return Judged(texts["topic"].to_numpy().astype(str)[judged], topics, log_probability[judged])


def _best_temperature(validated: Judged) -> float:
    """The temperature, from a fixed grid, under which the topics that came were likeliest."""
    losses = [validated.at(float(temperature)).log_loss() for temperature in _TEMPERATURES]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), PROBABILITY_DECIMALS)


def _lowest_threshold(validated: Judged) -> float | None:
    """The lowest probability from which on the wanted share of predictions is right; None when there is none."""
    probability, is_right = validated.confidence(), validated.is_right()
    for threshold in _THRESHOLDS:
        kept = probability >= threshold
        if kept.sum() >= MINIMUM_KEPT and is_right[kept].mean() >= WANTED_PRECISION:
            return float(threshold)
    return None


def _predict(model: Pipeline, wanted: pl.DataFrame, temperature: float, threshold: float, version: str) -> pl.DataFrame:
    texts = wanted.select("text").unique().sort("text")
    if texts.is_empty():
        return pl.DataFrame(schema=PREDICTION_SCHEMA)
    said = Judged(
        topic=np.array([""] * texts.height),
        classes=model.classes_.astype(str),
        log_probability=model.predict_log_proba(texts["text"].to_list()),
    ).at(temperature)
    answers = texts.with_columns(
        topic=pl.Series(said.answer().tolist(), dtype=pl.String),
        topic_probability=pl.Series(said.confidence()).round(PROBABILITY_DECIMALS),
        model_version=pl.lit(version),
    ).with_columns(topic=pl.when(pl.col("topic_probability") >= threshold).then(pl.col("topic")))
    return wanted.select("ticket_id", "text").join(answers, on="text").select(list(PREDICTION_SCHEMA)).sort("ticket_id")


def _version(labelled: pl.DataFrame, settings: dict[str, float | None]) -> str:
    """A name that follows from all that the model follows from."""
    learned = hashlib.sha256(canonical_json({"rows": labelled.select("text", "topic").rows()}).encode()).hexdigest()
    content: dict[str, Any] = {
        "learned": learned,
        "settings": settings,
        "parameters": [MAXIMUM_TEXTS, MAXIMUM_TERMS, MINIMUM_TEXTS_OF_TOPIC, INVERSE_PENALTY],
    }
    return f"topics-{hashlib.sha256(canonical_json(content).encode()).hexdigest()[:12]}"


def _most_frequent(topics: pl.Series) -> str:
    return str(topics.to_frame("topic").group_by("topic").len().sort("len", "topic", descending=[True, False])[0, 0])


def _nothing(
    counts: dict[str, float],
    reason: str,
    settings: dict[str, float | None] | None = None,
    quality: list[pl.DataFrame] | None = None,
) -> TopicReport:
    note = f"{reason}: tickets without a topic stay unknown."
    counts = counts | {"predicted_tickets": 0.0}
    table = _with_counts(quality or [], counts, settings or {}, note, None)
    return TopicReport(pl.DataFrame(schema=PREDICTION_SCHEMA), table, note, None)


def _with_counts(
    quality: list[pl.DataFrame],
    counts: dict[str, float],
    settings: dict[str, float | None],
    note: str,
    version: str | None,
) -> pl.DataFrame:
    """The quality of every split, below what the model was made from."""
    numbers: dict[str, float | None] = {**counts, **settings}
    first = pl.DataFrame(
        [{"split": "model", "topic": ALL_TOPICS, "metric": name, "value": value} for name, value in numbers.items()],
        schema=QUALITY_SCHEMA,
    )
    return (
        pl.concat([first, *quality])
        .with_columns(model_version=pl.lit(version, dtype=pl.String), note=pl.lit(note))
        .sort("split", "topic", "metric")
    )
