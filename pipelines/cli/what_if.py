"""The command what-if: the score of one customer with another price, discount or interval.

Belongs here: arguments and layout. Does not belong here: the scores (``pipelines.readings.what_if``).
"""

from __future__ import annotations

import json
from datetime import datetime

import click

from pipelines.cli.options import AS_OF, DOCUMENT_FORMAT
from pipelines.settings import Settings

_MONTHS = {"month": 1.0, "year": 12.0}


@click.command(name="what-if")
@click.argument("customer_id")
@click.option("--price", type=click.FloatRange(min=0, min_open=True), default=None, help="A price a month.")
@click.option("--discount", type=click.FloatRange(0, 100), default=None, metavar="PERCENT", help="Off that price.")
@click.option("--interval", type=click.Choice(list(_MONTHS)), default=None, help="How long a period lasts.")
@AS_OF
@DOCUMENT_FORMAT
def what_if(
    *,
    customer_id: str,
    price: float | None,
    discount: float | None,
    interval: str | None,
    as_of: datetime | None,
    output: str,
) -> None:
    """The score of CUSTOMER_ID with another price, discount or interval, all else as it is; no effect of one.

    Without an option it answers for some prices, discounts and the other interval.
    """
    from models.what_if import NOT_AN_EFFECT, Change
    from pipelines.cli.tables import print_table
    from pipelines.publishing.snapshots import open_snapshot
    from pipelines.readings.what_if import what_if_of

    wanted = {f"price {price}": price, f"discount {discount}%": discount, f"a plan of a {interval}": interval}
    asked = [text for text, value in wanted.items() if value is not None]
    share = None if discount is None else discount / 100
    changes = [Change(", ".join(asked), price, share, _MONTHS.get(interval or ""))] if asked else []
    settings = Settings()
    with open_snapshot(settings, as_of) as connection:
        rows = what_if_of(connection, settings.registry, customer_id, changes)
    if output == "json":
        click.echo(json.dumps({"note": NOT_AN_EFFECT, "scores": rows.to_dicts()}, ensure_ascii=False, indent=1))
        return
    click.echo(NOT_AN_EFFECT)
    print_table(rows.columns, rows.rows())
