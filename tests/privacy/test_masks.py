"""What leaves the warehouse: no address, no card or telephone number, no rejected row as it came."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.lake.store import Lake
from pipelines.privacy.keys import keyed_hash, keyed_hash_sql, secret_key
from pipelines.publishing.snapshots import open_snapshot, publish
from pipelines.settings import Settings
from pipelines.warehouse.database import open_warehouse, register_lake
from tests.conftest import write_rows
from tests.lake.contents import deliver, start

AS_OF = datetime(2025, 3, 1)  # noqa: DTZ001
PERSONAL = ("anna.secret@example.org", "4111 1111 1111 1111", "5555555555554444", "+49 170 1234567")


def test_nothing_personal_is_published(settings: Settings, tmp_path: Path) -> None:
    """Full addresses and a card number stood in published tables: as ids, in rejected rows, in a sender's own words."""
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            create schema core; create schema ops;
            create table core.dim_customers (customer_id varchar, email_masked varchar, acquisition_campaign varchar);
            insert into core.dim_customers values
                ('anna.secret@example.org', 'a***@example.org', 'mail to anna.secret@example.org'),
                ('+49 170 1234567', '***@example.org', 'call +49 170 1234567'),
                ('email_hash:0123', null, 'paid by 4111 1111 1111 1111 and 5555555555554444'),
                ('cus_0', null, 'paid by 5555 5555 5555 4444'),
                ('cus_1', null, 'spring 20250101000000 4111111111111112');
            create table ops.order_anomalies (event_id varchar, customer_id varchar);
            insert into ops.order_anomalies values
                ('e-anna.secret@example.org-1', 'anna.secret@example.org'), ('e2', null);
            """
        )
    publish(settings, warehouse, name="one", as_of=AS_OF, lake_version=1, is_current=True)
    with open_snapshot(settings) as connection:
        customers = connection.execute("select * from core.dim_customers order by email_masked, customer_id").fetchall()
        events = connection.execute(
            "select event_id, customer_id from ops.order_anomalies order by customer_id"
        ).fetchall()
    key = secret_key(settings)
    anna = "email:" + keyed_hash(key, "anna.secret@example.org")[:32]
    assert customers == [
        ("phone:" + keyed_hash(key, "+49 170 1234567")[:32], "***@example.org", "call ***"),
        (anna, "a***@example.org", "mail to ***@***"),
        ("cus_0", None, "paid by ***"),
        ("cus_1", None, "spring 20250101000000 4111111111111112"),
        ("email_hash:" + keyed_hash(key, "email_hash:0123")[:32], None, "paid by *** and ***"),
    ]
    assert [row[1] for row in events] == [anna, None]
    content = (settings.published / "snapshots" / "one.duckdb").read_bytes()
    assert not [
        text for text in PERSONAL if text.encode() in content or text.encode() in repr((customers, events)).encode()
    ]


def test_a_rejected_row_is_shown_as_its_shape(settings: Settings, tmp_path: Path) -> None:
    """Whoever could open a page could read the whole of a row that had been refused."""
    broken = {**start("a"), "amount": "nine", "card": "4111111111111111", "customer_id": "anna.secret@example.org"}
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [broken]))
    file = tmp_path / "subscription_events" / "b.jsonl"
    file.write_text("anna.secret@example.org, 9\n")
    deliver(settings, file)
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        register_lake(connection, Lake(settings.lake))
        rows = connection.execute("select file, reason, raw from raw.quarantine order by file").fetchall()
    (_, reason, shape), line = rows
    assert reason == "invalid:amount"
    assert '"amount": "xxxx"' in shape
    assert '"customer_id": "xxxx.xxxxxx@xxxxxxx.xxx"' in shape
    assert '"xxxx": "9999999999999999"' in shape
    assert line[1:] == ("malformed_row", "xxxx.xxxxxx@xxxxxxx.xxx, 9")


def test_a_home_is_of_its_owner_alone(home: Path, tmp_path: Path) -> None:
    """Every account of a machine could read the lake; homes of before are mended the next time they are used."""
    home.mkdir(mode=0o755)
    old = home / "lake" / "landed" / "old.csv"
    old.parent.mkdir(parents=True, mode=0o755)
    old.write_text("x")
    old.chmod(0o644)
    home.chmod(0o755)
    settings = Settings().prepare()
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [start("a")]))
    secret_key(settings)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_the_key_is_made_once_and_missed_when_it_is_broken(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is made anew in silence gives everybody another id, and forgets who was erased."""
    key = secret_key(settings)
    assert secret_key(settings) == key
    assert duckdb.execute(f"select {keyed_hash_sql(key, '$1')}", ["é"]).fetchall() == [(keyed_hash(key, "é"),)]
    settings.secret_key.write_text("")
    with pytest.raises(UserError, match="restore it from a backup"):
        secret_key(settings)
    monkeypatch.setenv("CHURNIQ_SECRET_KEY", "short")
    with pytest.raises(UserError, match="fewer than 16"):
        secret_key(settings)
