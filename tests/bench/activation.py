"""Activation at size: the attribute mart, a segment of ten conditions, an export of 100,000 people with hashing.

``python -m tests.bench.activation HOME --customers 1000000``: HOME is an environment that was built. Each of its
customers is there so many times, under other identifiers, with everything that hangs on them, and the compiled models
of the mart run on that. So the figures are of made-up tables of a real shape, and leave out what dbt itself takes.
A day more computes the main subscriptions of those who moved, a share of all, and what counts from the as-of instant
for everybody. The last build of HOME must have continued another, since its models then have both ways in them.

Belongs here: multiplying, timing. Does not belong here: the mart (``dbt_project``).
"""

from __future__ import annotations

import os
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb

INCREMENTAL = "int_main_subscriptions"
AFFECTED = "int_affected_customers"
VIEWS = ("int_attributes_axes",)
MODELS = (
    INCREMENTAL,
    "int_campaign_contacts",
    "int_attributes_scores",
    "int_attributes_history",
    "int_attributes_axes",
    "dim_customer_attributes",
)
MOVED = 0.05
EXPORTED = 100_000
_NAMED = re.compile(r'"warehouse"\."(\w+)"\."(\w+)"')
_OWN = ("customer_id", "person_id", "subscription_id", "alias")
_BESIDE = (("private", "dim_contacts"), ("private", "dim_customer_aliases"), ("ops", "build_info"))
_TEN = """
name: ten-conditions
description: Ten conditions.
owner: bench
conditions:
  all:
    - {attribute: status, operator: '=', value: paying}
    - {attribute: marketing_consent, operator: '=', value: 'true'}
    - {attribute: country, operator: not in, value: [XX, YY]}
    - {attribute: current_mrr, operator: between, value: [1, 100]}
    - {attribute: registered_at, operator: longer ago than, value: 14 days}
    - {attribute: offer_title, operator: is not empty}
    - any:
        - {attribute: risk_band, operator: in, value: [high, medium]}
        - {attribute: engagement_trend, operator: '=', value: falling}
        - {attribute: period_end, operator: in the next, value: 30 days}
        - {attribute: last_contact_topic, operator: contains, value: cancel}
"""


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began, worked = time.monotonic(), time.process_time()
    yield
    seconds, of_processor = time.monotonic() - began, time.process_time() - worked
    click.echo(f"{what:<44}{seconds:8.2f} s {of_processor:8.2f} s of processor")


def _multiply(connection: duckdb.DuckDBPyConnection, schema: str, table: str, times: int) -> None:
    """A table of the built warehouse, each customer of it so many times; one that names no customer as it is."""
    source = f'built."{schema}"."{table}"'
    columns = [row[0] for row in connection.execute(f"describe {source}").fetchall()]
    own = [column for column in columns if column in _OWN]
    connection.execute(f'create schema if not exists "{schema}"')
    if not own:
        connection.execute(f'create table "{schema}"."{table}" as select * from {source}')
        return
    renamed = ", ".join(f"{column} || '-' || copy as {column}" for column in own)
    connection.execute(
        f'create table "{schema}"."{table}" as select * exclude (copy) replace ({renamed}) '
        f"from (select copies.range as copy, built.* from {source} as built cross join range({times}) as copies)"
    )


def _compute(connection: duckdb.DuckDBPyConnection, name: str, query: str, *, is_continued: bool) -> None:
    schema = "activation" if name.startswith("dim_") else "intermediate"
    connection.execute(f"create schema if not exists {schema}")
    with _timed(f"  {name}"):
        if is_continued:
            affected = f"select customer_id from intermediate.{AFFECTED}"
            connection.execute(f"delete from {schema}.{name} where customer_id in ({affected})")
            connection.execute(f"insert into {schema}.{name} {query}")
        else:
            kind = "view" if name in VIEWS else "table"
            connection.execute(f"create or replace {kind} {schema}.{name} as {query}")


def _build(connection: duckdb.DuckDBPyConnection, home: Path, customers: int) -> None:
    compiled = home / "work" / "dbt" / "target" / "compiled"
    # A layout of folders that is gone leaves its compiled files behind.
    newest = {name: max(compiled.rglob(f"{name}.sql"), key=lambda file: file.stat().st_mtime) for name in MODELS}
    queries = {name: file.read_text() for name, file in newest.items()}
    connection.execute(f"attach '{home / 'work' / 'warehouse.duckdb'}' as built (read_only)")
    there = connection.execute("select count(*) from built.core.dim_customers").fetchall()[0][0]
    read = {named for query in queries.values() for named in _NAMED.findall(query)} | set(_BESIDE)
    for schema, table in sorted(read):
        if table not in MODELS:
            _multiply(connection, schema, table, -(-customers // there))
    if AFFECTED not in queries[INCREMENTAL]:
        raise click.UsageError(
            f"{home} was built once: ingest a day more and build it again, so that it has both ways."
        )
    everybody = "create or replace table intermediate.{} as select customer_id from core.dim_customers where {}"
    connection.execute(everybody.format(AFFECTED, "true"))
    with _timed("attribute mart, all of it"):
        for name, query in queries.items():
            _compute(connection, name, query, is_continued=False)
    connection.execute(everybody.format(AFFECTED, f"hash(customer_id) % 10000 < {MOVED * 10_000}"))
    with _timed(f"attribute mart, a day more that moved {MOVED:.0%}"):
        for name, query in queries.items():
            _compute(connection, name, query, is_continued=name == INCREMENTAL)
    (rows,) = connection.execute("select count(*) from activation.dim_customer_attributes").fetchall()[0]
    click.echo(f"{'  customers':<44}{rows:>10,}")


def _ask() -> None:
    from pipelines.activation.documents import read_document
    from pipelines.activation.reading import read_snapshot
    from pipelines.settings import Settings

    document = read_document(_TEN, "ten conditions")
    with read_snapshot(Settings()) as reader:
        for _ in range(2):
            with _timed("size of a segment of ten conditions"):
                size = reader.size(document)
            with _timed("its preview"):
                reader.preview(document, 20)
    click.echo(f"{'  people in it':<44}{size.customers:>10,}")


def _export(folder: Path, layout: str) -> None:
    from pipelines.activation.documents import read_document
    from pipelines.activation.exporting import Request, carry_out, plan_export
    from pipelines.activation.journal import only_export
    from pipelines.activation.reading import read_snapshot
    from pipelines.activation.store import save_segment
    from pipelines.settings import Settings

    settings = Settings()
    with read_snapshot(settings) as reader:
        bound = reader.connection.execute(
            "select churn_probability from activation.dim_customer_attributes where marketing_consent "
            "order by churn_probability desc nulls last limit 1 offset $1",
            [EXPORTED],
        ).fetchall()[0][0]
    name = f"export-{layout}"
    condition = f"{{attribute: churn_probability, operator: '>', value: {bound:.17f}}}"
    text = f"name: {name}\ndescription: x\nowner: x\nconditions: {{all: [{condition}]}}\n"
    save_segment(settings, read_document(text, name))
    with _timed(f"export to {layout} with a campaign"), only_export(settings):
        plan = plan_export(settings, Request(name, folder / f"{name}.csv", layout, campaign=name, cool_down_days=0))
        carry_out(settings, plan)
    click.echo(f"{'  people written and held out':<44}{len(plan.rows):>10,}{len(plan.held_out):>10,}")


@click.command()
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.option("--customers", default=1_000_000, show_default=True)
def main(home: Path, customers: int) -> None:
    """Print seconds and the peak of memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["CHURNIQ_HOME"] = str(folder / "home")
        from pipelines.activation.contacts import write_contacts
        from pipelines.publishing.snapshots import publish
        from pipelines.settings import Settings

        settings = Settings().prepare()
        with duckdb.connect(str(settings.warehouse), config={"threads": 2, "memory_limit": "6GB"}) as connection:
            _build(connection, home, customers)
            (as_of,) = connection.execute("select as_of from ops.build_info").fetchall()[0]
        click.echo(f"{'  peak':<44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MiB")
        with _timed("addresses beside the snapshot"):
            write_contacts(settings, settings.warehouse)
        with _timed("publishing"):
            publish(settings, settings.warehouse, name="bench", as_of=as_of, lake_version=0, is_current=True)
        _ask()
        for layout in ("google", "meta"):
            _export(folder, layout)
    click.echo(f"{'peak':<44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MiB")


if __name__ == "__main__":
    main()
