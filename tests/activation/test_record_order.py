"""The record of a campaign names the arm that the mart does."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from pipelines.activation.recording import Record

_DAY = datetime(2026, 6, 1)  # noqa: DTZ001 - instants of the lake are UTC without a zone
_SOONER, _LATER = _DAY, _DAY + timedelta(seconds=1)


def _record(*rows: tuple[str, str, datetime, datetime]) -> Record:
    """Rows of one person in one campaign: event id, arm, when it was recorded, when it was exported."""
    return Record(
        pl.DataFrame(
            {
                "event_id": [row[0] for row in rows],
                "event_type": [row[1] for row in rows],
                "occurred_at": _DAY,
                "recorded_at": [row[2] for row in rows],
                "exported_at": [row[3] for row in rows],
                "customer_id": "anna",
                "campaign": "june",
                "segment": [row[0] for row in rows],
                "segment_version": 1,
                "purpose": "marketing",
                "propensity": 0.9,
            }
        )
    )


def test_the_export_that_was_made_first_decides_the_arm() -> None:
    """Of two exports of one snapshot that were recorded at once, the smaller random id decided."""
    record = _record(("b", "sent", _DAY, _SOONER), ("a", "held_out", _DAY, _LATER))
    assert record.arms("june") == {"anna": "sent"}
    assert record.campaigns()["june"].segment == "b"


def test_what_was_recorded_first_decides_before_when_it_was_exported() -> None:
    record = _record(("b", "sent", _LATER, _SOONER), ("a", "held_out", _SOONER, _LATER))
    assert record.arms("june") == {"anna": "held_out"}
    assert record.campaigns()["june"].segment == "a"


def test_who_was_left_out_has_no_arm() -> None:
    record = _record(("a", "left_out", _DAY, _SOONER), ("b", "sent", _DAY, _LATER))
    assert record.arms("june") == {"anna": "sent"}
    assert record.campaigns()["june"].segment == "b"
