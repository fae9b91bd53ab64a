"""The command value: how long those who start will stay, and what buyers will buy.

Belongs here: arguments and what is printed. Does not belong here: the answers (``pipelines.readings.projections``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipelines.errors import UserError
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
@click.option("--as-of", default=None, help="The snapshot as of a timestamp instead of the current one.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def value(*, by: str, discount: float | None, as_of: str | None, output: str) -> None:
    """Say how long those who start are expected to stay, and what buyers of passes and rentals are expected to buy."""
    from pipelines.publishing.snapshots import open_snapshot
    from pipelines.warehouse.database import parse_as_of

    instant = None if as_of in {None, "latest", "now"} else parse_as_of(str(as_of))
    with open_snapshot(Settings(), instant) as connection:
        answer = _answer(connection, _BY[by], discount)
    if output == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=str))
        return
    _print(answer)


def _rows(connection: duckdb.DuckDBPyConnection, asked: Asked) -> list[dict[str, Any]]:
    found = connection.execute(asked[0], dict(asked[1]))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _answer(connection: duckdb.DuckDBPyConnection, dimension: str, discount: float | None) -> dict[str, Any]:
    import duckdb

    from pipelines.readings import projections

    try:
        models = [each for each in _rows(connection, projections.chosen_models()) if each["dimension"] == dimension]
        told = []
        for model in models:
            shares = _rows(connection, projections.shares_of(dimension, model["dimension_value"]))
            told.append(
                {
                    "segment": model["dimension_value"],
                    "sentence": projections.sentence(model, shares),
                    "model": model,
                    "shares": shares,
                    **({"residual": projections.residual_lifetimes(model, discount / 100)} if discount else {}),
                }
            )
        notes = [
            *_rows(connection, projections.notes_on(dimension)),
            *_rows(connection, projections.notes_on("purchases")),
        ]
        return {"segments": told, "purchases": _rows(connection, projections.all_purchases())[0], "notes": notes}
    except duckdb.CatalogException as error:
        raise UserError("The snapshot was built before lifetimes were projected: run churniq build.") from error


def _print(answer: dict[str, Any]) -> None:
    from pipelines.cli.tables import print_table
    from pipelines.readings.projections import told_months

    for told in answer["segments"]:
        click.echo(f"{told['segment']}: {told['sentence']}")
    rows = [
        (told["segment"], row["months"], round(row["projected_share"], 4), *_band(row))
        for told in answer["segments"]
        for row in told_months(told["shares"])
    ]
    if rows:
        print_table(["segment", "months", "expected", "low", "high"], rows)
    residual = [
        (told["segment"], row["renewals"], round(row["discounted_payments"], 2))
        for told in answer["segments"]
        for row in told.get("residual", [])
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
