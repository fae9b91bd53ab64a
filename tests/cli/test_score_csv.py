"""churniq score-csv: figures as JSON, and one sentence for a file or a table that cannot be judged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.flat_files import read_flat_file
from tests.cli.conftest import Churniq


def lines(rows: int = 240, delimiter: str = ",") -> list[str]:
    """A table whose customers leave the likelier the less they watch; every column kind that senders have."""
    random = np.random.default_rng(4)
    table = [delimiter.join(["customerID", "hours", "plan", "empty", "Churn"])]
    for number in range(rows):
        hours = random.gamma(2.0, 5.0)
        left = random.random() < 1 / (1 + np.exp(0.25 * hours - 1.0))
        plan = random.choice(["basic", "premium", ""])
        table.append(delimiter.join([f"c{number:04d}", f"{hours:.2f}", plan, "", "Yes" if left else "No"]))
    return table


def test_figures_are_honest_and_there_to_read(churniq: Churniq, tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text("\n".join(lines()))
    outcome = churniq("score-csv", file, "--target", "Churn", "--format", "json")
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    figures = json.loads(outcome.out)
    assert 0.65 < figures["auc"] < 0.95
    assert 0.2 < figures["log_loss"] < 0.65
    assert figures["left_out"] == {"customerID": "is an identifier or free text", "empty": "is empty"}
    assert set(figures["estimators"]) == {"blend", "floor", "trees"}


def test_a_dialect_changes_nothing(tmp_path: Path) -> None:
    """Semicolons, a mark of UTF-8, Windows' line ends and compression once each made one wide column of a table."""
    plain, packed, wide = tmp_path / "plain.csv", tmp_path / "packed.csv.gz", tmp_path / "wide.csv"
    plain.write_text("\n".join(lines()))
    packed.write_bytes(gzip.compress(("\ufeff" + "\r\n".join(lines(delimiter=";"))).encode()))
    wide.write_text("\n".join(lines(delimiter="\t")), encoding="utf-16")
    expected = read_flat_file(plain)
    assert expected.shape == (240, 5)
    assert read_flat_file(packed).equals(expected)
    assert read_flat_file(wide).equals(expected)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b,a\n1,2,3\n", "several columns named a"),
        (b"hours,Churn\n1,Yes\n2,No,extra,extra\n", "is not a table in CSV"),
        (b"PAR1 and nothing else", "broken Parquet"),
        (b"\x1f\x8b broken", "broken gzip"),
        (b"hours,Churn\n", "no rows"),
        (b"hours,left\n1,Yes\n", "There is no column Churn"),
        (b"hours,Churn\n1,Yes\n2,No\n", "at least 20 of each"),
        (b"a\x00b,Churn\n1,Yes\n", "is not text"),
    ],
)
def test_a_file_that_cannot_be_judged_gets_one_sentence(
    churniq: Churniq, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    outcome = churniq("score-csv", file, "--target", "Churn")
    assert outcome.status == 1
    assert words in outcome.sentence


def test_what_is_no_file_and_what_is_no_waiver(churniq: Churniq, tmp_path: Path) -> None:
    assert "There is no file" in churniq("score-csv", tmp_path / "gone.csv", "--target", "Churn").sentence
    assert "no waiver" in churniq("score-csv", "x.csv", "--target", "Churn", "--waive", "score").complaint
    assert "--target" in churniq("score-csv", "x.csv").complaint


def test_a_leak_is_refused_by_name(churniq: Churniq, tmp_path: Path) -> None:
    """A table with the outcome in another column once scored AUC 1.0 and was believed."""
    rows = lines()
    leaked = [f"{row},{'closed' if row.endswith('Yes') else 'open'}" for row in rows[1:]]
    file = tmp_path / "leak.csv"
    file.write_text("\n".join([rows[0] + ",account_state", *leaked]))
    outcome = churniq("score-csv", file, "--target", "Churn", "--format", "json")
    assert outcome.status == 1
    assert "account_state" in outcome.sentence
    assert outcome.out == ""
