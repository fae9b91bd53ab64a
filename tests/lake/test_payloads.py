"""Files of payloads in every shape they come in, and a sender whose rows wait for what it tells later."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import duckdb
import pytest

import pipelines.sources
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.sources.base import Source
from pipelines.sources.sql import epoch_seconds, json_fields
from tests.conftest import Row, write_bytes
from tests.lake.contents import accepted, account_of, deliver, quarantined

_TIME = epoch_seconds("seconds")


def _store_purchases(_: str) -> str:
    return f"""
    select file_number, row_number, 'shop' as provider, token as purchase_id, {_TIME} as recorded_at, price as amount
    from delivered where kind = 'price'
    """


def _subscription_events(_: str) -> str:
    return f"""
    select
        delivered.file_number, delivered.row_number, id as event_id, 'renewed' as event_type, {_TIME} as occurred_at,
        token as customer_id, token as subscription_id, 'EUR' as currency, 'month' as billing_interval,
        (
            select arg_max(amount, recorded_at) from known_store_purchases as known
            where known.purchase_id = token and known.recorded_at <= {_TIME}
        ) as amount
    from delivered where kind = 'event'
    """


SHOP = Source(
    name="shop",
    title="A shop that tells prices apart from events",
    parsed=json_fields(
        {"kind": "$.kind", "token": "$.token", "seconds": "$.seconds", "price": "$.price", "id": "$.id"}
    ),
    mappings={"store_purchases": _store_purchases, "subscription_events": _subscription_events},
    rejections=(("coalesce(kind not in ('price', 'event'), true)", "unknown_type"),),
    context=("store_purchases",),
    waiting=(
        (
            "kind = 'event' and not exists (select 1 from known_store_purchases as known "
            f"where known.purchase_id = delivered.token and known.recorded_at <= {epoch_seconds('delivered.seconds')})",
            "waiting:price",
        ),
    ),
)
EVENT = {"kind": "event", "token": "t", "seconds": 1_700_000_000, "id": "e1"}
OLD_PRICE = {"kind": "price", "token": "t", "seconds": 1_600_000_000, "price": "5"}
NEW_PRICE = {"kind": "price", "token": "t", "seconds": 1_650_000_000, "price": "6"}
LATER_PRICE = {"kind": "price", "token": "t", "seconds": 1_710_000_000, "price": "7"}


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pipelines.sources.SOURCES, "shop", SHOP)


def lines(*payloads: Row) -> str:
    return "".join(json.dumps(payload) + "\n" for payload in payloads)


def envelope(payload: Row | list[Row]) -> Row:
    return {"received_at": "2025-01-01T00:00:00.000000Z", "headers": {}, "body": json.dumps(payload, indent=1)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.jsonl", lines(OLD_PRICE, EVENT)),
        ("lines.json", lines(OLD_PRICE, EVENT)),
        ("array.json", json.dumps([OLD_PRICE, EVENT])),
        ("pretty_array.json", json.dumps([OLD_PRICE, EVENT], indent=2)),
        ("pretty.json", json.dumps(OLD_PRICE, indent=2) + "\n" + json.dumps(EVENT, indent=2)),
        ("first_compact.json", json.dumps(OLD_PRICE) + "\n" + json.dumps(EVENT, indent=2)),
        ("received.jsonl", lines(envelope(OLD_PRICE), envelope(EVENT))),
        ("received_together.jsonl", lines(envelope([OLD_PRICE, EVENT]))),
        ("table.csv", "kind,token,seconds,price,id\nprice,t,1600000000,5,\nevent,t,1700000000,,e1\n"),
        ("with_mark.jsonl", "\ufeff" + lines(OLD_PRICE, EVENT)),
    ],
)
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_payloads_come_in_many_shapes(
    name: str, content: str, compression: str, settings: Settings, tmp_path: Path
) -> None:
    """A sender's test tool saved its payloads indented, and the loader wanted one a line."""
    path = tmp_path / (name if compression == "none" else f"{name}.gz")
    write_bytes(path, content, compression)
    result = deliver(settings, path, "shop")
    assert account_of(result, path.name) == (2, 2, 0, 0)
    assert accepted(settings, "subscription_events", "event_id, amount::VARCHAR as amount") == [
        {"event_id": "e1", "amount": "5.0000"}
    ]


def test_what_is_no_payload_is_rejected_beside_the_others(settings: Settings, tmp_path: Path) -> None:
    """Half a line at the end of a copied file took the whole file with it."""
    content = lines(OLD_PRICE, {"kind": "gift"}) + '[1]\n"text"\n' + lines(EVENT) + '{"kind": "ev'
    result = deliver(settings, write_bytes(tmp_path / "mixed.jsonl", content), "shop")
    assert account_of(result, "mixed.jsonl") == (6, 2, 0, 4)
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [
        (2, "unknown_type"),
        (3, "malformed_row"),
        (4, "malformed_row"),
        (6, "malformed_row"),
    ]


def test_an_envelope_that_was_cut_off_is_rejected_beside_the_others(settings: Settings, tmp_path: Path) -> None:
    """The receiver's machine lost power in the middle of a line, and no later ingest of the inbox ended."""
    whole = lines(envelope(OLD_PRICE), envelope(EVENT))
    path = write_bytes(tmp_path / "received.jsonl", whole + '{"received_at":"2025-01-01T00:00:00.000000Z", "bod')
    assert account_of(deliver(settings, path, "shop"), "received.jsonl") == (3, 2, 0, 1)
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [(3, "malformed_row")]


def test_a_broken_document_is_quarantined_whole(settings: Settings, tmp_path: Path) -> None:
    """An array that was cut off has no row that can be trusted to be the last."""
    path = write_bytes(tmp_path / "cut.json", json.dumps([OLD_PRICE, EVENT], indent=1)[:-10])
    assert account_of(deliver(settings, path, "shop"), "cut.json") == (1, 0, 0, 1)


# The event at each place, and the prices before and after it both ways.
_QUICK = (
    "old new later event",
    "later new event old",
    "new event old later",
    "event later old new",
    "event old new later",
)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=() if " ".join(order) in _QUICK else pytest.mark.long)
        for order in itertools.permutations(["old", "new", "later", "event"])
    ],
)
def test_context_in_any_order_gives_the_same_rows(order: tuple[str, ...], settings: Settings, tmp_path: Path) -> None:
    """A price that was looked up after its renewal had been loaded never reached the renewal."""
    payloads = {"old": OLD_PRICE, "new": NEW_PRICE, "later": LATER_PRICE, "event": EVENT}
    for name in (*order, order[0]):
        path = write_bytes(tmp_path / f"{name}.jsonl", lines(payloads[name]))
        pipelines.lake.ingest.ingest(settings, path, source_name="shop")
    assert accepted(settings, "subscription_events", "event_id, amount::VARCHAR as amount") == [
        {"event_id": "e1", "amount": "6.0000"}
    ]
    assert quarantined(settings) == []
    assert len(accepted(settings, "store_purchases")) == 3


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_what_is_kept_of_a_rejected_payload_is_text(name: str, settings: Settings, tmp_path: Path) -> None:
    """The quarantine of a table had a type of its own, and the whole build stopped at it."""
    contents = {"a.csv": "kind,id\ngift,1\n", "a.jsonl": lines({"kind": "gift", "id": "1"})}
    content = contents.get(name, json.dumps([{"kind": "gift", "id": "1"}], indent=1))
    deliver(settings, write_bytes(tmp_path / name, content), "shop")
    files = [str(path) for path in Lake(settings.lake).quarantine_files()]
    described = duckdb.execute("describe select raw from read_parquet(?)", [files]).fetchall()
    assert described[0][1] == "VARCHAR"
    assert json.loads(quarantined(settings)[0]["raw"]) == {"kind": "gift", "id": "1"}
