"""Whether an environment is ready to be relied on, computed: each check with what was found and what helps.

Belongs here: the checks. Does not belong here: doing what they ask for, printing them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.backup.restoring import restores
from pipelines.backup.taking import known_targets
from pipelines.backup.target import Target
from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Contents, Lake
from pipelines.privacy.keys import VARIABLE
from pipelines.privacy.registry import erasures
from pipelines.publishing.snapshots import open_snapshot
from pipelines.readings import words
from pipelines.receiver.credentials import CredentialStore
from pipelines.receiver.senders import SENDERS
from pipelines.settings import Settings
from pipelines.warehouse.build_record import last_build

_DAYS = 7
_BACKUP_DAYS = 7
_RESTORE_DAYS = 90
_ALERT_DAYS = 30
_MOST_QUARANTINED = 0.01
_PAYOUT_DAYS = 90
_SIMULATED = "^(se|pe|ce|je)-[0-9]{9}$"
_CORE = ("subscription_events", "payment_events")


@dataclass(frozen=True)
class Finding:
    """One check: its name, whether it passed, what was found, and the remedy where it did not pass."""

    check: str
    passed: bool
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class _Facts:
    settings: Settings
    contents: Contents
    now: datetime
    connection: duckdb.DuckDBPyConnection | None

    def rows(self, query: str) -> list[tuple[Any, ...]] | None:
        """The rows of a query on the current snapshot; None where nothing is published, or not such a table."""
        if self.connection is None:
            return None
        try:
            return self.connection.execute(query).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            return None


def go_live(settings: Settings, now: datetime | None = None) -> list[Finding]:
    """Every check, in the order in which they are best met."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(open_snapshot(settings))
        except UserError:
            connection = None
        facts = _Facts(settings, Lake(settings.lake).contents(), now or datetime.now(UTC), connection)
        return [_found(name, check, facts) for name, check in _CHECKS.items()]


Check = Callable[[_Facts], tuple[bool, str, str]]


def _found(name: str, check: Check, facts: _Facts) -> Finding:
    try:
        passed, found, remedy = check(facts)
    except UserError as error:
        passed, found, remedy = False, str(error), "Mend what is named."
    return Finding(name, passed, found, "" if passed else remedy)


def _environment(facts: _Facts) -> tuple[bool, str, str]:
    env = facts.settings.env
    return env == "production", f"CHURNIQ_ENV is {env}", "Set CHURNIQ_ENV=production and a CHURNIQ_HOME of its own."


def _currency_and_zone(facts: _Facts) -> tuple[bool, str, str]:
    missing = sorted({"reporting_currency", "timezone"} - facts.settings.chosen)
    names = " and ".join(f"CHURNIQ_{name.upper()}" for name in missing)
    found = f"{facts.settings.reporting_currency}, {facts.settings.timezone}" if not missing else f"{names} not set"
    return not missing, found, f"Set {names} in the environment or in {facts.settings.home / 'settings.toml'}."


def _definitions(facts: _Facts) -> tuple[bool, str, str]:
    rows = facts.rows("select distinct convention from conventions.dim_conventions order by 1") or []
    known = [name for (name,) in rows]
    chosen = facts.settings.convention
    remedy = "Compare the conventions on the page Trust, then set CHURNIQ_CONVENTION to the one you report by"
    if known:
        remedy += f": {', '.join(known)}"
    return chosen in known and bool(chosen), f"CHURNIQ_CONVENTION is {chosen or 'not set'}", f"{remedy}."


def _credentials(facts: _Facts) -> tuple[bool, str, str]:
    posting = sorted({account.feed for account in facts.contents.accounts} & set(SENDERS))
    lacking = [
        name
        for name in posting
        if not CredentialStore(
            name,
            SENDERS[name].alternatives,
            os.environ,
            are_roots=SENDERS[name].has_root_certificates,
        ).is_configured
    ]
    has_key = bool(os.environ.get(VARIABLE)) or facts.settings.secret_key.exists()
    found = f"without credentials: {', '.join(lacking)}" if lacking else f"{len(posting)} senders, all with credentials"
    if not has_key:
        found += "; no secret key yet"
    remedy = (
        f"Set the variables that churniq receive --list names, and {VARIABLE} (or let churniq build make secret.key)."
    )
    return not lacking and has_key, found, remedy


def _cadence(facts: _Facts) -> tuple[bool, str, str]:
    remedy = f"Let subscription and payment events arrive every day for {_DAYS} days, and build every day."
    rows = facts.rows(
        f"""
        select feed, count(distinct recorded_day) from ops.feed_volume_daily cross join ops.build_info
        where recorded_day > as_of_date - {_DAYS} - 1 and recorded_day < as_of_date group by feed
        """
    )
    late = facts.rows("select feed from ops.feed_health where is_late order by feed")
    built = facts.rows("select as_of from ops.build_info")
    if rows is None or late is None or not built:
        return False, "nothing is published", f"Run churniq build. {remedy}"
    days = dict(rows)
    old = facts.now.replace(tzinfo=None) - built[0][0] > timedelta(days=2)
    sentences = [f"{feed} on {days.get(feed, 0)} of the {_DAYS} days before" for feed in _CORE]
    sentences += [f"late: {feed}" for (feed,) in late] + (["the snapshot is older than two days"] if old else [])
    passed = all(days.get(feed, 0) >= _DAYS for feed in _CORE) and not late and not old
    if late:
        remedy += f" Deliver what is late, too: {', '.join(feed for (feed,) in late)}."
    return passed, "; ".join(sentences), remedy


def _quarantine(facts: _Facts) -> tuple[bool, str, str]:
    since = facts.now - timedelta(days=30)
    recent = [a for a in facts.contents.accounts if datetime.fromisoformat(a.loaded_at) >= since]
    read, rejected = (sum(getattr(a, name) for a in recent) for name in ("rows_read", "rows_quarantined"))
    share = rejected / read if read else 1.0
    found = f"{rejected:,} of {read:,} rows of the last 30 days ({share:.2%})" if read else "no row in the last 30 days"
    remedy = (
        f"See churniq quarantine list, mend the senders, churniq quarantine retry: {_MOST_QUARANTINED:.0%} at most."
    )
    return share <= _MOST_QUARANTINED, found, remedy


def _no_sandbox_rows(facts: _Facts) -> tuple[bool, str, str]:
    root = Lake(facts.settings.lake).root
    simulated = 0
    for name in ("subscription_events", "payment_events", "customer_events", "journey_events"):
        files = [root / file for file in facts.contents.canonical.get(name, [])]
        if files:
            query = f"select count(*) from ({canonical_select(FEEDS[name], files)}) where regexp_matches(event_id, $1)"
            ((count,),) = duckdb.execute(query, [_SIMULATED]).fetchall()
            simulated += count
    remedy = "Start a new CHURNIQ_HOME for production and ingest only your own feeds into it."
    if not facts.contents.canonical:
        return False, "the lake is empty", remedy
    return not simulated, f"{simulated:,} rows of churniq sandbox", remedy


def _payouts(facts: _Facts) -> tuple[bool, str, str]:
    rows = facts.rows(
        f"""
        select count(*), count(*) filter (not is_reconciled) from revenue.fct_payout_reconciliation
        cross join ops.build_info where paid_at > as_of - interval {_PAYOUT_DAYS} day
        """
    )
    remedy = "Feed payouts with their transaction_ids; the page Financial performance names what each does not explain."
    if not rows or not rows[0][0]:
        return False, f"no payout in the last {_PAYOUT_DAYS} days", remedy
    payouts, open_ones = rows[0]
    return not open_ones, f"{payouts - open_ones} of {payouts} payouts reconciled", remedy


def _build(facts: _Facts) -> tuple[bool, str, str]:
    record = last_build(facts.settings)
    remedy = "Run churniq build; the runbook docs/runbooks/build-failed.md helps where it fails."
    if record is None or record.ended_at is None:
        return False, "no build has ended", remedy
    ended = words.instant(datetime.fromisoformat(record.ended_at))
    return record.failure is None, (record.failure or f"succeeded on {ended}").removesuffix("."), remedy


def _backup(facts: _Facts) -> tuple[bool, str, str]:
    targets = known_targets(facts.settings)
    remedy = "Run churniq backup TARGET every day, and churniq restore TARGET once into another, empty CHURNIQ_HOME."
    if not targets:
        return False, "no backup was taken", remedy
    taken = max(datetime.fromisoformat(known.taken_at) for known in targets)
    restored = [
        datetime.fromisoformat(one["restored_at"]) for known in targets for one in restores(Target(Path(known.target)))
    ]
    fresh = facts.now - taken <= timedelta(days=_BACKUP_DAYS)
    tried = bool(restored) and facts.now - max(restored) <= timedelta(days=_RESTORE_DAYS)
    sentences = f"last backup {taken:%Y-%m-%d}, " + (
        f"last restored {max(restored):%Y-%m-%d}" if restored else "never restored"
    )
    return fresh and tried, sentences, remedy


def _alert(facts: _Facts) -> tuple[bool, str, str]:
    path = facts.settings.home / "alerts" / "deliveries.jsonl"
    remedy = "Configure where alerts go and run churniq alerts test: one has to arrive."
    lines = path.read_text().splitlines() if path.exists() else []
    try:
        delivered = [
            datetime.fromisoformat(record["at"])
            for record in map(json.loads, filter(None, lines))
            if record.get("delivered")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False, f"{path} is broken", "Remove it and run churniq alerts test."
    aware = [at if at.tzinfo else at.replace(tzinfo=UTC) for at in delivered]
    recent = [at for at in aware if facts.now - at <= timedelta(days=_ALERT_DAYS)]
    found = f"last delivered {max(aware):%Y-%m-%d}" if aware else "none was delivered"
    return bool(recent), found, remedy


def _erasure(facts: _Facts) -> tuple[bool, str, str]:
    done = [erasure for erasure in erasures(facts.settings) if erasure.people]
    remedy = "Ingest an invented customer and run churniq erase on it, as rehearsal; run it again where one was killed."
    unfinished = [erasure for erasure in done if erasure.ended_at is None]
    if unfinished:
        return False, f"erasure {unfinished[0].number} has not ended", remedy
    return bool(done), f"{len(done)} done" if done else "none was done", remedy


def _score(facts: _Facts) -> tuple[bool, str, str]:
    tested = facts.rows("select count(distinct origin) from scoring.backtest_origins where isfinite(value)")
    remedy = (
        "Run churniq build with more history, so that scores are tested on days they did not learn from: a year or two "
        "of some hundred customers, of whom some dozens left."
    )
    months = tested[0][0] if tested else 0
    return months > 0, f"the scores were tested on {words.plural(months, 'month end')} that they had not seen", remedy


_CHECKS: dict[str, Check] = {
    "environment": _environment,
    "currency and time zone": _currency_and_zone,
    "no sandbox rows": _no_sandbox_rows,
    "build": _build,
    "cadence for seven days": _cadence,
    "quarantine share": _quarantine,
    "payouts reconciled": _payouts,
    "definitions chosen": _definitions,
    "credentials": _credentials,
    "backup restored": _backup,
    "alert delivered": _alert,
    "erasure rehearsed": _erasure,
    "score with a track record": _score,
}
