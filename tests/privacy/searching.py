"""A search of a home for somebody, as whoever doubts an erasure would do it: every file, whatever it is packed in.

Belongs here: the search, and deliveries about a person in every format. Does not belong here: assertions.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.conftest import write_rows
from tests.lake.contents import payment, start

ANNA = "anna-person-77"
ADDRESS = "Anna.Berger@Example.org"
NEEDLES = (
    ANNA, "anna.berger", "anna%2eberger", "berger", "sub-anna-1", "tx-anna", "crm-anna-5", "visitor-anna", "tick-anna",
    "941cac73c5eacda332200d704246bac56ea032d1cf81bb396e7be33ecb81eb01",
)  # fmt: skip
"""Everything that names Anna, in small letters; the last is the SHA-256 of her address."""


def deliveries(root: Path) -> Path:
    """Feeds about Anna and Bob in every format and compression, with rows that are refused."""
    write_rows(
        root / "subscription_events" / "a.csv",
        [
            start("e1", customer_id=ANNA, subscription_id="sub-anna-1", note="Anna Berger"),
            start("e2", customer_id="bob", subscription_id="sub-bob", occurred_at="2025-02-01T00:00:00Z"),
            start(
                f"evt-{ANNA}-3", event_type="renewed", customer_id=ANNA, subscription_id="sub-anna-1",
                occurred_at="2025-02-01T00:00:00Z", amount="12.5",
            ),
        ],
    )  # fmt: skip
    write_rows(
        root / "payment_events" / "p.jsonl.gz",
        [
            payment("p1", customer_id=ANNA, transaction_id="tx-anna-1", subscription_id="sub-anna-1"),
            payment("p2", customer_id="bob", transaction_id="tx-bob-1"),
            payment(
                "p3", event_type="refunded", customer_id=ANNA, transaction_id="tx-anna-2",
                original_transaction_id="tx-anna-1", occurred_at="2025-01-03T00:00:00Z",
            ),
        ],
    )  # fmt: skip
    person = {"event_type": "registered", "occurred_at": "2025-01-01T00:00:00Z", "country": "DE"}
    write_rows(
        root / "customer_events" / "c.parquet",
        [
            {**person, "event_id": "c1", "customer_id": ANNA, "email": ADDRESS, "birth_year": 1980},
            {**person, "event_id": "c2", "customer_id": "bob", "email": "bob@example.org", "birth_year": 1970},
        ],
    )
    ticket = {"opened_at": "2025-01-05T00:00:00Z"}
    write_rows(
        root / "support_tickets" / "t.csv",
        [
            {**ticket, "ticket_id": "tick-anna-1", "customer_id": ANNA, "body": f"I am Anna Berger, {ADDRESS}"},
            {**ticket, "ticket_id": "tick-bob-1", "customer_id": "bob", "body": "Hello, it stutters"},
        ],
    )
    visit = {"event_type": "visited", "occurred_at": "2025-01-01T00:00:00Z"}
    write_rows(
        root / "journey_events" / "j.jsonl.zst",
        [
            {**visit, "event_id": "j1", "visitor_id": "visitor-anna", "customer_id": ANNA},
            {**visit, "event_id": "j2", "visitor_id": "visitor-bob"},
        ],
    )
    day = {"activity_date": "2025-01-04", "minutes_watched": 10}
    write_rows(root / "engagement_daily" / "d.csv.zst", [{**day, "customer_id": ANNA}, {**day, "customer_id": "bob"}])
    payout = {"provider": "x", "paid_at": "2025-01-09T00:00:00Z", "currency": "EUR", "amount": "9.99"}
    paid = {**payout, "payout_id": "po1", "transaction_ids": '["tx-anna-1","tx-bob-1"]'}
    write_rows(root / "payouts" / "o.csv", [paid])
    link = {"alias_kind": "crm", "alias_value": "crm-anna-5", "customer_id": ANNA}
    write_rows(root / "identity_links" / "l.csv", [link])
    write_rows(
        root / "payment_events" / "refused.csv",
        [
            payment("p9", customer_id=ANNA, transaction_id="tx-anna-9", amount="nine"),
            payment("p8", customer_id="crm:crm-anna-5", transaction_id="tx-anna-8"),
        ],
    )
    (root / "payment_events" / "torn.jsonl").write_text(f'{{"customer_id": "{ANNA}", "event_id": \n')
    return root


def found_in(home: Path, needles: Sequence[str] = NEEDLES) -> list[tuple[str, str]]:
    """Where a home names somebody: pairs of the text and the file."""
    return [
        (needle, str(path.relative_to(home)))
        for path in sorted(home.rglob("*"))
        if path.is_file()
        for content in [b"\n".join(_contents(path)).lower() + str(path).lower().encode()]
        for needle in needles
        if needle.encode() in content
    ]


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    for ending, codec in ((".gz", "gzip"), (".zst", "zstd")):
        if path.name.endswith(ending):
            content = pa.input_stream(str(path), compression=codec).read()
            yield content
    if content.startswith(b"PAR1"):
        yield repr(pq.read_table(path).to_pylist()).encode()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if content.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as connection:
            yield "\n".join(connection.iterdump()).encode()
    if path.suffix == ".duckdb":
        yield _tables(path)
    for packed in re.findall(rb"[A-Za-z0-9+/_-]{24,}", content):
        try:
            yield base64.b64decode(packed.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(packed) % 4))
        except ValueError:
            continue


def _tables(path: Path) -> bytes:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        rows = [connection.execute(f'select * from "{schema}"."{table}"').fetchall() for schema, table in tables]
    return json.dumps(rows, default=str).encode()
