"""Doing landed files again: only what differs changes, and every account stays exact."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines.sources
from pipelines.errors import UserError
from pipelines.lake.reingest import reingest, retry_quarantine
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.lake.contents import accepted, cancellation, deliver, quarantined

PERIOD = {"subscription_id": "1", "customer_id": "1", "start_date": "2025-01-01", "end_date": "", "monthly_amount": "5"}


@pytest.fixture
def periods(settings: Settings, tmp_path: Path) -> Settings:
    """Two files of a sender, in one canonical file each, the second with a row that breaks the contract."""
    deliver(settings, write_rows(tmp_path / "a.csv", [PERIOD, {**PERIOD, "subscription_id": "2"}]), "periods")
    broken = {**PERIOD, "subscription_id": "3", "monthly_amount": "five"}
    deliver(settings, write_rows(tmp_path / "b.csv", [broken, {**PERIOD, "subscription_id": "4"}]), "periods")
    return settings


def mend(monkeypatch: pytest.MonkeyPatch, wrong: str, right: str) -> None:
    """Change the mapping of the sender."""
    source = pipelines.sources.SOURCES["periods"]
    mapping = source.mappings["subscription_events"]
    mended = replace(source, mappings={"subscription_events": lambda currency: mapping(currency).replace(wrong, right)})
    monkeypatch.setitem(pipelines.sources.SOURCES, "periods", mended)


def counts(settings: Settings) -> dict[str, tuple[int, int, int, int]]:
    return {
        account.file: (account.rows_read, account.rows_loaded, account.rows_duplicate, account.rows_quarantined)
        for account in Lake(settings.lake).contents().accounts
    }


def test_the_same_mapping_changes_nothing(periods: Settings) -> None:
    """A nightly reingest rewrote a hundred gigabytes to say what they said before."""
    before = Lake(periods.lake).version
    again = reingest(periods, "periods")
    assert (again.files, again.rows_added, again.rows_removed, again.is_different) == (2, 0, 0, False)
    assert Lake(periods.lake).version == before


def test_a_mended_mapping_changes_its_rows_and_no_other_file(
    periods: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To mend one subscription everything was loaded again, and nobody could say what had changed."""
    lake = Lake(periods.lake)
    before = lake.canonical_files("subscription_events")
    mend(monkeypatch, "then monthly_amount", "then case subscription_id when '4' then '44' else monthly_amount end")
    again = reingest(periods, "periods")
    assert (again.rows_added, again.rows_removed, again.is_different) == (1, 1, True)
    amounts = accepted(periods, "subscription_events", "subscription_id, amount::VARCHAR as amount")
    assert {row["subscription_id"]: row["amount"] for row in amounts} == {"1": "5.0000", "2": "5.0000", "4": "44.0000"}
    assert before[0] in lake.canonical_files("subscription_events")
    assert before[1] not in lake.canonical_files("subscription_events")
    assert counts(periods) == {"a.csv": (2, 2, 0, 0), "b.csv": (2, 1, 0, 1)}


def test_a_lake_from_before_a_column_is_mapped_again(periods: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade the reingest that the changes asked for failed on every file that an older version wrote."""
    (older,) = (file for file in Lake(periods.lake).canonical_files("subscription_events") if "00000002" in file.name)
    pq.write_table(pq.read_table(older).drop_columns(["replaces_subscription_id"]), older)
    mend(monkeypatch, "then monthly_amount", "then case subscription_id when '4' then '44' else monthly_amount end")
    assert reingest(periods, "periods").is_different
    amounts = accepted(periods, "subscription_events", "subscription_id, amount::VARCHAR as amount")
    assert {row["subscription_id"]: row["amount"] for row in amounts} == {"1": "5.0000", "2": "5.0000", "4": "44.0000"}


def test_since_leaves_older_files_alone(periods: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fix for this month's format was applied to the formats of years before."""
    mend(monkeypatch, "then monthly_amount", "then '9'")
    newest = max(datetime.fromisoformat(account.loaded_at) for account in Lake(periods.lake).contents().accounts)
    again = reingest(periods, "periods", since=newest.replace(tzinfo=None))
    assert again.files == 1
    amounts = accepted(periods, "subscription_events", "subscription_id, amount::VARCHAR as amount")
    assert {row["subscription_id"]: row["amount"] for row in amounts} == {
        "1": "5.0000", "2": "5.0000", "3": "9.0000", "4": "9.0000"
    }  # fmt: skip
    with pytest.raises(UserError, match="periods has landed no file since"):
        reingest(periods, "periods", since=newest.replace(tzinfo=None) + timedelta(seconds=1))


def test_retry_loads_what_the_rules_now_allow(periods: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rejected rows stayed rejected for ever, though the rule that rejected them was gone."""
    assert [row["reason"] for row in quarantined(periods)] == ["invalid:amount"]
    again = retry_quarantine(periods)
    assert (again.files, again.is_different, again.rows_quarantined) == (1, False, 1)
    mend(monkeypatch, "then monthly_amount", "then replace(monthly_amount, 'five', '5')")
    assert retry_quarantine(periods, feed="periods", reason="invalid:").rows_added == 1
    assert quarantined(periods) == []
    assert counts(periods) == {"a.csv": (2, 2, 0, 0), "b.csv": (2, 2, 0, 0)}
    with pytest.raises(UserError, match="has no such rows"):
        retry_quarantine(periods)


def test_the_first_of_two_contradicting_rows_still_stays(settings: Settings, tmp_path: Path) -> None:
    """Doing the first file again made its rows the later ones, and they lost to those they had beaten."""
    for name, customer in (("a", "first"), ("b", "second")):
        path = write_rows(tmp_path / "subscription_events" / f"{name}.csv", [cancellation("e", customer_id=customer)])
        deliver(settings, path)
    assert not reingest(settings, "canonical").is_different
    assert [row["customer_id"] for row in accepted(settings, "subscription_events")] == ["first"]
    assert [row["reason"] for row in quarantined(settings)] == ["conflict"]


def test_files_delivered_twice_keep_both_accounts(settings: Settings, tmp_path: Path) -> None:
    """The account of a repetition vanished when its bytes were done again."""
    path = write_rows(tmp_path / "subscription_events" / "a.csv", [cancellation("e")])
    for _ in range(2):
        deliver(settings, path)
    reingest(settings, "canonical")
    accounts = Lake(settings.lake).contents().accounts
    assert [(account.rows_loaded, account.rows_duplicate) for account in accounts] == [(1, 0), (0, 1)]


def test_a_lake_of_version_0_1_is_still_read(periods: Settings) -> None:
    """The first release kept bytes elsewhere and the time of loading with the commit; its lakes must not be lost."""
    lake = Lake(periods.lake)
    for path in sorted((periods.lake / "commits").glob("*.json")):
        commit = json.loads(path.read_text())
        for account in commit["accounts"]:
            sha256 = account["sha256"]
            place = periods.lake / "landed" / account["feed"] / sha256[:2] / f"{sha256}.csv"
            place.parent.mkdir(parents=True, exist_ok=True)
            with pa.input_stream(str(periods.lake / account.pop("landed")), compression="zstd") as stream:
                place.write_bytes(stream.read())
            del account["loaded_at"]
        for name in ("redone", "removed", "columns", "checksums", "previous"):
            del commit[name]
        path.write_text(json.dumps(commit))
    (periods.lake / "head.json").unlink()
    assert len(lake.contents().accounts) == 2
    assert not reingest(periods, "periods").is_different
