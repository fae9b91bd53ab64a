"""The command value: how long those who start will stay, and what buyers will buy.

Belongs here: arguments and what is printed. Does not belong here: the answers (``pipelines.readings.projections``).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import AS_OF, DOCUMENT_FORMAT
from pipelines.errors import UserError
from pipelines.rows import rows_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from pipelines.readings.projections import Asked

_BY = {"all": "all", "interval": "first_interval", "offer": "first_offer"}


@click.command()
@click.option(
    "--by", type=click.Choice(list(_BY)), default="all", show_default=True, help="Everybody, or each of a cut."
)
@click.option(
    "--discount",
    type=click.FloatRange(0, 1000, min_open=True),
    default=None,
    metavar="PERCENT",
    help="Also the payments still to come of a customer, discounted by so much a year.",
)
@AS_OF
@DOCUMENT_FORMAT
def value(*, by: str, discount: float | None, as_of: datetime | None, output: str) -> None:
    """Say how long those who start are expected to stay, and what buyers of passes and rentals are expected to buy."""
    from pipelines.publishing.snapshots import open_snapshot

    with open_snapshot(Settings(), as_of) as connection:
        answer = _answer(connection, _BY[by], discount)
    if output == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=str))
        return
    _print(answer)


def _records(connection: duckdb.DuckDBPyConnection, asked: Asked) -> list[dict[str, Any]]:
    query, values = asked
    return rows_of(connection, query, dict(values)).records()


def _answer(connection: duckdb.DuckDBPyConnection, dimension: str, discount: float | None) -> dict[str, Any]:
    import duckdb

    from pipelines.readings import projections

    try:
        models = [each for each in _records(connection, projections.chosen_models()) if each["dimension"] == dimension]
        segments = []
        for model in models:
            shares = _records(connection, projections.shares_of(dimension, model["dimension_value"]))
            segments.append(
                {
                    "segment": model["dimension_value"],
                    "sentence": projections.sentence(model, shares),
                    "model": model,
                    "shares": shares,
                    **({"residual": projections.residual_lifetimes(model, discount / 100)} if discount else {}),
                }
            )
        notes = [
            *_records(connection, projections.notes_on(dimension)),
            *_records(connection, projections.notes_on("purchases")),
        ]
        return {"segments": segments, "purchases": _records(connection, projections.all_purchases())[0], "notes": notes}
    except duckdb.CatalogException as error:
        raise UserError("The snapshot was built before lifetimes were projected: run churniq build.") from error


def _print(answer: dict[str, Any]) -> None:
    from pipelines.cli.tables import print_table
    from pipelines.readings.projections import reported_months

    for segment in answer["segments"]:
        click.echo(f"{segment['segment']}: {segment['sentence']}")
    rows = [
        (segment["segment"], row["months"], round(row["projected_share"], 4), *_band(row))
        for segment in answer["segments"]
        for row in reported_months(segment["shares"])
    ]
    if rows:
        print_table(["segment", "months", "expected", "low", "high"], rows)
    residual = [
        (segment["segment"], row["renewals"], round(row["discounted_payments"], 2))
        for segment in answer["segments"]
        for row in segment.get("residual", [])
    ]
    if residual:
        print_table(["segment", "renewals", "discounted_payments"], residual)
    bought = answer["purchases"]
    if bought["buyers"]:
        revenue = "" if bought["expected_revenue"] is None else f", {bought['expected_revenue']} of revenue"
        click.echo(
            f"{bought['buyers']:,} buyers are expected to buy {bought['expected_purchases']:,.0f} times within "
            f"{bought['horizon_days']} days{revenue}."
        )
    for note in answer["notes"]:
        about = "purchases" if note["dimension"] == "purchases" else note["dimension_value"]
        click.echo(f"note: {about}: {note['note']}")


def _band(row: dict[str, Any]) -> tuple[float | None, float | None]:
    return tuple(None if row[name] is None else round(row[name], 4) for name in ("lower_bound", "upper_bound"))  # type: ignore[return-value]
