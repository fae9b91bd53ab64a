"""Which texts name a person who is erased, and which only look like it: addresses, hashes, short and numbered ids.

Belongs here: finding them. Does not belong here: what an erasure does to a home (``test_erasure``), payloads of senders
(``test_erasure_of_payloads``).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.privacy.access import access
from pipelines.privacy.erase import erase
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.lake.contents import start
from tests.privacy.searching import ADDRESS, found_in


def test_a_shared_address_stays_with_the_other(settings: Settings, tmp_path: Path) -> None:
    """Of a couple with one address one is erased: the other is still a customer, and still has it."""
    person = {"event_type": "registered", "occurred_at": "2025-01-01T00:00:00Z", "email": "home@example.org"}
    rows = [{**person, "event_id": f"c-{name}", "customer_id": name} for name in ("first-one", "other-one")]
    ingest(settings, write_rows(tmp_path / "customer_events" / "c.csv", rows))
    with pytest.raises(UserError, match="names 2 customers"):
        erase(settings, ["home@example.org"])
    erased = erase(settings, ["first-one"])
    assert erased.remarks == ("home@example.org is also the address of another customer, and stays with that one.",)
    assert {name for name, _ in found_in(settings.home, ["first-one", "other-one", "home@example.org"])} == {
        "other-one",
        "home@example.org",
    }


def test_an_address_as_a_customer_id(settings: Settings, tmp_path: Path) -> None:
    """Exports of shops have nothing else; a request writes the address as its sender does."""
    rows = [start(f"pat:{ADDRESS}:1", customer_id=ADDRESS, subscription_id=f"pat-{ADDRESS}")]
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows))
    assert erase(settings, [ADDRESS.lower()]).people == 1
    assert found_in(settings.home, ["anna.berger", "example.org"]) == []
    assert erase(settings, [ADDRESS.upper()]).people == 0
    assert erase(settings, [ADDRESS]).people == 0


def test_an_address_that_senders_tell_by_its_hash(settings: Settings, tmp_path: Path) -> None:
    """Whoever was known by webhooks and orders alone was told that nothing is held, and could not be erased."""
    hashed = hashlib.sha256(ADDRESS.lower().encode()).hexdigest()
    rows = [start("e-1", customer_id="shop_customer:shopper-9017"), start("e-2", customer_id=f"email_hash:{hashed}")]
    link = {"alias_kind": "email_hash", "alias_value": hashed, "customer_id": "shop_customer:shopper-9017"}
    ingest(settings, write_rows(tmp_path / "subscription_events" / "guest.csv", rows[1:]))
    access(settings, f" {ADDRESS.upper()}", tmp_path / "guest")
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows[:1]))
    ingest(settings, write_rows(tmp_path / "identity_links" / "l.csv", [link]))
    assert erase(settings, [ADDRESS]).people == 1
    assert found_in(settings.home, [hashed, "shopper-9017"]) == []


def test_short_ids_leave_amounts_and_neighbours_alone(settings: Settings, tmp_path: Path) -> None:
    """A customer called 7 cost every amount of 7; one called c1 took c11 along."""
    rows = [
        start("e-7", customer_id="7", subscription_id="s1", amount="7"),
        start("e-77", customer_id="77", subscription_id="s11", amount="7"),
        start("e-c1", customer_id="c1", subscription_id="s2", amount="7", offer_id="c1"),
    ]
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.jsonl", rows))
    erase(settings, ["7"])
    (file,) = Lake(settings.lake).canonical_files("subscription_events")
    found = duckdb.execute(
        "select event_id, customer_id, subscription_id, amount, offer_id from read_parquet($1)", [str(file)]
    )
    first, *others = sorted(found.fetchall(), key=lambda row: (row[0] != "e-7", row[0]))
    assert first[1].startswith("erased-")
    assert first[3] == 7
    assert [tuple(map(str, row)) for row in others] == [
        ("e-77", "77", "s11", "7.0000", "None"),
        ("e-c1", "c1", "s2", "7.0000", "c1"),
    ]


def test_an_id_that_begins_another_is_not_that_one(settings: Settings, tmp_path: Path) -> None:
    """Numbered ids made the last search of an erasure find somebody else, and the erasure fail."""
    rows = [
        start(f"e-{name}", customer_id=f"customer-{name}", subscription_id=f"plan-{name}-a") for name in (1234, 12345)
    ]
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.jsonl", rows))
    assert erase(settings, ["customer-1234"]).people == 1
    assert found_in(settings.home, ["customer-12345"]) != []


def test_a_time_within_an_id_is_nobody(settings: Settings, tmp_path: Path) -> None:
    """Senders spell ids with the time of a step, and whoever else had one at that time lost it."""
    moment = "2025-01-05T10:00:00.250Z"
    rows = [
        start(f"updated:sub_1a2b3c4d:{moment}", customer_id="cus_9x8y7z", subscription_id="sub_1a2b3c4d"),
        start("e-2", customer_id="bob", subscription_id="s2", offer_id=f"weekend {moment}"),
    ]
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.jsonl", rows))
    erase(settings, ["cus_9x8y7z"])
    (file,) = Lake(settings.lake).canonical_files("subscription_events")
    found = duckdb.execute("select event_id, offer_id from read_parquet($1) order by offer_id", [str(file)]).fetchall()
    assert ("e-2", f"weekend {moment}") in found
    assert not any("sub_1a2b3c4d" in event_id for event_id, _ in found)
    assert any(moment in event_id for event_id, _ in found if event_id != "e-2")
