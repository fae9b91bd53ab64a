"""The senders that are not feeds: small files with known answers, and the real ones where they are at hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings

REAL = Path(__file__).parents[3] / "shared" / "data"
KKBOX_HEADER = (
    "msno,payment_method_id,payment_plan_days,plan_list_price,actual_amount_paid,is_auto_renew,"
    "transaction_date,membership_expire_date,is_cancel\n"
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    return Settings()


def events(settings: Settings, feed: str, columns: str) -> list[tuple[object, ...]]:
    files = [str(path) for path in Lake(settings.lake).canonical_files(feed)]
    if not files:
        return []
    return duckdb.execute(f"select {columns} from read_parquet(?) order by event_id", [files]).fetchall()


def kkbox(settings: Settings, tmp_path: Path, row: str) -> list[tuple[object, ...]]:
    folder = tmp_path / "kkbox"
    folder.mkdir()
    (folder / "t.csv").write_text(KKBOX_HEADER + row + "\n")
    ingest(settings, folder, source_name="kkbox")
    columns = "event_type, amount::VARCHAR, discount_amount::VARCHAR, billing_interval_count, period_end::DATE::VARCHAR"
    return events(settings, "subscription_events", columns)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "m,41,30,149,149,1,20160101,20160201,0",
            [("renewed", "149.0000", "0.0000", 30, "2016-02-01"), ("cancel_reverted", None, "0.0000", 1, None)],
        ),
        (
            "m,41,30,149,119,0,20160101,20160201,0",
            [("renewed", "149.0000", "30.0000", 30, "2016-02-01"), ("cancel_scheduled", None, "0.0000", 1, None)],
        ),
        (
            "m,41,0,0,149,1,20160101,20160205,0",
            [("renewed", "149.0000", "0.0000", 35, "2016-02-05"), ("cancel_reverted", None, "0.0000", 1, None)],
        ),
        (
            "m,41,7,0,0,1,20160101,20160108,0",
            [("trial_started", "0.0000", "0.0000", 7, "2016-01-08"), ("cancel_reverted", None, "0.0000", 1, None)],
        ),
        ("m,41,30,149,149,1,20160101,20160120,1", [("cancel_scheduled", None, "0.0000", 1, "2016-01-20")]),
        ("m,41,30,149,149,1,20160101,20160101,1", [("ended", None, "0.0000", 1, None)]),
        ("m,41,30,149,149,1,20160101,19700101,0", []),
        ("m,41,thirty,149,149,1,20160101,20160201,0", []),
    ],
)
def test_each_kind_of_kkbox_row(
    settings: Settings, tmp_path: Path, row: str, expected: list[tuple[object, ...]]
) -> None:
    """Each branch of the mapping, as the module's charter states it."""
    assert kkbox(settings, tmp_path, row) == expected


def test_periods_become_a_start_and_an_end(settings: Settings, tmp_path: Path) -> None:
    """An open period must not be given an end."""
    folder = tmp_path / "periods"
    folder.mkdir()
    header = "subscription_id,customer_id,start_date,end_date,monthly_amount\n"
    (folder / "p.csv").write_text(
        f"{header}1,a,2025-01-01,2025-03-01,50\n2,a,2025-04-01,,60\n3,a,2025-04-01,2025-01-01,1\n"
    )
    result = ingest(settings, folder, source_name="periods")
    assert [(a.rows_read, a.rows_loaded, a.rows_quarantined) for a in result.accounts] == [(3, 2, 1)]
    found = events(settings, "subscription_events", "subscription_id, event_type, amount::VARCHAR")
    assert sorted(found, key=str) == [("1", "ended", None), ("1", "started", "50.0000"), ("2", "started", "60.0000")]


@pytest.mark.parametrize(("source", "folder", "rows"), [("kkbox", "kkbox", 63_917), ("periods", "mrr_playbook", 121)])
def test_real_files_load_without_an_unexplained_row(settings: Settings, source: str, folder: str, rows: int) -> None:
    """What works on ten rows of our own making need not work on an export."""
    if not (REAL / folder).is_dir():
        pytest.skip(f"the real data {REAL / folder} is not here, so {source} was not tried on it")
    account = ingest(settings, REAL / folder, source_name=source).accounts[0]
    assert account.rows_read == rows
    assert account.rows_read == account.rows_loaded + account.rows_duplicate + account.rows_quarantined
    assert account.rows_quarantined / account.rows_read < 0.001
