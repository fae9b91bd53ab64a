"""Commands that answer with metrics: metric, metrics, and ``explain_metric`` for the group explain.

Belongs here: arguments and how answers are laid out. Does not belong here: definitions and SQL
(``pipelines.readings.metrics``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import AS_OF, ROWS_FORMAT
from pipelines.cli.tables import print_rows, print_table
from pipelines.errors import UserError
from pipelines.rows import Rows, rows_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb


def _answer(
    query: str, as_of: datetime | None, values: Mapping[str, Any] | None = None, segment: str | None = None
) -> Rows:
    """The rows of a query on a published snapshot, with values bound by name.

    ``segment`` names those whose ids are bound as ``CUSTOMERS``. Raises ``UserError`` where the snapshot holds too
    little.
    """
    import duckdb

    from pipelines.publishing.snapshots import open_snapshot

    with open_snapshot(Settings(), as_of) as connection:
        bound = dict(values or {})
        if segment is not None:
            bound |= _members(connection, segment)
        try:
            return rows_of(connection, query, bound)
        except duckdb.CatalogException as error:
            raise UserError(
                f"The snapshot was built before what this asks for existed ({str(error).splitlines()[0]}): "
                "run churniq build."
            ) from error


def _members(connection: duckdb.DuckDBPyConnection, segment: str) -> dict[str, list[str]]:
    from pipelines.activation.reading import reader_of
    from pipelines.activation.store import find_segment
    from pipelines.readings.metric_queries import CUSTOMERS

    return {CUSTOMERS: [row[0] for row in reader_of(connection).members(find_segment(Settings(), segment).document)]}


def _dimensions(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for text in given for name in text.split(","))


def _where(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise click.BadParameter(f"{text!r} is not DIMENSION=VALUE, such as country=NL.")
        where.setdefault(name, []).append(value)
    return where


def _day(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date | None:
    if text is None:
        return None
    for form in ("%Y-%m-%d", "%Y-%m"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no time zone
        except ValueError:
            continue
    raise click.BadParameter(f"{text!r} is neither a day (2026-07-01) nor a month (2026-07).")


@click.command()
@click.argument("name")
@click.option(
    "--by",
    "dimensions",
    multiple=True,
    callback=_dimensions,
    metavar="DIMENSION",
    help="Slice by a dimension; give several, or some with commas between them.",
)
@click.option(
    "--where",
    multiple=True,
    callback=_where,
    metavar="DIMENSION=VALUE",
    help="Only this value of a dimension; give several, of one dimension too.",
)
@click.option("--segment", default=None, help="Only the people of a segment, as it is on the snapshot.")
@click.option(
    "--grain",
    type=click.Choice(["day", "week", "month", "quarter", "rolling_30_days", "total"]),
    default="month",
    show_default=True,
    help="The length of a period; of thirty rolling days, named by the last, there is one a day. total: all days from "
    "--from to --to as one period, named by the first with a row.",
)
@click.option("--from", "first", callback=_day, default=None, help="The first period, by its first day or its month.")
@click.option("--to", "last", callback=_day, default=None, help="The last period, by its first day or its month.")
@click.option("--convention", default=None, help="By another definition, monthly and as a whole.")
@ROWS_FORMAT
@AS_OF
def metric(
    *,
    name: str,
    dimensions: tuple[str, ...],
    where: dict[str, list[str]],
    segment: str | None,
    grain: str,
    first: date | None,
    last: date | None,
    convention: str | None,
    output: str,
    as_of: datetime | None,
) -> None:
    """Answer a headline metric by period and dimensions; churniq metrics lists them."""
    from pipelines.readings.metric_queries import compile_metric, values_of
    from pipelines.readings.metrics import UnknownChoiceError, find_metric

    try:
        if first is not None and last is not None and first > last:
            raise click.UsageError(f"--from {first} comes after --to {last}: swap them.")
        found = find_metric(name)
        if convention is not None:
            if dimensions or where or segment or grain != "month":
                raise click.UsageError(
                    "--convention answers by month and as a whole: leave --by, --where, --segment and --grain out."
                )
            columns, rows = _by_convention(found.name, convention, first, last, as_of)
        else:
            query = compile_metric(
                found, dimensions, grain, first, last, where=where, only_customers=segment is not None
            )
            columns, rows = _answer(query, as_of, values_of(where), segment)
    except UnknownChoiceError as error:
        raise click.UsageError(str(error)) from error
    print_rows(columns, rows, output)


def _by_convention(name: str, convention: str, first: date | None, last: date | None, as_of: datetime | None) -> Rows:
    """A metric by another convention, with the gap to the default."""
    from pipelines.readings.by_convention import DEFINED, query_by_convention

    _, defined = _answer(DEFINED, as_of)
    query, values = query_by_convention(name, convention, [(row[0], row[1]) for row in defined], first, last)
    return _answer(query, as_of, values)


@click.command()
@ROWS_FORMAT
def metrics(*, output: str) -> None:
    """List the headline metrics with their dimensions."""
    from pipelines.readings.metrics import dimensions_of
    from pipelines.readings.metrics import metrics as all_metrics

    rows = [(each.name, each.description, ", ".join(sorted(dimensions_of(each)))) for each in all_metrics().values()]
    print_rows(["metric", "meaning", "dimensions"], rows, output)


@click.command(name="metric")
@click.argument("name")
@AS_OF
def explain_metric(*, name: str, as_of: datetime | None) -> None:
    """Explain a metric: its definition, SQL, dimensions, and what other definitions make of it."""
    from pipelines.readings.by_convention import GAPS_NOW, VARIANTS_NOW
    from pipelines.readings.metric_queries import compile_metric
    from pipelines.readings.metrics import UnknownChoiceError, dimensions_of, find_metric, models_of
    from pipelines.readings.vendor_definitions import DEFINITIONS

    try:
        found = find_metric(name)
    except UnknownChoiceError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{found.label} ({', '.join((found.name, *found.also))})\n{found.description}\n")
    if found.expression:
        click.echo(f"{found.name} = {found.expression}")
    tables = " or, sliced by what only it has, ".join(model.table for model in models_of(found))
    click.echo(
        f"Kind: {found.kind}; measured on {tables}; by day, week, month, quarter, thirty rolling days or in total.\n"
    )
    click.echo("Dimensions:")
    for dimension, words in sorted(dimensions_of(found).items()):
        click.echo(f"  {dimension}: {words}")
    click.echo(f"\nSQL (by month):\n{compile_metric(found, (), 'month')}\n")
    columns, rows = _answer(VARIANTS_NOW, as_of, {"metric": found.name})
    if rows:
        click.echo(f"By other definitions, the newest complete month ({rows[0][0]}):")
        print_table(columns[1:], [row[1:] for row in rows])
        print_table(*_answer(GAPS_NOW, as_of, {"metric": found.name}))
    made = [each for each in DEFINITIONS if each.metric == found.name]
    for each in made:
        asked = f"churniq metric {found.name} --convention {each.convention}"
        click.echo(f"{each.convention}: {each.formula} ({each.source}); {asked}")
    if not rows and not made:
        click.echo("No other convention of this metric is known here.")
