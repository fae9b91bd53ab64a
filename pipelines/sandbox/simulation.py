"""The entry to the simulator: from arguments to a folder of feeds.

Belongs here: judging the arguments, the order of the feeds, moving the finished folder into place.
Does not belong here: the simulated life (``lifecycle``) and the single feeds (``feeds``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import UserError, WrongUsageError
from pipelines.sandbox.feeds import (
    campaign_assignments,
    customer_events,
    engagement_daily,
    journey_events,
    notes,
    payment_events,
    payouts,
    price_tests,
    reference,
    subscription_events,
    support_tickets,
    truth,
)
from pipelines.sandbox.feeds.told_before import keep_told_before
from pipelines.sandbox.lifecycle import History, live
from pipelines.sandbox.streams import Stage, stream
from pipelines.sandbox.window import Window


@dataclass(frozen=True)
class SandboxSummary:
    """What a simulation wrote.

    ``rows`` counts the rows of each written feed, repeated deliveries included; ``truth_rows`` those of the hidden
    truth. The simulated history covers ``start`` up to, and without, ``end``.
    """

    out: Path
    subscribers: int
    customers: int
    subscriptions: int
    months: int
    seed: int
    start: datetime
    end: datetime
    rows: dict[str, int]
    truth_rows: int


def simulate(
    *,
    subscribers: int,
    months: int,
    seed: int,
    out: Path,
    feeds: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
    has_campaign: bool = False,
    before: datetime | None = None,
) -> SandboxSummary:
    """Write simulated feeds under ``out``: the same bytes for the same arguments.

    ``subscribers`` customers start a subscription or a trial within the ``months`` calendar months that end on
    2026-07-01. ``feeds`` picks the feeds to write (all of them when ``None``), which does not change the others.
    ``has_campaign`` adds a campaign with a holdout, whose true effect is in the truth; without it nothing changes.
    ``before`` leaves out what senders had not told by then, so that the business can be moved forward later.
    ``progress`` is told of every finished step. The folder appears complete or not at all.

    Raises ``UserError`` for arguments out of range, unknown feeds, and an ``out`` that holds something already.
    """
    chosen = _checked_feeds(feeds)
    _check(subscribers=subscribers, months=months, seed=seed, out=out)
    report = progress or (lambda _: None)
    window = Window.ending_at_epoch(months)
    start, end = (datetime.fromtimestamp(instant, UTC) for instant in (window.start, window.end))
    if before is not None and not start < before.replace(tzinfo=UTC) <= end:
        raise WrongUsageError(
            f"Nothing is cut at {before:%Y-%m-%d}; choose a day from {start:%Y-%m-%d} to {end:%Y-%m-%d}."
        )
    history = live(window, subscribers, seed, report, has_campaign=has_campaign)
    out = out.resolve()
    unfinished = out.parent / f".{out.name}.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    try:
        unfinished.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"Nothing can be written beside {out} ({error.strerror}); choose another folder.") from error
    try:
        rows = _write_feeds(history, seed, chosen, unfinished, report)
        truth_rows = truth.write(history, unfinished)
        if history.campaign is not None:
            rows["campaign_assignments"] = campaign_assignments.write(history.campaign, unfinished)
        if before is not None:
            rows = keep_told_before(unfinished, before)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return SandboxSummary(
        out=out,
        subscribers=subscribers,
        customers=history.people.size,
        subscriptions=history.subscriptions,
        months=months,
        seed=seed,
        start=start,
        end=end,
        rows=rows,
        truth_rows=truth_rows,
    )


SIMULATED_FEEDS = (
    "subscription_events",
    "payment_events",
    "customer_events",
    "journey_events",
    "engagement_daily",
    "support_tickets",
    "offers",
    "coupons",
    "fx_rates",
    "payouts",
    "content_calendar",
    "annotations",
    "price_tests",
    "price_test_assignments",
    "acquisition_costs",
)
"""What the simulated business delivers, in the order in which it is written."""


def _checked_feeds(feeds: Sequence[str] | None) -> tuple[str, ...]:
    if feeds is None:
        return tuple(SIMULATED_FEEDS)
    unknown = [name for name in feeds if name not in SIMULATED_FEEDS]
    if unknown:
        raise WrongUsageError(f"There is no feed {unknown[0]!r}; choose from {', '.join(SIMULATED_FEEDS)}.")
    if not feeds:
        raise WrongUsageError(f"No feed is chosen; choose from {', '.join(SIMULATED_FEEDS)}.")
    return tuple(name for name in SIMULATED_FEEDS if name in feeds)


def _check(*, subscribers: int, months: int, seed: int, out: Path) -> None:
    if subscribers < 1:
        raise WrongUsageError(f"The number of subscribers is {subscribers}; ask for at least 1.")
    if months < 1:
        raise WrongUsageError(f"The number of months is {months}; ask for at least 1.")
    if months > MOST_MONTHS:
        raise WrongUsageError(f"The number of months is {months}; ask for at most {MOST_MONTHS}.")
    if seed < 0:
        raise WrongUsageError(f"The seed is {seed}; choose 0 or a positive whole number.")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; choose a folder that does not exist yet.")
    if out.is_dir() and any(out.iterdir()):
        raise UserError(f"The folder {out} is not empty; empty it or choose another folder.")


MOST_MONTHS = 240
"""Twenty years; the catalogue and the identifiers are made for less."""


def _write_feeds(
    history: History, seed: int, chosen: tuple[str, ...], folder: Path, report: Callable[[str], None]
) -> dict[str, int]:
    payment_stream = stream(seed, Stage.PAYMENT_EVENTS)
    needs_payments = "payment_events" in chosen or "payouts" in chosen
    payments = payment_events.delivered_payments(history, payment_stream) if needs_payments else None
    writers: dict[str, Callable[[], int]] = {
        "subscription_events": lambda: subscription_events.write(
            history, stream(seed, Stage.SUBSCRIPTION_EVENTS), folder
        ),
        "customer_events": lambda: customer_events.write(history, stream(seed, Stage.CUSTOMER_EVENTS), folder),
        "journey_events": lambda: journey_events.write(history, seed, folder),
        "engagement_daily": lambda: engagement_daily.write(history, stream(seed, Stage.ENGAGEMENT_DAILY), folder),
        "support_tickets": lambda: support_tickets.write(history, stream(seed, Stage.SUPPORT_TICKETS), folder),
        "offers": lambda: reference.write_offers(history, folder),
        "coupons": lambda: reference.write_coupons(folder),
        "fx_rates": lambda: reference.write_fx_rates(history, stream(seed, Stage.FX_RATES), folder),
        "content_calendar": lambda: reference.write_content_calendar(history, folder),
        "acquisition_costs": lambda: reference.write_acquisition_costs(history, folder),
        "annotations": lambda: notes.write(history, folder),
        "price_tests": lambda: price_tests.write_tests(history, folder),
        "price_test_assignments": lambda: price_tests.write_assignments(
            history, stream(seed, Stage.PRICE_TEST), folder
        ),
    }
    if payments is not None:
        writers["payment_events"] = lambda: payment_events.write(history, payments, payment_stream, folder)
        writers["payouts"] = lambda: payouts.write(history, payments, folder)
    rows = {}
    for name in chosen:
        rows[name] = writers[name]()
        report(f"wrote {name}: {rows[name]:,} rows")
    return rows
