"""Erasing a customer of a sender: what was cut maps to what was cut, and later deliveries are known again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import re
from collections.abc import Mapping, Sequence
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
from pipelines.privacy import erase as erasing
from pipelines.privacy.erase import erase
from pipelines.privacy.person import People
from pipelines.privacy.registry import Registry, is_distinct
from pipelines.privacy.seals import SEAL, seals
from pipelines.settings import Settings
from pipelines.sources.mapping_file import register_mapping
from pipelines.sources.signatures.adyen import signed_text
from pipelines.sources.words import words_of_senders
from tests.conftest import write_rows
from tests.privacy.searching import found_in
from tests.sources.truth import chargebee_payloads as chargebee
from tests.sources.truth import lemonsqueezy, woocommerce
from tests.sources.truth.reading import TABLES

KEY = "44" * 32
# Columns that hold ids of a sender, some of them a person's, and others not.
SENDERS_OWN = frozenset(("event_id", "object_id", "invoice_id", "charge_id", "payment_intent_id", "facts"))
SENDERS = Path(__file__).parents[2] / "data" / "senders"
SENDERS_WITH_CASES = sorted(path.stem for path in TABLES.glob("*.md") if path.stem != "README")
# Those with an example of an erasure of their own beside, and the most cases.
_LONG = frozenset(("adyen", "amazon", "apple", "google", "paypal", "roku", "stripe"))


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


def _renamed(payload: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A payload with other texts in the places of some."""
    text = json.dumps(payload)
    for before, after in names.items():
        text = text.replace(f'"{before}"', f'"{after}"')
    return dict(json.loads(text))


def _links(customer: int, subscription: int) -> dict[str, Any]:
    """Links as WordPress has them."""
    place = "https://shop.example/wp-json/wc/v3"
    return {"self": [{"href": f"{place}/subscriptions/{subscription}"}],
            "customer": [{"href": f"{place}/customers/{customer}?customer_id={customer}"}]}  # fmt: skip


_NUMBERED: dict[str, list[dict[str, Any]]] = {
    "woocommerce": [
        woocommerce.subscription(727, customer_id=26, _links=_links(26, 727)),
        woocommerce.subscription(
            26, customer_id=727, _links=_links(727, 26), billing={"email": "other@example.com", "country": "DE"}
        ),
    ],
    "lemonsqueezy": [
        lemonsqueezy.subscription("727", "created", status="on_trial", customer_id=26, order_id=727),
        lemonsqueezy.subscription(
            "26", "created", status="on_trial", customer_id=727, order_id=727, user_email="other@example.com"
        ),
    ],
    "chargebee": [
        _renamed(chargebee.event("727", "subscription_created"), {"c-1": "26"}),
        _renamed(chargebee.event("26", "subscription_created"), {"c-1": "727", "A@example.com": "other@example.com"}),
    ],
}
"""Payloads of two customers whose subscriptions have each other's number."""
_TYPES = ("type", "Type", "code", "Code", "name", "status", "reason", "object")


def _as_senders_spell(cases: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Any]:
    """The payloads of a truth table with ids as senders make them, where the table has the names of its cases."""
    names = "|".join(map(re.escape, sorted(cases, key=len, reverse=True)))
    named = re.compile(rf"([a-z]{{2,4}}_)?([\w.-]*?(?<![a-z0-9])(?:{names})(?![a-z])[\w.-]*(?::\d\d:[\d.]+Z)?)")

    def spelled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: value if key.endswith(_TYPES) else spelled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [spelled(item) for item in node]
        if not isinstance(node, str) or node in words_of_senders():
            return node
        return named.sub(lambda found: (found[1] or "") + hashlib.sha256(found[0].encode()).hexdigest()[:12], node)

    return [spelled(payload) for payloads in cases.values() for payload in payloads]


def _needles(settings: Settings, customer: str) -> list[str]:
    lake = Lake(settings.lake)
    with lake_connection(settings.work / "test") as connection:
        person = People(connection, lake.root, lake.contents()).find(customer)
    assert person
    registry = Registry(settings)
    texts = {text for texts in person.identifiers.values() for text in texts if not registry.is_pseudonym(text)}
    # Packed files and hashes have shorter ones in them by chance.
    words = {word.lower() for word in words_of_senders()}
    return sorted({text.lower() for text in texts if is_distinct(text) and len(text) > 5} - words)


@pytest.mark.parametrize(
    "sender",
    [
        *("adyen", "amazon", "apple", "google", "legacy", "paypal", "roku"),
        *(pytest.param(name, marks=pytest.mark.long) for name in ("cleeng", "stripe")),
    ],
)
def test_what_is_cut_maps_to_what_is_cut(sender: str, settings: Settings) -> None:
    """An erasure that only renamed canonical rows was undone by the next mapping of the landed files."""
    folder, source = SENDERS / sender, sender
    if sender == "legacy":
        folder, source = SENDERS / "mapping", register_mapping(settings, SENDERS / "mapping" / "legacy.yml").name
        folder = folder / "legacy.csv"
    _erase_and_map_again(settings, folder, source)


@pytest.mark.parametrize(
    "sender",
    [pytest.param(name, marks=[pytest.mark.long] if name in _LONG else []) for name in SENDERS_WITH_CASES],
)
def test_every_case_of_a_sender_maps_to_the_same_without_the_person(sender: str, settings: Settings) -> None:
    """Of half of the senders an erasure cut ids of a few digits at one place and not at another, and types of events.

    A subscription then had no price any longer, and an event no type that its sender knows.
    """
    place = "stripe.test_truth_table" if sender == "stripe" else f"truth.{sender}"
    cases = importlib.import_module(f"tests.sources.{place}").CASES
    path = settings.home.with_name("payloads.jsonl")
    path.write_text("".join(json.dumps(payload) + "\n" for payload in _as_senders_spell(cases)))
    _erase_and_map_again(settings, path, sender)


def test_what_a_stopped_erasure_cut_is_mapped_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the cut and the mapping, rows kept the ids of before, and a later export was counted twice."""
    name = register_mapping(settings, SENDERS / "mapping" / "legacy.yml").name
    ingest(settings, SENDERS / "mapping" / "legacy.csv", source_name=name)
    customer = _customers(settings)[0]
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "map_again", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(settings, [customer])
    erase(settings, [customer])
    assert not reingest(settings, name).is_different


def _erase_and_map_again(settings: Settings, folder: Path, source: str) -> None:
    """Erase two people of what a sender delivered, map it again and deliver it again: the facts stay as they are."""
    ingest(settings, folder, source_name=source)
    facts = _facts(settings)
    erased = _customers(settings)[:3:2]  # Two ids beside each other are of one person, where a sender merges people.
    needles = [needle for customer in erased for needle in _needles(settings, customer)]
    erase(settings, erased)
    assert found_in(settings.home, needles) == []
    assert _facts(settings) == facts
    assert not reingest(settings, source).is_different
    # A state in a list that says nothing new is loaded once more, and no row comes of it.
    ingest(settings, folder, source_name=source)
    assert _facts(settings) == facts
    assert found_in(settings.home, needles) == []


@pytest.mark.parametrize(
    ("sender", "erased", "stays"),
    [
        # A shop counts its customers and its posts, which subscriptions and orders are, apart: 727 is both.
        ("woocommerce", "26", ["727"]),
        ("lemonsqueezy", "lemonsqueezy_customer:26", ["lemonsqueezy_customer:727"]),
        ("chargebee", "26", ["727"]),
    ],
)
def test_the_same_number_of_another_kind_is_somebody_else(
    sender: str, erased: str, stays: list[str], settings: Settings, tmp_path: Path
) -> None:
    """Whoever had the number of an erased person's subscription as a customer was erased along; links kept both."""
    path = tmp_path / "payloads.jsonl"
    path.write_text("".join(json.dumps(payload) + "\n" for payload in _NUMBERED[sender]))
    ingest(settings, path, source_name=sender)
    facts = _facts(settings)
    assert _customers(settings) == sorted([erased, *stays])
    erase(settings, [erased])
    assert [name for name in _customers(settings) if "erased-" not in name] == stays
    assert _facts(settings) == facts
    (account,) = Lake(settings.lake).contents().accounts
    cut, other = pa.input_stream(str(settings.lake / account.landed), compression="zstd").read().decode().splitlines()
    assert '"727"' not in cut.replace('"order_id":727', "")
    assert not re.search("[/=](26|727)", cut)
    assert other == json.dumps(_NUMBERED[sender][1])


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


def test_what_senders_keep_beside_an_id_is_cut(settings: Settings, tmp_path: Path) -> None:
    """Tokens of cards, a business's own notes and pages of receipts stood in landed files after an erasure."""
    customer = {
        "id": "cus_Quak77a1", "object": "customer", "created": 1780444800, "currency": "eur", "email": "q@example.net",
        "default_source": "card_1Quak77Source", "description": "Sietske the tall", "phone": None, "tax_exempt": "none",
        "invoice_prefix": "QK77PREF", "invoice_settings": {"default_payment_method": "pm_1Quak77Default"},
        "metadata": {"nick": "sietske of the tennis club", "customer_id": "house-77-quak"},
    }  # fmt: skip
    charge = {
        "id": "ch_1Quak77", "object": "charge", "amount": 1000, "amount_captured": 1000, "captured": True, "paid": True,
        "created": 1780444860, "currency": "eur", "customer": "cus_Quak77a1", "status": "succeeded",
        "description": "Subscription creation", "metadata": {"offer_id": "basic-2"}, "shipping": None,
        "payment_method": "pm_1Quak77Default", "receipt_url": "https://pay.stripe.com/receipts/quak77receipt",
        "payment_method_details": {"card": {"brand": "visa", "mandate": "mandate_1Quak77", "network_token": None},
                                   "type": "card"},
    }  # fmt: skip
    events = [
        {"id": f"evt_{of['id']}", "object": "event", "api_version": "2025-08-27.basil", "created": of["created"],
         "data": {"object": of}, "livemode": True, "type": kind}
        for kind, of in (("customer.created", customer), ("charge.succeeded", charge))
    ]  # fmt: skip
    (tmp_path / "stripe.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    notification = json.loads((SENDERS / "adyen" / "notifications.jsonl").read_text().splitlines()[0])
    item = notification["notificationItems"][0]["NotificationRequestItem"]
    more = item.setdefault("additionalData", {})
    more |= {
        "recurring.shopperReference": "shopper-quak77", "shopperReference": "shopper-quak77", "alias": "H1678Quak77",
        "recurring.recurringDetailReference": "TK8415Quak77", "tokenization.storedPaymentMethodId": "TK8415Quak77",
    }  # fmt: skip
    (tmp_path / "adyen.jsonl").write_text(json.dumps(notification) + "\n")
    exported = {
        "id": "ch_2Quak77", "Description": "Subscription creation", "Created (UTC)": "2026-06-04 10:00:00",
        "Amount": "10.00", "Amount Refunded": "0.00", "Currency": "eur", "Status": "Paid",
        "Customer ID": "cus_Quak77a1", "Customer Description": "Sietske", "Customer Email": "q@example.net",
        "Captured": "true", "Card ID": "pm_1Quak77Default", "Card Last4": "qk77pref", "Card Name": "S Quak77",
        "Card Brand": "Visa", "Card Address Line1": "Quak77 street", "Card Address City": "Quak77",
        "Card Address Zip": "2611 Quak77",
        "Card Fingerprint": "fpQuak77", "Card AVS Zip Status": "pass", "Payment Source Type": "card",
    }  # fmt: skip
    write_rows(tmp_path / "export.csv", [exported])
    for name, sender in (("stripe.jsonl", "stripe"), ("export.csv", "stripe"), ("adyen.jsonl", "adyen")):
        ingest(settings, tmp_path / name, source_name=sender)
    facts = _facts(settings)
    assert len(facts["payment_events"]) == 3
    needles = ["quak77", "sietske", "qk77pref"]
    assert {needle for needle, _ in found_in(settings.home, needles)} == set(needles)
    erase(settings, ["cus_Quak77a1", "shopper-quak77"])
    assert found_in(settings.home, needles) == []
    assert _facts(settings) == facts
    assert not any(reingest(settings, sender).is_different for sender in ("stripe", "adyen"))
