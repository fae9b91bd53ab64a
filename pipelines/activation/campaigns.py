"""What is known of campaigns: those begun, by the lake's record, and what they kept, by the snapshot.

Belongs here: questions about campaigns. Does not belong here: assigning (``exporting``), inference
(``models.experiments``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pipelines.activation.drawing import is_globally_held
from pipelines.activation.nearest import nearest
from pipelines.activation.recording import read_record
from pipelines.errors import UserError, WrongUsageError
from pipelines.privacy.keys import secret_key
from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.settings import Settings

GLOBAL = "(every campaign)"
_FIRST_HORIZON = 30
_SAMPLE_RATIO_ALARM = 0.001
_SHOWN = (
    "metric",
    "horizon_days",
    "sent",
    "held_out",
    "sent_value",
    "held_out_value",
    "adjusted_difference",
    "adjusted_low",
    "adjusted_high",
    "adjusted_sequential_low",
    "adjusted_sequential_high",
)


def list_campaigns(settings: Settings) -> list[tuple[Any, ...]]:
    """Campaign, segment, version, purpose, holdout, begun as of, and how many were sent, held out and left out."""
    import polars as pl

    record = read_record(settings)
    rows = []
    for campaign in sorted(record.campaigns().values(), key=lambda each: each.name):
        own = record.rows.filter(pl.col("campaign") == campaign.name)
        arms = list(record.arms(campaign.name).values())
        left_out = own.filter(pl.col("event_type") == "left_out")["customer_id"].n_unique()
        rows.append(
            (
                campaign.name,
                campaign.segment,
                campaign.segment_version,
                campaign.purpose,
                campaign.holdout,
                own["occurred_at"].min(),
                arms.count("sent"),
                arms.count("held_out"),
                left_out,
            )
        )
    return rows


def arms_of(settings: Settings, customer: str) -> list[tuple[Any, ...]]:
    """Each campaign in which a customer was assigned, with the arm; and whether they are held back from all."""
    import polars as pl

    record = read_record(settings)
    own = record.rows.filter((pl.col("customer_id") == customer) & (pl.col("event_type") != "left_out"))
    first = own.sort("occurred_at", "recorded_at", "event_id").unique("campaign", keep="first", maintain_order=True)
    rows: list[tuple[Any, ...]] = [
        (row["campaign"], row["event_type"], row["occurred_at"], row["event_type"] == "held_out")
        for row in first.sort("campaign").iter_rows(named=True)
    ]
    if is_globally_held(customer, settings.global_holdout, secret_key(settings)):
        rows.insert(0, (GLOBAL, "held_out", None, True))
    return rows


@dataclass(frozen=True)
class Results:
    """What a campaign kept: all columns of the mart, and what of it a person reads first."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    @property
    def headline(self) -> str:
        """The sentence on retention at the longest horizon that is over."""
        newest = max(self._records(), key=lambda row: (row["metric"] == "retention", row["horizon_days"]))
        return f"{newest['horizon_days']} days after: {newest['headline']}"

    def shown(self) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns that fit a terminal, rounded to four digits."""
        return list(_SHOWN), [
            tuple(f"{row[name]:.4f}" if isinstance(row[name], float) else row[name] for name in _SHOWN)
            for row in self._records()
        ]

    def remarks(self, cost: float | None) -> list[str]:
        """What else matters, a sentence each: the arms, the money, how many more people it would take."""
        said = []
        for row in self._records():
            days = row["horizon_days"]
            ratio = row["sample_ratio_p"]
            if row["metric"] == "retention" and ratio is not None and ratio < _SAMPLE_RATIO_ALARM:
                said.append(
                    f"The arms at {days} days are not as large as the draw made them (p = {ratio:.2g}): people are "
                    "missing from one, so trust no difference before it is known why."
                )
            if row["metric"] == "retention" and row["people_needed"] is not None and "Not enough" in row["headline"]:
                more = row["people_needed"] - row["sent"] - row["held_out"]
                if more > 0:
                    said.append(f"If the effect at {days} days is as it looks, {more:,.0f} more people would show it.")
            if row["saved_mrr"] is not None:
                said.append(
                    f"Saved MRR a month at {days} days: {row['saved_mrr']:,.2f} "
                    f"({row['saved_mrr_low']:,.2f} to {row['saved_mrr_high']:,.2f})."
                )
                if cost is not None:
                    said.append(f"At a cost of {cost:,.2f}, the first month leaves {row['saved_mrr'] - cost:,.2f}.")
        return said

    def _records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def find_results(settings: Settings, name: str) -> Results:
    """The results of a campaign; raises ``UserError`` that says when there will be some."""
    known = read_record(settings).campaigns()
    if name not in known:
        begun = nearest(name, known) or (f": choose one of {', '.join(sorted(known))}" if known else "; none was begun")
        raise WrongUsageError(f"there is no campaign {name!r}{begun}.")
    pointer = find_snapshot(settings)
    with open_snapshot(settings) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'activation'"
        ).fetchall()
        if ("fct_campaign_results",) not in tables:
            raise UserError("The snapshot was built before campaigns existed: run churniq build.")
        result = connection.execute(
            "select * from activation.fct_campaign_results where campaign = $1 order by metric, horizon_days", [name]
        )
        columns, rows = [column[0] for column in result.description or []], result.fetchall()
        if rows:
            return Results(columns, rows)
        begun_on = connection.execute(
            "select min(assigned_date) from activation.fct_campaign_assignments where campaign = $1", [name]
        ).fetchall()[0][0]
    if begun_on is None:
        raise UserError(
            f"The campaign {name} was begun after the snapshot of {pointer.as_of}Z was built: run churniq build."
        )
    over = begun_on + timedelta(days=_FIRST_HORIZON + 1)
    raise UserError(
        f"No outcome of {name} is known yet: its first window of {_FIRST_HORIZON} days has not closed before {over}, "
        f"and the snapshot is as of {pointer.as_of}Z; ingest what came since, then run churniq build."
    )
