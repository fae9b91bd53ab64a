"""The one-screen summary after a demo: what the business looks like and where everything lies.

Belongs here: selecting and laying out published numbers. Does not belong here: calculating any.
"""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.settings import Settings


def print_summary(settings: Settings) -> None:
    """Print subscribers, MRR, churn, the top risks, and the folders of the environment."""
    pointer = find_snapshot(settings)
    with open_snapshot(settings) as connection:
        currency = connection.execute("select reporting_currency from ops.build_info").fetchall()[0][0]
        months = connection.execute(
            "select month, closing_customers, closing_mrr, customer_churn_rate, net_mrr_churn_rate, "
            "voluntary_churned_customers, involuntary_churned_customers "
            "from revenue.fct_mrr_monthly where is_complete order by month desc limit 3"
        ).fetchall()
        risks = connection.execute(
            "select customer_id, churn_probability, coalesce(reason_1, '') from scoring.fct_churn_scores "
            "order by churn_probability desc, customer_id limit 5"
        ).fetchall()
    click.echo(f"\nChurnIQ as of {pointer.as_of}Z")
    click.echo(
        f"\n{'month':<10}{'paying':>9}{'MRR ' + currency:>16}{'churn':>8}{'net MRR churn':>15}{'vol./invol.':>14}"
    )
    for month, customers, mrr, churn, net, voluntary, involuntary in months:
        click.echo(
            f"{month:%Y-%m}   {customers:>9,}{mrr:>16,.2f}{_percent(churn):>8}{_percent(net):>15}"
            f"{f'{voluntary}/{involuntary}':>14}"
        )
    click.echo("\nmost at risk within 30 days")
    for customer, probability, reason in risks:
        click.echo(f"  {customer:<18}{probability:>6.1%}  {reason}")
    snapshot: Path = settings.published / pointer.file
    click.echo(f"\nhome      {settings.home}\nlake      {settings.lake}\nsnapshot  {snapshot}")
    click.echo('query it  churniq sql "select * from revenue.fct_mrr_monthly"\n')


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.1%}"
