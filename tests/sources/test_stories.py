"""One subscriber's story, told by seven senders, is one story: the same movements, whoever tells it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.sources.replaying import require_the_same_rows
from tests.sources.stories import apple
from tests.warehouse.building import build_warehouse

SENDERS = ("stripe", "apple", "google", "roku", "amazon", "paypal", "cleeng")
STORY = [
    ("2025-01-08", "new", "9.9900", None),
    ("2025-03-15", "churn", "-9.9900", "involuntary"),
    ("2025-03-18", "reactivation", "9.9900", None),
    ("2025-05-18", "churn", "-9.9900", "voluntary"),
]


def payloads(sender: str) -> list[dict[str, object]]:
    """What a sender says of the story."""
    told: list[dict[str, object]] = importlib.import_module(f"tests.sources.stories.{sender}").payloads()
    return told


@pytest.mark.long
@pytest.mark.parametrize("sender", SENDERS)
def test_the_order_of_delivery_changes_nothing(sender: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store's notification overtook the one before it, and a conversion was booked as a renewal for ever."""
    require_the_same_rows(sender, payloads(sender), tmp_path, monkeypatch, also_in_halves=True)


def test_seven_senders_tell_one_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of involuntary churn differed by store, since each adapter had its own idea of a grace period."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    settings = Settings()
    for sender in SENDERS:
        path = tmp_path / "told" / f"{sender}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(payload) + "\n" for payload in payloads(sender)))
        ingest(settings, path, source_name=sender)
    links = write_rows(tmp_path / "house" / "identity_links" / "links.csv", [apple.HOUSE_LINK])
    built = ("+fct_subscription_mrr_movements", "+fct_subscriptions", "+fct_mrr_movements")
    warehouse = build_warehouse(settings, links.parents[1], select=built)
    told = {
        row["provider"]: row["story"]
        for row in warehouse.rows(
            """
            select provider, list((movement_date::VARCHAR, movement_type, mrr_change::VARCHAR) order by movement_date)
                as story
            from revenue.fct_subscription_mrr_movements join core.fct_subscriptions using (subscription_id)
            group by provider
            """
        )
    }
    expected = [(day, kind, change) for day, kind, change, _ in STORY]
    assert told == dict.fromkeys(SENDERS, expected)
    # All seven subscriptions are one person's, so the movements of the customer are seven times the story.
    movements = warehouse.rows(
        "select movement_date::VARCHAR as day, customer_id, movement_type, mrr_change, churn_kind "
        "from revenue.fct_mrr_movements order by movement_date"
    )
    assert {row["customer_id"] for row in movements} == {"customer-7"}
    assert [
        (row["day"], row["movement_type"], str(row["mrr_change"] / len(SENDERS)), row["churn_kind"])
        for row in movements
    ] == STORY
