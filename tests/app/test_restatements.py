"""The page that compares a month in two snapshots.

Belongs here: what a reader sees there. Does not belong here: causes (``tests.cli.test_restating``).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.app.conftest import write_snapshot
from tests.app.test_pages import metrics_of, open_page, table_of, words_of


@pytest.mark.usefixtures("published_home")
def test_without_an_earlier_snapshot_it_says_how_to_get_one() -> None:
    """An empty page would look like a month that never changed."""
    assert "churniq build --as-of" in words_of(open_page("trust", trust_part="restatements"))


def test_a_month_is_shown_then_and_now(home: Path) -> None:
    """The difference of a total, and the customer's day that makes it."""
    write_snapshot(
        home,
        "delete from revenue.fct_mrr_movements where movement_type = 'new' and movement_date >= '2025-03-01'",
        "update revenue.fct_mrr_monthly set closing_mrr = closing_mrr - new_mrr, new_mrr = 0 "
        "where month = '2025-03-01'",
        as_of=datetime(2025, 3, 1),  # noqa: DTZ001 - snapshots are as of UTC without an offset
        is_current=False,
    )
    write_snapshot(home)
    page = open_page("trust", trust_part="restatements", month="2025-03-01")
    assert not page.exception
    assert "Closing MRR" in metrics_of(page)
    assert "What made the difference" in words_of(page)
    assert table_of(page, 1)["item"].to_list()[0] == "Opening customers"
    causes = table_of(page, 2)
    assert causes["movement_type"].to_list() == ["New"]
    assert causes["difference"].sum() == 20
