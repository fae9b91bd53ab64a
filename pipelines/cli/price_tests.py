"""Commands about price tests: price-test list, results.

Belongs here: arguments and what they print. Does not belong here: the answers (``pipelines.readings.price_tests``).
"""

from __future__ import annotations

import click

from pipelines.cli.options import ROWS_FORMAT
from pipelines.cli.tables import print_rows, print_table
from pipelines.settings import Settings

_SHOWN = ("variant", "metric", "horizon_days", "people", "control_people", "value", "control_value", "difference",
          "sequential_low", "sequential_high")  # fmt: skip


@click.group("price-test")
def price_test() -> None:
    """Price tests: which there are, and what their variants brought."""


@price_test.command("list")
@ROWS_FORMAT
def list_price_tests(*, output: str) -> None:
    """Every price test, the newest first."""
    from pipelines.readings.price_tests import list_tests

    found = list_tests(Settings())
    if not found.rows and output == "table":
        click.echo("there are no price tests: the feed price_tests brings them")
        return
    print_rows(found.columns, found.rows, output)


@price_test.command("results")
@click.argument("test")
@ROWS_FORMAT
def price_test_results(*, test: str, output: str) -> None:
    """What the variants of TEST brought against its control, by intention to treat, at every horizon that is over."""
    from pipelines.readings.price_tests import find_results, remarks

    results, variants = find_results(Settings(), test)
    if output != "table":
        print_rows(results.columns, results.rows, output)
        return
    for sentence in remarks(results.records(), variants.records()):
        click.echo(sentence)
    rows = [
        tuple(f"{row[name]:.4f}" if isinstance(row[name], float) else row[name] for name in _SHOWN)
        for row in results.records()
    ]
    print_table(list(_SHOWN), rows)
    for row in results.records():
        if row["refusal"] is None:
            click.echo(f"{row['horizon_days']} days after: {row['headline']}")
