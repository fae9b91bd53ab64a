"""The examples of docs/column-mapping.md on rows as the real exports have them, invented ones.

Belongs here: what each example makes of its export. Does not belong here: operations (``test_mapping_language``).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.cli.mapping import mapping
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from pipelines.sources.mapping_file import register_mapping
from tests.conftest import write_bytes
from tests.lake.contents import accepted, counts, quarantined

DOCUMENT = (Path(__file__).parents[2] / "docs" / "column-mapping.md").read_text()
EXAMPLES = {
    re.findall("name: (.*)", example)[0]: example for example in re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
}

REVENUECAT = """rc_last_seen_app_user_id_alias,country,product_identifier,start_time,end_time,store,is_trial_period,\
is_sandbox,store_transaction_id,original_store_transaction_id,refunded_at,unsubscribe_detected_at,purchased_currency,\
price_in_purchased_currency,renewal_number,is_trial_conversion,product_duration
R1,GB,pro,2026-03-05 10:00:00.0,2026-04-05 10:00:00.0,app_store,false,false,T1,T1,,,GBP,8.99,1,false,P1M
R1,GB,pro,2026-04-05 10:00:00.0,2026-05-05 10:00:00.0,app_store,false,false,T1b,T1,,,GBP,8.99,2,false,P1M
R2,DE,pro,2026-03-25 10:00:00.0,2026-06-25 10:00:00.0,play_store,false,false,T2,T2,2026-04-02 10:00:00.0,,EUR,\
9.989999999999998,1,false,P3M
R3,US,pro,2026-03-25 10:00:00.0,2026-04-01 10:00:00.0,app_store,true,false,T3,T3,,2026-03-26 10:00:00.0,USD,0,1,\
false,P1M
R4,US,pro,2026-03-25 10:00:00.0,2026-04-25 10:00:00.0,app_store,false,true,T4,T4,,,USD,9.99,1,false,P1M
"""
WOO = """subscription_id,subscription_status,customer_id,start_date,next_payment_date,end_date,billing_period,\
billing_interval,order_tax,order_total,order_currency,billing_country
W1,wc-active,C1,2026-03-05 10:00:00,2026-05-05 10:00:00,0,month,1,2.00,12.00,EUR,DE
W2,wc-cancelled,C2,2026-02-05 10:00:00,0,2026-03-10 10:00:00,month,1,0,10.00,EUR,DE
W3,wc-on-hold,C3,2025-02-05 10:00:00,2026-02-05 10:00:00,0,year,1,0,120.00,EUR,DE
"""
CHARGEBEE = """id,customer_id,plan_id,currency_code,plan_amount,billing_period,billing_period_unit,started_at,\
current_term_end,cancelled_at,cancel_reason
B1,C1,m,USD,1500,1,month,1772704800,1777975200,,
B2,C2,m,JPY,1500,3,month,1772704800,1775383200,1774000000,not_paid
"""
PATREON = """Pledge Amount,Charge Frequency,Tier,Patronage Since Date,Next Charge Date,Currency,User ID
$5.00,monthly,Bronze,2026-03-05 10:00:00.000000,2026-05-05 10:00:00,USD,P1
,monthly,Bronze,2025-12-05 10:00:00.000000,,USD,P2
"$1,200.00",annual,Gold,2026-03-05 10:00:00.000000,2027-03-05 10:00:00,USD,P3
"""
PADDLE = json.dumps(
    {
        "event_id": "evt_1",
        "event_type": "subscription.created",
        "occurred_at": "2026-03-05T10:00:00.000000Z",
        "data": {
            "id": "sub_1",
            "customer_id": "ctm_1",
            "currency_code": "USD",
            "billing_cycle": {"interval": "month", "frequency": 1},
            "current_billing_period": {"starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-04-05T10:00:00Z"},
            "items": [{"quantity": 2, "price": {"id": "pri_1", "unit_price": {"amount": "1500"}}}],
        },
    }
)
EXCEL = """Bericht vom 1.4.2026

Alle Abos
Abo;Kunde;Beginn;Preis;Währung;Takt
X1;Müller;05.03.2026 10:00;"1.234,50 €";eur;Monat
X2;Maier;05.07.2026 10:00;12,50;EUR;Jahr
"""
PLAYS = """user,started_at,seconds
u1,2026-03-05T22:30:00Z,600
u1,2026-03-05T23:30:00Z,1200
u1,2026-03-06T10:00:00Z,60
u2,2026-03-06T10:00:00Z,90
"""
_EVENT = "event_id || ' ' || event_type || ' ' || strftime(occurred_at, '%Y-%m-%dT%H:%M')"
_PRICE = "' ' || coalesce(amount || ' ' || currency || ' ' || billing_interval_count || ' ' || billing_interval, '')"
CASES: dict[str, tuple[str | bytes, str, list[str]]] = {
    "revenuecat": (
        REVENUECAT,
        f"{_EVENT} || {_PRICE}",
        [
            "rc:T1 started 2026-03-05T10:00 8.9900 GBP 1 month",
            "rc:T1b renewed 2026-04-05T10:00 8.9900 GBP 1 month",
            "rc:T2 started 2026-03-25T10:00 9.9900 EUR 3 month",
            "rc:T2:refunded ended 2026-04-02T10:00 9.9900 EUR 3 month",
            "rc:T3 trial_started 2026-03-25T10:00 0.0000 USD 1 month",
            "rc:T3:unsubscribed cancel_scheduled 2026-03-26T10:00 0.0000 USD 1 month",
        ],
    ),
    "woocommerce": (
        WOO,
        f"{_EVENT} || {_PRICE}",
        [
            "woo:W1:started started 2026-03-05T10:00 10.0000 EUR 1 month",
            "woo:W2:ended ended 2026-03-10T10:00 ",
            "woo:W2:started started 2026-02-05T10:00 10.0000 EUR 1 month",
            "woo:W3:hold hold_entered 2026-02-05T10:00 ",
            "woo:W3:started started 2025-02-05T10:00 120.0000 EUR 1 year",
        ],
    ),
    "chargebee": (
        CHARGEBEE,
        f"{_EVENT} || {_PRICE} || coalesce(' ' || end_reason, '')",
        [
            "cb:B1:started started 2026-03-05T10:00 15.0000 USD 1 month",
            "cb:B2:ended ended 2026-03-20T09:46  payment_failed",
            "cb:B2:started started 2026-03-05T10:00 1500.0000 JPY 3 month",
        ],
    ),
    "patreon": (
        PATREON,
        f"{_EVENT} || {_PRICE}",
        [
            "patreon:P1:2026-03-05 10:00:00.000000 started 2026-03-05T10:00 5.0000 USD 1 month",
            "patreon:P3:2026-03-05 10:00:00.000000 started 2026-03-05T10:00 1200.0000 USD 1 year",
        ],
    ),
    "paddle": (PADDLE, f"{_EVENT} || {_PRICE}", ["evt_1 started 2026-03-05T10:00 30.0000 USD 1 month"]),
    "excel": (
        EXCEL.encode("cp1252"),
        f"customer_id || ' ' || {_EVENT} || {_PRICE}",
        [
            "Maier ex:X2 started 2026-07-05T08:00 12.5000 EUR 1 year",
            "Müller ex:X1 started 2026-03-05T09:00 1234.5000 EUR 1 month",
        ],
    ),
    "plays": (
        PLAYS,
        "customer_id || ' ' || activity_date || ' ' || minutes_watched || ' ' || sessions",
        ["u1 2026-03-05 10.0 1", "u1 2026-03-06 21.0 2", "u2 2026-03-06 1.5 1"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_example_loads_its_export(name: str, settings: Settings, tmp_path: Path) -> None:
    """The document promised that exports load; trial rows became customers, and 1,200.00 a month was refused."""
    content, shown, expected = CASES[name]
    path = write_bytes(tmp_path / "in" / ("export.jsonl" if name == "paddle" else "export.csv"), content)
    source = register_mapping(settings, write_bytes(tmp_path / "mapping.yml", EXAMPLES[name]))
    result = ingest(settings, path, source_name=source.name)
    assert not quarantined(settings), quarantined(settings)
    feed = next(iter(source.mappings))
    assert [row["shown"] for row in accepted(settings, feed, f"{shown} as shown")] == expected
    again = ingest(settings, path, source_name=source.name)
    (account,) = again.accounts
    assert counts(account) == (account.rows_read, 0, account.rows_read, 0)
    assert counts(result.accounts[0])[:2] == (account.rows_read, account.rows_read)


def test_every_example_is_run() -> None:
    """An example that nobody ran had an operation that there is not."""
    assert set(EXAMPLES) == {*CASES, "legacy-billing"}


def test_mapping_check_changes_nothing_and_tells(settings: Settings, tmp_path: Path) -> None:
    """A mapping was tried on the real lake, since nothing else showed what it would do."""
    rows = WOO.replace("12.00", "twelve").replace(",C3,", ",ann@example.com,")
    export = write_bytes(tmp_path / "in" / "export.csv", rows)
    file = write_bytes(tmp_path / "woo.yml", EXAMPLES["woocommerce"])
    before = sorted(settings.home.rglob("*"))
    done = CliRunner().invoke(mapping, ["check", str(file), str(export)])
    assert done.exit_code == 1, done.output
    assert "invalid:amount" in done.output
    assert "33.3 %" in done.output
    assert "***@***" in done.output
    assert "ann@example.com" not in done.output
    assert sorted(settings.home.rglob("*")) == before
    write_bytes(export, rows.replace("order_total", "Order_Total"))
    mistyped = CliRunner().invoke(mapping, ["check", str(file), str(export)])
    assert "its column 'Order_Total' is nearly order_total" in mistyped.output
    write_bytes(export, rows.split("\n", maxsplit=1)[0] + "\n" + "only,three,cells\n")
    refused = CliRunner().invoke(mapping, ["check", str(file), str(export)])
    assert "not one of its 1 rows would load (malformed_row 1): mend the file or the mapping." in refused.output
    assert "quarantine" not in refused.output, "a dry run keeps no rows to look at"
    nothing = CliRunner().invoke(
        mapping, ["check", str(file), str(write_bytes(tmp_path / "n.csv", WOO.split("\n", maxsplit=1)[0]))]
    )
    assert nothing.exit_code == 1
    assert "nothing was tried: give files that have rows" in nothing.output
    good: list[Any] = ["check", str(write_bytes(tmp_path / "good.yml", EXAMPLES["patreon"]))]
    fine = CliRunner().invoke(mapping, [*good, str(write_bytes(tmp_path / "p" / "a.csv", PATREON))])
    assert fine.exit_code == 0, fine.output
    assert "2 rows: 2 would load" in fine.output
    assert "the key of each row is unique" in fine.output
    assert "event_id patreon:P1:2026-03-05 10:00:00.000000" in fine.output
