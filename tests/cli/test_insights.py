"""The letter of churniq insights.

Belongs here: what it says and where it goes. Does not belong here: arithmetic (``tests/readings``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app import marts
from tests.app.conftest import write_snapshot
from tests.cli.conftest import Churniq


def test_a_letter_says_what_changed(home: Path, churniq: Churniq, tmp_path: Path) -> None:
    """A mail with a script or a style sheet is shown by no mail program; a title with markup once became some."""
    write_snapshot(home, *marts.ALL, "update core.dim_offers set title = '<script>alert(1)</script>'")
    told = churniq("insights", "--address", "https://churn.example.org/")
    assert told.status == 0
    assert "MRR rose from EUR 1,020 to EUR 1,250 in Feb 2025 (+22.5%)" in told.out
    assert "too few months to say whether that is unusual" in told.out
    assert "https://churn.example.org/explore?metric=mrr&at=2025-02-01" in told.out
    assert churniq("insights", "--out", str(tmp_path / "letter")).status == 0
    html = (tmp_path / "letter.html").read_text()
    assert "<script" not in html
    assert "<style" not in html
    assert "<img" not in html
    assert "Customer churn" in html
    assert (tmp_path / "letter.md").read_text().startswith("# ChurnIQ")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--address", "churn.example.org"), 2, "begin it with https://"),
        (("--out", "/nowhere/at/all/letter"), 1, "give --out a folder that exists"),
    ],
)
def test_what_cannot_be_written_is_refused(
    home: Path, churniq: Churniq, arguments: tuple[str, ...], status: int, words: str
) -> None:
    write_snapshot(home)
    shown = churniq("insights", *arguments)
    assert (shown.status, words in shown.err) == (status, True), shown.err
