"""What instants mean, in every type a format has for them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.settings import Settings
from tests.lake.contents import accepted, cancellation, deliver, quarantined, read_values

INVALID, OUT_OF_RANGE, NEGATIVE, MISSING = "invalid", "out_of_range", "negative", "missing"

INSTANTS = {
    "2025-01-01": "2025-01-01 00:00:00",
    "2025-01-01T10:00": "2025-01-01 10:00:00",
    "2025-01-01 10:00:00": "2025-01-01 10:00:00",
    "2025-01-01T10:00:00Z": "2025-01-01 10:00:00",
    "2025-01-01T10:00:00z": "2025-01-01 10:00:00",
    "2025-01-01t10:00:00Z": "2025-01-01 10:00:00",
    "2025-01-01T10:00:00+02:00": "2025-01-01 08:00:00",
    "2025-01-01T10:00:00+0530": "2025-01-01 04:30:00",
    "2025-01-01T10:00:00-08": "2025-01-01 18:00:00",
    "2025-01-01 10:00:00 +02:00": "2025-01-01 08:00:00",
    "2025-03-30T02:30:00+01:00": "2025-03-30 01:30:00",
    "2025-01-01T10:00:00.5Z": "2025-01-01 10:00:00.5",
    "2025-01-01T10:00:00.123456789Z": "2025-01-01 10:00:00.123456",
    "2025-01-01T24:00:00Z": "2025-01-02 00:00:00",
    "2024-02-29": "2024-02-29 00:00:00",
    "1735725600000": "2025-01-01 10:00:00",
    "1735725600123": "2025-01-01 10:00:00.123",
    "1735725600000.0": "2025-01-01 10:00:00",
    "1990-01-01": "1990-01-01 00:00:00",
    "2199-12-31T23:59:59Z": "2199-12-31 23:59:59",
    "1989-12-31T23:59:59Z": OUT_OF_RANGE,
    "2200-01-01": OUT_OF_RANGE,
    "0000-01-01": OUT_OF_RANGE,
    "0001-01-01T00:00:00Z": OUT_OF_RANGE,
    "9999-12-31T23:59:59Z": OUT_OF_RANGE,
    "1735725600": OUT_OF_RANGE,
    "-1735725600000": OUT_OF_RANGE,
    "1735725600000000": INVALID,
    "infinity": INVALID,
    "-infinity": INVALID,
    "epoch": INVALID,
    "now": INVALID,
    "today": INVALID,
    "2025-02-29": INVALID,
    "2025-13-01": INVALID,
    "2025-01-01T24:00:01Z": INVALID,
    "2025-01-01T25:00:00Z": INVALID,
    "2025-01-01T10:00:00+25:00": INVALID,
    "2025-01-01T10:00:00+02:60": INVALID,
    "2025-01-01T10:00:00Europe/Paris": INVALID,
    "2025-1-1": INVALID,
    "01/02/2025": INVALID,
    "20250101": INVALID,
    "20250101T100000Z": "2025-01-01 10:00:00",
    "20250101T100000": "2025-01-01 10:00:00",
    "20250101t1000z": "2025-01-01 10:00:00",
    "20250101T120000.5+0200": "2025-01-01 10:00:00.5",
    "20250101T120000,123456789+02:00": "2025-01-01 10:00:00.123456",
    "2025-01-01T10:00:00,25Z": "2025-01-01 10:00:00.25",
    "2025-01-01 12:00:00,000001 +02": "2025-01-01 10:00:00.000001",
    "20250229T100000Z": INVALID,
    "20250101T250000Z": INVALID,
    "20250101T10000Z": INVALID,
    "20250101T100000,Z": INVALID,
    "2025-01-01T10:0000Z": INVALID,
    "2025-01-01T100000Z": INVALID,
    "2025-01-01T10:00,5Z": INVALID,
    " 2025-01-01": "2025-01-01 00:00:00",
    "2025-01-01T10:00:00Z\t": "2025-01-01 10:00:00",
    "\u0662\u0660\u0662\u0665-01-01": INVALID,
    "yesterday": INVALID,
}


def test_instants_in_text(settings: Settings, tmp_path: Path) -> None:
    """Renewals stamped +02:00 fell on the day before, and 'infinity' ended up as the newest event of the lake.

    A sender of ISO 8601 in its basic form, or with a comma before the fraction, had every row refused.
    """
    path = tmp_path / "subscription_events" / "a.csv"
    found = read_values(settings, path, "occurred_at", list(INSTANTS), cancellation(""))
    assert found == INSTANTS


def test_instants_in_json(settings: Settings, tmp_path: Path) -> None:
    """An app server switched from ISO text to epoch milliseconds as a number, and a day of events was refused."""
    expected = {
        "1735725600000": "2025-01-01 10:00:00",
        "1735725600000.0": "2025-01-01 10:00:00",
        "1.7357256e12": "2025-01-01 10:00:00",
        '"1735725600000"': "2025-01-01 10:00:00",
        '"2025-01-01T12:00:00+02:00"': "2025-01-01 10:00:00",
        '""': MISSING,
        "null": MISSING,
        "true": INVALID,
        "[1735725600000]": INVALID,
        "{}": INVALID,
        "1e999": INVALID,
    }
    path = tmp_path / "subscription_events" / "a.jsonl"
    found = read_values(settings, path, "occurred_at", list(expected), cancellation(""))
    assert found == expected


NANOSECONDS = 1_735_725_600_123_456_789


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (pa.timestamp("ns"), NANOSECONDS, "2025-01-01 10:00:00.123456"),
        (pa.timestamp("us"), NANOSECONDS // 1000, "2025-01-01 10:00:00.123456"),
        (pa.timestamp("ms"), NANOSECONDS // 10**6, "2025-01-01 10:00:00.123"),
        (pa.timestamp("ns", "UTC"), NANOSECONDS, "2025-01-01 10:00:00.123456"),
        (pa.timestamp("us", "Europe/Amsterdam"), NANOSECONDS // 1000, "2025-01-01 10:00:00.123456"),
        (pa.int64(), NANOSECONDS // 10**6, "2025-01-01 10:00:00.123"),
        (pa.float64(), float(NANOSECONDS // 10**6), "2025-01-01 10:00:00.123"),
        (pa.date32(), 20_000, "2024-10-04 00:00:00"),
        (pa.int32(), 5, "invalid:occurred_at"),
        (pa.timestamp("us"), 2**62, "out_of_range:occurred_at"),
        (pa.timestamp("us"), None, "missing:occurred_at"),
    ],
)
def test_instants_in_parquet(
    kind: pa.DataType, value: object, expected: str, settings: Settings, tmp_path: Path
) -> None:
    """Nanoseconds were rounded here and cut off there, so the same event in two formats contradicted itself."""
    columns = {name: [text] for name, text in cancellation("a").items()}
    path = tmp_path / "subscription_events" / "a.parquet"
    path.parent.mkdir()
    pyarrow.parquet.write_table(pa.table({**columns, "occurred_at": pa.array([value], kind)}), path)
    deliver(settings, path)
    rows = accepted(settings, "subscription_events", "cast(occurred_at as varchar) as found")
    assert [*(row["found"] for row in rows), *(row["reason"] for row in quarantined(settings))] == [expected]
