"""One export: a segment of the current snapshot, whom of it may be written to, who is held back, and the file.

Belongs here: the order of the steps. Does not belong here: each of them - who (``eligibility``), the draw
(``drawing``), files (``writing``), the record (``recording``, ``journal``).
"""

from __future__ import annotations

import getpass
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.activation.contacts import read_contacts
from pipelines.activation.documents import check_name
from pipelines.activation.drawing import Candidate, draw, strata
from pipelines.activation.eligibility import MARKETING, REASONS, Rules
from pipelines.activation.journal import LogLine, abandon, complete, intend, read_log
from pipelines.activation.layouts import LAYOUTS, Layout
from pipelines.activation.population import Population, read_population
from pipelines.activation.recording import Campaign, Record, Row, add_rows, event_id, read_record
from pipelines.activation.store import Version, find_segment
from pipelines.activation.suppression import suppressed
from pipelines.activation.writing import write_parts
from pipelines.errors import UserError, WrongUsageError
from pipelines.privacy.keys import secret_key
from pipelines.privacy.registry import Registry
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings

COOL_DOWN_DAYS = 7
LARGEST_SHRINK = 0.5


@dataclass(frozen=True)
class Request:
    """What somebody asked for."""

    segment: str
    out: Path
    layout: str
    purpose: str = MARKETING
    campaign: str | None = None
    holdout: float | None = None
    cool_down_days: int = COOL_DOWN_DAYS
    rows_a_part: int | None = None
    is_forced: bool = False
    largest_shrink: float = LARGEST_SHRINK


@dataclass
class Plan:
    """What an export will do, before it does anything."""

    request: Request
    version: Version
    layout: Layout
    population: Population
    campaign: Campaign | None
    rows: list[list[Any]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    new_rows: list[Row] = field(default_factory=list)
    export_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def plan_export(settings: Settings, request: Request) -> Plan:
    """Decide who is written, held back and left out; nothing is changed yet.

    Raises ``UserError`` for an empty or much smaller segment, unless it is forced, and for a campaign that was begun
    otherwise.
    """
    layout = LAYOUTS[request.layout]
    version = find_segment(settings, request.segment)
    pointer = find_snapshot(settings)
    contacts = read_contacts(settings, pointer.lake_version)
    population = read_population(settings, version.document, contacts)
    record = read_record(settings)
    campaign = _campaign(request, version, record)
    plan = Plan(request, version, layout, population, campaign)
    key = secret_key(settings)
    rules = Rules(
        request.purpose,
        Registry(settings),
        suppressed(settings),
        record.last_sent(except_campaign=request.campaign),
        population.as_of,
        timedelta(days=request.cool_down_days),
        settings.global_holdout,
        key,
    )
    eligible: list[tuple[dict[str, Any], list[Any]]] = []
    left_out: list[tuple[dict[str, Any], str]] = []
    for person in population.people:
        reason = rules.reason(person)
        row = layout.row(person, request.purpose) if reason is None else reason
        if isinstance(row, str):
            left_out.append((person, row))
        else:
            eligible.append((person, row))
    plan.left_out = Counter(reason for _, reason in left_out)
    arms, stratum_of = _arms(plan, [person for person, _ in eligible], record, key)
    for person, row in eligible:
        if arms.get(person["customer_id"]) == "held_out":
            plan.held_out.append(person["customer_id"])
        else:
            plan.sent.append(person["customer_id"])
            plan.rows.append(row)
    if campaign is not None:
        plan.new_rows = _new_rows(
            plan, eligible=eligible, left_out=left_out, arms=arms, stratum_of=stratum_of, record=record
        )
    _refuse_shrinking(settings, plan)
    return plan


def carry_out(settings: Settings, plan: Plan) -> list[Path]:
    """Write, record and log what was planned; the files. A kill at any moment is mended by whoever exports next."""
    request = plan.request
    headers = plan.layout.headers_for(request.purpose)
    line = LogLine(
        plan.export_id,
        datetime.now(UTC).isoformat(timespec="seconds"),
        getpass.getuser(),
        plan.version.document.name,
        plan.version.number,
        plan.population.as_of.isoformat(),
        plan.layout.name,
        request.purpose,
        request.campaign,
        plan.campaign.holdout if plan.campaign else None,
        str(request.out.absolute()),
        len(plan.population.people),
        len(plan.rows),
        len(plan.held_out),
        dict(plan.left_out),
        {},
    )
    journal = intend(settings, line)
    try:
        parts = write_parts(
            plan.layout, headers, plan.rows, request.out, export_id=plan.export_id, rows_a_part=request.rows_a_part
        )
        line.files.update({part.target.name: part.sha256 for part in parts})
        intend(settings, line, parts, is_recorded_in_lake=bool(plan.new_rows))
        add_rows(settings, plan.new_rows, plan.export_id)
    except UserError:
        abandon(settings, journal)
        raise
    complete(settings, journal)
    return [part.target for part in parts]


def _campaign(request: Request, version: Version, record: Record) -> Campaign | None:
    """The campaign as it was begun, or as it begins now."""
    if request.campaign is None:
        return None
    check_name(request.campaign, "campaign")
    known = record.campaigns().get(request.campaign)
    if known is None:
        holdout = 0.1 if request.holdout is None else request.holdout
        return Campaign(request.campaign, version.document.name, version.number, request.purpose, holdout)
    asked = {
        "the segment": (known.segment, version.document.name),
        f"version of {known.segment}": (known.segment_version, version.number),
        "the purpose": (known.purpose, request.purpose),
        "a holdout of": (known.holdout, known.holdout if request.holdout is None else request.holdout),
    }
    for what, (begun, now) in asked.items():
        if begun != now:
            raise UserError(
                f"The campaign {known.name} was begun with {what} {begun}, not {now}: give it the settings it was "
                "begun with, or begin a campaign of another name."
            )
    return known


def _arms(
    plan: Plan, eligible: list[dict[str, Any]], record: Record, key: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The arm of everybody eligible: the one recorded, else the one drawn now; and the stratum of those drawn."""
    if plan.campaign is None:
        return {}, {}
    known = record.arms(plan.campaign.name)
    newcomers = [
        Candidate(person["customer_id"], person["churn_probability"], person["provider"])
        for person in eligible
        if person["customer_id"] not in known
    ]
    stratum_of = strata(newcomers, key, plan.campaign.name)
    held = draw(stratum_of, plan.campaign.holdout, key, plan.campaign.name)
    drawn = {customer: "held_out" if customer in held else "sent" for customer in stratum_of}
    return {**drawn, **known}, stratum_of


def _new_rows(
    plan: Plan,
    *,
    eligible: list[tuple[dict[str, Any], list[Any]]],
    left_out: list[tuple[dict[str, Any], str]],
    arms: dict[str, str],
    stratum_of: dict[str, str],
    record: Record,
) -> list[Row]:
    """What is to be recorded of this export and is not yet."""
    campaign, known = plan.campaign, record.event_ids()
    assert campaign is not None  # noqa: S101 - the caller has one
    exported_at, exported_by = datetime.now(UTC).replace(tzinfo=None), getpass.getuser()
    rows: list[Row] = []
    arm_rows = [(person, arms[person["customer_id"]], None) for person, _ in eligible]
    for person, event_type, reason in [*arm_rows, *((person, "left_out", reason) for person, reason in left_out)]:
        customer = person["customer_id"]
        detail = {"sent": plan.layout.name, "held_out": "", "left_out": reason or ""}[event_type]
        identity = event_id(campaign.name, customer, event_type, detail)
        if identity in known:
            continue
        mrr = person["current_mrr"]
        rows.append(
            {
                "event_id": identity,
                "event_type": event_type,
                "occurred_at": plan.population.as_of,
                "campaign": campaign.name,
                "customer_id": customer,
                "recorded_at": plan.population.as_of,
                "segment": campaign.segment,
                "segment_version": campaign.segment_version,
                "purpose": campaign.purpose,
                "layout": plan.layout.name,
                "left_out_reason": reason,
                "propensity": None if reason else float(1 - Decimal(str(campaign.holdout))),
                "stratum": stratum_of.get(customer),
                "churn_probability": person["churn_probability"],
                "mrr": mrr,
                "model_version": person["model_version"],
                "export_id": plan.export_id,
                "exported_at": exported_at,
                "exported_by": exported_by,
            }
        )
    return rows


def _refuse_shrinking(settings: Settings, plan: Plan) -> None:
    request = plan.request
    if request.is_forced:
        return
    if not plan.rows:
        reasons = ", ".join(f"{count:,} {REASONS[reason]}" for reason, count in sorted(plan.left_out.items()))
        held = f", {len(plan.held_out):,} held out" if plan.held_out else ""
        why = f" ({reasons}{held})" if reasons or held else ""
        raise UserError(
            f"Nobody of the {len(plan.population.people):,} people in {request.segment} would be written{why}: an "
            "empty file could empty an audience; --force writes it."
        )
    before = [line for line in read_log(settings) if line.segment == request.segment]
    alike = [
        line
        for line in before
        if (line.layout, line.purpose, line.campaign) == (request.layout, request.purpose, request.campaign)
    ]
    least = 1 - request.largest_shrink
    # The segment itself, whatever took it away last, and the file that this one takes the place of.
    for verb, then, size, now in (
        *(("holds", line, line.in_segment, len(plan.population.people)) for line in before[-1:]),
        *(("would be written with", line, line.written, len(plan.rows)) for line in alike[-1:]),
    ):
        if now < least * size:
            raise UserError(
                f"{request.segment} {verb} {now:,} people, against {size:,} on {then.at[:10]}: it shrank by more than "
                f"{request.largest_shrink:.0%}; --force writes it all the same."
            )


def layout_for(name: str | None, out: Path) -> str:
    """The layout that was asked for, or the plain one of the file's ending; raises ``WrongUsageError``."""
    from pipelines.activation.nearest import nearest

    plain = {
        layout.ending: layout.name for layout in LAYOUTS.values() if not layout.needs_address and layout.name != "braze"
    }
    if name is None:
        if out.suffix not in plain:
            raise WrongUsageError(f"{out} ends in none of {', '.join(plain)}: name the file by the format you want.")
        return plain[out.suffix]
    if name not in LAYOUTS:
        raise WrongUsageError(
            f"there is no layout {name!r}{nearest(name, LAYOUTS) or ': choose one of ' + ', '.join(LAYOUTS)}."
        )
    if out.suffix != LAYOUTS[name].ending:
        raise WrongUsageError(f"{out} does not end in {LAYOUTS[name].ending}, which a file for {name} is.")
    return name
