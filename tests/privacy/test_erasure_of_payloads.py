"""Erasing a customer of a sender: what was cut maps to what was cut, and later deliveries are known again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.contract.feeds import FEEDS
from pipelines.lake.ingest import ingest
from pipelines.lake.reingest import reingest
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.lake.workspace import lake_connection
from pipelines.privacy.erase import erase
from pipelines.privacy.person import People
from pipelines.privacy.registry import Registry, is_distinct
from pipelines.privacy.seals import SEAL, seals
from pipelines.settings import Settings
from pipelines.sources.mapping_file import register_mapping
from pipelines.sources.signatures.adyen import signed_text
from tests.privacy.searching import found_in

KEY = "44" * 32
# Columns that hold ids of a sender, some of them a person's, and others not.
SENDERS_OWN = frozenset(("event_id", "object_id", "invoice_id", "charge_id", "payment_intent_id", "facts"))
SENDERS = Path(__file__).parents[2] / "data" / "senders"


def _facts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    lake = Lake(settings.lake)
    contents = lake.contents()
    facts = {}
    for feed in FEEDS.values():
        select = canonical_select(feed, [lake.root / name for name in contents.canonical.get(feed.name, [])])
        # PayPal's refunds and disputes stand among purchases with their own id in the place of an offer's.
        own = SENDERS_OWN | {"offer_id"} if feed.name == "store_purchases" else SENDERS_OWN
        named = [f'"{c.name}"' for c in feed.columns if not (c.identifies or c.personal or c.name in own)]
        facts[feed.name] = duckdb.execute(f"select {', '.join(named)} from ({select}) order by all").fetchall()
    return facts


def _customers(settings: Settings) -> list[str]:
    lake = Lake(settings.lake)
    contents = lake.contents()
    selects = [
        f"select customer_id from ({canonical_select(FEEDS[name], [lake.root / file for file in files])})"
        for name, files in contents.canonical.items()
        if "customer_id" in FEEDS[name].column_names
    ]
    rows = duckdb.execute(
        f"select customer_id from ({' union all '.join(selects)}) where customer_id is not null "
        "group by 1 order by count(*) desc, 1"
    ).fetchall()
    return [customer for (customer,) in rows]


def _needles(settings: Settings, customer: str) -> list[str]:
    lake = Lake(settings.lake)
    with lake_connection(settings.work / "test") as connection:
        person = People(connection, lake.root, lake.contents()).find(customer)
    assert person
    registry = Registry(settings)
    texts = {text for texts in person.identifiers.values() for text in texts if not registry.is_pseudonym(text)}
    # Packed files and hashes have shorter ones in them by chance.
    return sorted(text.lower() for text in texts if is_distinct(text) and len(text) > 5)


@pytest.mark.parametrize(
    "sender", ["adyen", "amazon", "apple", "cleeng", "google", "legacy", "paypal", "roku", "stripe"]
)
def test_what_is_cut_maps_to_what_is_cut(sender: str, settings: Settings) -> None:
    """An erasure that only renamed canonical rows was undone by the next mapping of the landed files."""
    folder, source = SENDERS / sender, sender
    if sender == "legacy":
        folder, source = SENDERS / "mapping", register_mapping(settings, SENDERS / "mapping" / "legacy.yml").name
        folder = folder / "legacy.csv"
    ingest(settings, folder, source_name=source)
    facts = _facts(settings)
    needles: list[str] = []
    for _ in range(2):
        customer = next((name for name in _customers(settings) if "erased-" not in name), None)
        if customer is None:
            break
        needles += _needles(settings, customer)
        erase(settings, [customer])
        assert found_in(settings.home, needles) == []
        assert _facts(settings) == facts
    assert not reingest(settings, source).is_different
    again = ingest(settings, folder, source_name=source)
    assert sum(account.rows_loaded for account in again.accounts) == 0
    assert _facts(settings) == facts
    assert found_in(settings.home, needles) == []


def test_a_signature_that_cannot_hold_is_not_asked_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next mapping rejected every cut notification as forged, and with it the revenue of the erased."""
    monkeypatch.setenv("CHURNIQ_ADYEN_SECRET", KEY)
    lines = []
    for line in (SENDERS / "adyen" / "notifications.jsonl").read_text().splitlines():
        notification = json.loads(line)
        for entry in notification.get("notificationItems", []):
            item = entry["NotificationRequestItem"]
            digest = hmac.new(bytes.fromhex(KEY), signed_text(item).encode(), hashlib.sha256).digest()
            item.setdefault("additionalData", {})["hmacSignature"] = base64.b64encode(digest).decode()
        lines.append(json.dumps(notification))
    path = settings.home / "in" / "a.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n")
    ingest(settings, path, source_name="adyen")
    path.unlink()
    facts = _facts(settings)
    erase(settings, [_customers(settings)[0]])
    assert not reingest(settings, "adyen").is_different
    assert _facts(settings) == facts
    (account,) = Lake(settings.lake).contents().accounts
    content = pa.input_stream(str(settings.lake / account.landed), compression="zstd").read().decode()
    sealed = next(line for line in content.splitlines() if SEAL in line)
    assert seals(settings)(sealed)
    assert not seals(settings)(
        sealed.replace('"success":"true"', '"success":"false"').replace("AUTHORISATION", "REFUND")
    )
    assert not seals(settings)(json.dumps({**json.loads(sealed), SEAL: "0" * 64}))
