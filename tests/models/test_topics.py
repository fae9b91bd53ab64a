"""The classifier of topics: what it learns, what it refuses, and that its numbers cannot flatter it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, f1_score

from models.topic_quality import Judged, calibration_error, macro_f1, quality_of
from models.topics import MINIMUM_TEXTS, TopicReport, classify, distinct_labelled, prepared_text

WORDS = {
    "billing": ["invoice", "charged", "refund", "card", "price", "payment", "bank", "amount", "discount"],
    "playback": ["freezing", "buffering", "blurry", "sound", "picture", "stutter", "stream", "delay", "subtitles"],
    "account": ["password", "login", "email", "locked", "profile", "code", "address", "verify", "username"],
}
FILLER = ["hello", "please", "today", "since", "my", "the", "is", "again", "very", "still", "family", "thanks", "help"]
OPENED = datetime.fromisoformat("2025-01-01T00:00:00")


def tickets(count: int, *, seed: int = 1, signal: float = 1.0, unlabelled: float = 0.2) -> pl.DataFrame:
    """Tickets of random words; with ``signal`` 0 the topic says nothing about the text."""
    generator = random.Random(seed)
    rows = []
    for number in range(count):
        topic = generator.choice(list(WORDS))
        said = topic if generator.random() < signal else generator.choice(list(WORDS))
        words = generator.choices(WORDS[said], k=2) + generator.choices(FILLER, k=6)
        generator.shuffle(words)
        rows.append(
            {
                "ticket_id": f"t{number:05d}",
                "customer_id": f"c{generator.randrange(count // 2 + 1)}",
                "opened_at": OPENED + timedelta(hours=number),
                "topic": None if generator.random() < unlabelled else topic,
                "body": " ".join(words),
                "truth": topic,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"topic": pl.String})


def value(report: TopicReport, split: str, metric: str, topic: str = "(all)") -> float | None:
    rows = report.quality.filter(split=split, metric=metric, topic=topic)
    assert rows.height == 1, (split, metric)
    number: float | None = rows["value"].item()
    return number


@pytest.fixture(scope="module")
def world() -> pl.DataFrame:
    return tickets(700)


@pytest.fixture(scope="module")
def report(world: pl.DataFrame) -> TopicReport:
    return classify(world)


def test_it_learns_what_can_be_learned(world: pl.DataFrame, report: TopicReport) -> None:
    told = report.predictions.join(world, on="ticket_id").filter(pl.col("topic").is_not_null())
    assert told.height > 0.8 * report.predictions.height
    assert (told["topic"] == told["truth"]).mean() > 0.85  # type: ignore[operator]
    for split in ("cross_validation", "later_tickets"):
        accuracy, majority = value(report, split, "accuracy"), value(report, split, "majority_accuracy")
        assert accuracy is not None
        assert majority is not None
        assert accuracy > 0.9
        assert majority < 0.5
    assert report.model_version is not None
    assert report.predictions["model_version"].unique().to_list() == [report.model_version]


def test_only_tickets_with_a_text_and_without_a_topic_are_predicted(world: pl.DataFrame, report: TopicReport) -> None:
    wanted = world.filter(pl.col("topic").is_null())["ticket_id"].to_list()
    assert report.predictions["ticket_id"].to_list() == wanted
    bare = world.with_columns(body=pl.when(pl.col("topic").is_not_null()).then(pl.col("body")))
    assert classify(bare).predictions.is_empty()


def test_a_text_that_says_nothing_stays_unknown(world: pl.DataFrame) -> None:
    """A certain topic for every vague message would make the certain ones worthless."""
    generator = random.Random(3)
    says_nothing = pl.Series([generator.random() < 0.3 for _ in range(world.height)])
    noise = pl.Series([" ".join(generator.choices(FILLER, k=7)) for _ in range(world.height)])
    vague = world.with_columns(body=pl.when(says_nothing).then(noise).otherwise("body"))
    report = classify(vague)
    asked = report.predictions.join(vague.with_columns(says_nothing=says_nothing), on="ticket_id")
    empty, full = asked.filter("says_nothing"), asked.filter(~pl.col("says_nothing"))
    assert empty["topic"].null_count() > 0.7 * empty.height
    assert full["topic"].null_count() < 0.3 * full.height
    threshold = value(report, "model", "threshold")
    assert threshold is not None
    assert asked.filter(pl.col("topic").is_null() != (pl.col("topic_probability") < threshold)).is_empty()


def test_the_same_tickets_give_the_same_report_in_any_order(world: pl.DataFrame, report: TopicReport) -> None:
    again = classify(world.sample(fraction=1.0, shuffle=True, seed=4))
    assert again.predictions.equals(report.predictions)
    assert again.quality.equals(report.quality)
    assert again.model_version == report.model_version
    assert classify(world.head(690)).model_version != report.model_version


def test_labels_that_mean_nothing_predict_nothing() -> None:
    """A model of noise once filled a dashboard with topics."""
    report = classify(tickets(700, signal=0.0))
    assert report.predictions.is_empty()
    assert report.model_version is None
    assert "stay unknown" in report.note
    accuracy = value(report, "later_tickets", "accuracy")
    assert accuracy is not None
    assert accuracy < 0.5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (tickets(700).head(0), "There are 0 different labelled texts"),
        (tickets(700).with_columns(topic=pl.lit(None, dtype=pl.String)), "There are 0 different labelled texts"),
        (tickets(700).with_columns(body=pl.lit("  12 345 !")), "There are 0 different labelled texts"),
        (tickets(700).with_columns(body=pl.lit("the same words")), "There are 1 different labelled texts"),
        (tickets(MINIMUM_TEXTS // 2), "different labelled texts"),
        (tickets(700).with_columns(topic=pl.lit("billing")), "Fewer than two topics"),
        (tickets(700).with_columns(topic=pl.col("ticket_id")), "Fewer than two topics"),
    ],
)  # fmt: skip
def test_too_little_to_learn_from_predicts_nothing_and_says_so(given: pl.DataFrame, said: str) -> None:
    report = classify(given)
    assert report.predictions.is_empty()
    assert report.predictions.columns == ["ticket_id", "topic", "topic_probability", "model_version"]
    assert said in report.note
    assert report.quality["note"].unique().to_list() == [report.note]
    assert value(report, "model", "predicted_tickets") == 0


def test_a_repeated_text_counts_once_however_often_it_was_sent(world: pl.DataFrame, report: TopicReport) -> None:
    """Canned messages on both sides of a split once made a classifier look perfect."""
    copies = [
        world.with_columns(ticket_id=pl.format("{}-{}", "ticket_id", pl.lit(copy)), body=pl.col("body") + " 0123")
        for copy in range(3)
    ]
    repeated = classify(pl.concat([world, *copies]))
    assert value(repeated, "model", "labelled_texts") == value(report, "model", "labelled_texts")
    assert value(repeated, "later_tickets", "accuracy") == value(report, "later_tickets", "accuracy")
    assert value(repeated, "cross_validation", "accuracy") == value(report, "cross_validation", "accuracy")


def test_the_topic_of_a_text_is_the_one_most_tickets_have() -> None:
    rows = [("t1", "c2", 3, "b", "x"), ("t2", "c1", 2, "a", "x"), ("t3", "c3", 1, "b", "x"), ("t4", "c4", 9, "b", "y"),
            ("t5", "c5", 9, "a", "y")]  # fmt: skip
    texts = distinct_labelled(
        pl.DataFrame(rows, schema=["ticket_id", "customer_id", "opened_at", "topic", "text"], orient="row")
    )
    assert texts.rows() == [("x", "b", "c3", 1), ("y", "a", "c4", 9)]


def test_addresses_links_and_numbers_are_no_words() -> None:
    body = "Hi, I'm Ann.Lee+tv@mail.example and paid 12.99 with card 4111-1111; see https://shop.example/x?id=7 OK?"
    text = pl.select(prepared_text(pl.lit(body))).item()
    assert text == "hi i m and paid with card see ok"
    assert pl.select(prepared_text(pl.lit("  7 / 8  "))).item() is None
    assert pl.select(prepared_text(pl.lit("Übertragung hängt"))).item() == "übertragung hängt"


def test_nothing_that_a_customer_wrote_is_in_the_report(world: pl.DataFrame) -> None:
    """Message bodies are personal data: a table or a log with one in it would publish it."""
    marked = world.with_columns(body=pl.col("body") + " zyxsecret")
    report = classify(marked)
    assert report.predictions.height
    written = report.predictions.write_csv() + report.quality.write_csv() + report.note
    assert "zyxsecret" not in written
    assert not any(word in written.lower() for word in ("buffering", "username"))


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="lack the columns body: add them"):
        classify(tickets(10).drop("body"))


def _judged() -> Judged:
    shares = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.25, 0.7, 0.05]])
    return Judged(np.array(["a", "b", "b", "c", "rare"]), np.array(["a", "b", "c"]), np.log(shares))


def test_metrics_are_those_of_scikit_learn_and_a_rare_topic_is_a_mistake() -> None:
    judged = _judged()
    answers = judged.answer()
    assert answers.tolist() == ["a", "a", "b", "c", "b"]
    assert judged.accuracy() == pytest.approx(accuracy_score(judged.topic, answers))
    assert macro_f1(judged.topic, answers) == pytest.approx(
        f1_score(judged.topic, answers, average="macro", zero_division=0)
    )
    rows = quality_of("later_tickets", judged, 0.65, pl.Series(["b", "b", "a"]))
    metrics = {row["metric"]: row["value"] for row in rows.filter(topic="(all)").to_dicts()}
    assert metrics["coverage"] == pytest.approx(3 / 5)
    assert metrics["precision_when_predicted"] == pytest.approx(2 / 3, abs=1e-6)
    assert metrics["majority_accuracy"] == pytest.approx(2 / 5)
    rare = {row["metric"]: row["value"] for row in rows.filter(topic="rare").to_dicts()}
    assert rare == {"texts": 1.0, "precision": None, "recall": 0.0, "f1": 0.0}
    none_kept = quality_of("later_tickets", judged, None, pl.Series(["b"]))
    assert none_kept.filter(metric="precision_when_predicted")["value"].item() is None


def test_temperature_changes_how_sure_and_not_what() -> None:
    judged = _judged()
    sharper, flatter = judged.at(0.5), judged.at(2.0)
    assert sharper.answer().tolist() == flatter.answer().tolist() == judged.answer().tolist()
    assert (sharper.confidence() > judged.confidence()).all()
    assert (flatter.confidence() < judged.confidence()).all()
    assert np.exp(flatter.log_probability).sum(axis=1) == pytest.approx(np.ones(5))


def test_calibration_error_of_known_answers() -> None:
    probability, right = np.array([0.95, 0.95, 0.55, 0.55]), np.array([True, True, True, False])
    assert calibration_error(probability, right) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)
    assert calibration_error(np.array([1.0]), np.array([False])) == pytest.approx(1.0)
