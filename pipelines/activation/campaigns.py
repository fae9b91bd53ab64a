"""What is known of campaigns: those begun, by the lake's record, and what they kept, by the snapshot.

Belongs here: questions about campaigns. Does not belong here: assigning (``exporting``), inference
(``models.experiments``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.activation.contacts import identity_of
from pipelines.activation.drawing import is_globally_held
from pipelines.activation.nearest import nearest
from pipelines.activation.recording import read_record
from pipelines.errors import UserError, WrongUsageError
from pipelines.privacy.keys import secret_key
from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.rows import rows_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

GLOBAL = "(every campaign)"
_FIRST_HORIZON = 30
_SAMPLE_RATIO_ALARM = 0.001
_PLAIN = ("difference", "interval_low", "interval_high", "sequential_low", "sequential_high")
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
    """Each campaign in which a customer was assigned, with the arm; and whether they are held back from all.

    Whichever of their identifiers is given, a person is the same one: another of them may have been assigned.
    """
    import polars as pl

    identity = identity_of(settings, customer)
    record = read_record(settings)
    own = record.rows.filter(pl.col("customer_id").is_in(identity.names) & (pl.col("event_type") != "left_out"))
    first = own.sort("occurred_at", "recorded_at", "event_id").unique("campaign", keep="first", maintain_order=True)
    rows: list[tuple[Any, ...]] = [
        (row["campaign"], row["event_type"], row["occurred_at"], row["event_type"] == "held_out")
        for row in first.sort("campaign").iter_rows(named=True)
    ]
    if is_globally_held(identity.customer_id, settings.global_holdout, secret_key(settings)):
        rows.insert(0, (GLOBAL, "held_out", None, True))
    return rows


def more_people(result: Mapping[str, Any]) -> float:
    """How many more people would show the effect of a row of results if it is as it looks; 0 where none are needed."""
    low, high = result["adjusted_sequential_low"], result["adjusted_sequential_high"]
    if result["people_needed"] is None or low is None or not low <= 0 <= high:
        return 0
    missing: float = result["people_needed"] - result["sent"] - result["held_out"]
    return max(missing, 0.0)


@dataclass(frozen=True)
class Results:
    """What a campaign kept: all columns of the mart, and what of it a person reads first.

    ``people_a_day``: how many it has assigned a day since it was begun.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    people_a_day: float | None = None

    @property
    def headline(self) -> str:
        """The sentence on retention at the longest horizon that is over."""
        newest = max(self.records(), key=lambda row: (row["metric"] == "retention", row["horizon_days"]))
        return f"{newest['horizon_days']} days after: {newest['headline']}"

    def shown(self) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns that fit a terminal, rounded to four digits."""
        return list(_SHOWN), [
            tuple(f"{row[name]:.4f}" if isinstance(row[name], float) else row[name] for name in _SHOWN)
            for row in self.records()
        ]

    def remarks(self, cost: float | None) -> list[str]:
        """What else matters, a sentence each: the arms, the money, how many more people it would take."""
        said = []
        for row in self.records():
            days = row["horizon_days"]
            ratio = row["sample_ratio_p"]
            if row["metric"] == "retention" and ratio is not None and ratio < _SAMPLE_RATIO_ALARM:
                said.append(
                    f"The arms at {days} days are not as large as the draw made them (p = {ratio:.2g}): people are "
                    "missing from one, so trust no difference before it is known why."
                )
            if row["metric"] == "retention" and (more := more_people(row)):
                pace = f", {more / self.people_a_day:,.0f} days at the pace so far" if self.people_a_day else ""
                said.append(
                    f"If the effect at {days} days is as it looks, {more:,.0f} more people would show it{pace}."
                )
            if row["saved_mrr"] is not None:
                said.append(
                    f"Saved MRR a month at {days} days: {row['saved_mrr']:,.2f} "
                    f"({row['saved_mrr_low']:,.2f} to {row['saved_mrr_high']:,.2f})."
                )
                if cost is not None:
                    said.append(f"At a cost of {cost:,.2f}, the first month leaves {row['saved_mrr'] - cost:,.2f}.")
        return said

    def records(self) -> list[dict[str, Any]]:
        """Each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def find_results(settings: Settings, *names: str) -> Results:
    """The results of a campaign, or of several as one; raises ``UserError`` that says when there will be some."""
    known = read_record(settings).campaigns()
    for name in names:
        if name not in known:
            begun = f": choose one of {', '.join(sorted(known))}" if known else "; none was begun"
            raise WrongUsageError(f"there is no campaign {name!r}{nearest(name, known) or begun}.")
    if len({known[name].purpose for name in names}) > 1:
        raise WrongUsageError(
            "a service message and a marketing campaign are not of one kind: pool campaigns of one purpose."
        )
    with open_snapshot(settings) as connection:
        _require(connection, "fct_campaign_results")
        if len(names) > 1:
            results = _pooled(connection, names)
        else:
            found = rows_of(
                connection,
                "select * from activation.fct_campaign_results where campaign = $1 order by metric, horizon_days",
                [names[0]],
            )
            results = Results(*found, _people_a_day(connection, names[0]))
        if results.rows:
            return results
        begun_on = connection.execute(
            "select min(assigned_date) from activation.fct_campaign_assignments where campaign in "
            "(select unnest($1::varchar[]))",
            [list(names)],
        ).fetchall()[0][0]
    raise UserError(_not_over(settings, " and ".join(names), begun_on))


def find_ranking(settings: Settings, name: str, limit: int) -> tuple[str, list[tuple[Any, ...]]]:
    """What the ranking of a campaign is worth, in a sentence, and the first of it; raises where there is none."""
    results = find_results(settings, name)
    judged = [row for row in results.records() if row["qini"] is not None]
    if not judged:
        raise UserError(
            f"Nobody of {name} can be ranked: it takes 200 people in each arm, with a score or viewing from before."
        )
    newest = max(judged, key=lambda row: row["horizon_days"])
    quality = f"Qini {newest['qini']:.4g} at {newest['horizon_days']} days on people it had not seen"
    with open_snapshot(settings) as connection:
        _require(connection, "fct_campaign_uplift")
        rows = connection.execute(
            "select place, customer_id, arm, uplift from activation.fct_campaign_uplift "
            "where campaign = $1 and horizon_days = $2 order by place limit $3",
            [name, newest["horizon_days"], limit],
        ).fetchall()
    if not rows:
        raise UserError(
            f"No order of the people in {name} is better than chance yet ({quality}, p = {newest['qini_p']:.2g}), so "
            "none is shown."
        )
    return f"Whom {name} does most for: {quality} (p = {newest['qini_p']:.2g}).", rows


def _require(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = 'activation' and table_name = $1", [table]
    ).fetchall()[0][0]
    if not found:
        raise UserError("The snapshot was built before campaigns existed: run churniq build.")


def _people_a_day(connection: duckdb.DuckDBPyConnection, name: str) -> float | None:
    people, days = connection.execute(
        "select count(*), date_diff('day', min(assigned_date), (select cast(as_of as date) from ops.build_info)) "
        "from activation.fct_campaign_assignments where campaign = $1",
        [name],
    ).fetchall()[0]
    return people / days if people and days else None


def _pooled(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> Results:
    """Several campaigns as one: people are compared within their campaign only; who was in two counts in the first."""
    import polars as pl

    from pipelines.warehouse.campaigns import OUTCOMES, RESULT_COLUMNS, judge_people, results_of

    outcomes = pl.DataFrame(
        connection.sql(
            f"{OUTCOMES} where campaign in (select unnest($1::varchar[])) "
            "order by horizon_days, assigned_date, campaign, customer_id",
            params=[list(names)],
        ).to_arrow_table()
    )
    [(currency,)] = connection.execute("select reporting_currency from ops.build_info").fetchall()
    rows = []
    for (horizon,), people in outcomes.group_by("horizon_days", maintain_order=True):
        first = people.unique("customer_id", keep="first", maintain_order=True)
        label = " + ".join(sorted(first["campaign"].unique().to_list()))
        judged = judge_people(first, currency, strata=("campaign",))
        for row in results_of(first, judged):
            record = dict(zip(RESULT_COLUMNS, [label, row[0], horizon, *row[1:]], strict=True))
            # The means of the arms mix campaigns with other shares held out, so their plain difference says nothing.
            rows.append(tuple(None if column in _PLAIN or _is_nan(cell) else cell for column, cell in record.items()))
    rows.sort(key=lambda row: (row[1], row[2]))
    return Results(RESULT_COLUMNS, rows)


def _is_nan(cell: Any) -> bool:
    return isinstance(cell, float) and not math.isfinite(cell)


def _not_over(settings: Settings, names: str, begun_on: date | None) -> str:
    as_of = find_snapshot(settings).as_of
    if begun_on is None:
        return f"The campaign {names} was begun after the snapshot of {as_of}Z was built: run churniq build."
    over = begun_on + timedelta(days=_FIRST_HORIZON + 1)
    return (
        f"No outcome of {names} is known yet: its first window of {_FIRST_HORIZON} days has not closed before {over}, "
        f"and the snapshot is as of {as_of}Z; ingest what came since, then run churniq build."
    )
