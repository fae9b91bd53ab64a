"""Metrics that vendors make of others, by the hand examples of their documentation.

Belongs here: what each definition answers. Does not belong here: the command (``tests/cli/test_metrics.py``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.readings.vendor_definitions import DEFINITIONS, UNANSWERED, definition_of

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
# Twenty customers pay 100 from January on; in July MRR moves by the sums below, and ARPU stays 100.
TABLES = """
create schema core; create schema revenue; create schema ops; create schema conventions; create schema retention;
create table ops.build_info as select date '2025-07-31' as as_of_date, 'UTC' as timezone;
create table core.dim_customers as select 'c' || n as customer_id, 'NL' as country from range(40) as numbers (n);
create table revenue.fct_mrr_movements as
    select date '2025-01-01' as movement_date, 'c' || n as customer_id, 'new' as movement_type,
        cast(100 as decimal(18, 4)) as mrr_change, cast(0 as decimal(18, 4)) as mrr_before,
        cast(100 as decimal(18, 4)) as mrr_after, cast(null as varchar) as churn_kind
    from range(20) as numbers (n);
insert into revenue.fct_mrr_movements values
    ('2025-07-02', 'c0', 'churn', -100, 100, 0, 'voluntary'), ('2025-07-03', 'c20', 'new', 100, 0, 100, null),
    ('2025-07-03', 'c1', 'contraction', -60, 100, 40, null), ('2025-07-04', 'c2', 'expansion', 60, 100, 160, null),
    ('2025-07-05', 'c3', 'churn', -100, 100, 0, 'voluntary'), ('2025-07-06', 'c3', 'reactivation', 100, 0, 100, null);
create table revenue.fct_subscription_mrr_movements as
    select movement_date, customer_id || '/1' as subscription_id, 'new' as cause, mrr_change
    from revenue.fct_mrr_movements;
-- Whoever moves from one subscription to another is lost and new to those who compare subscriptions.
insert into revenue.fct_subscription_mrr_movements values
    ('2025-07-08', 'c4/1', 'switch', -100), ('2025-07-08', 'c4/2', 'switch', 100), ('2025-03-01', 'c5/2', 'new', 0);
create table retention.fct_trials as
    select date '2025-07-01' as end_date, 'c' || n as customer_id, 's' || n as subscription_id,
        case when n < 3 then 'converted' else 'lost' end as outcome from range(4) as numbers (n);
create table conventions.fct_metric_variants as
    select cast(date '2025-01-01' + to_months(cast(n as integer)) as date) as month, convention, metric,
        case when convention = 'chartmogul' and n = 6 then 10 else 1 end as numerator, 20 as denominator
    from range(7) as numbers (n), (values ('chartmogul'), ('baremetrics'), ('recurly')) as conventions (convention),
        (values ('customer_churn_rate'), ('net_mrr_churn_rate')) as metrics (metric);
"""


@pytest.mark.parametrize(
    ("metric", "convention", "value"),
    [
        # ChartMogul's own: ARPA 100, six months at 5 %. The 50 % of July itself are no part of the six months before.
        ("lifetime_value", "chartmogul", 2000.0),
        ("lifetime_value", "baremetrics", 2000.0),
        # 100 x 1.1 / (0.1 + 0.05)
        ("lifetime_value", "recurly", 733.3333),
        # (100 + 60) / (60 + 100 + 100): who returned counts as lost and not as gained.
        ("quick_ratio", "baremetrics", 0.6154),
        ("net_revenue_retention", "baremetrics", 0.95),
        # Of 2,000 c0 and c4/1 lost 100 and c1 60; c2 won 60. c3, back by the close, lost nothing; c20 was not there.
        ("gross_revenue_retention", "chargebee", 0.87),
        ("net_revenue_retention", "chargebee", 0.9),
        ("trial_conversion_rate", "stripe", 0.75),
    ],
)
def test_each_answers_its_hand_example(metric: str, convention: str, value: float) -> None:
    """Those who compare with their old tool were told that it defines no lifetime value, though its help page does."""
    definition = definition_of(metric, convention)
    assert definition is not None
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        ((period, numerator, denominator, found, default, gap),) = connection.execute(
            definition.sql(date(2025, 7, 1), date(2025, 7, 1))
        ).fetchall()
    assert (period, round(found, 4)) == (date(2025, 7, 1), value)
    assert found == pytest.approx(numerator / denominator)
    assert gap == pytest.approx(found - default)


def test_each_stands_in_the_documentation_with_its_source() -> None:
    """A number by a vendor's name without its page cannot be checked by anybody."""
    page = PAGE.read_text()
    for each in DEFINITIONS:
        assert f"| `{each.metric}` | `{each.convention}` | {each.formula} | {each.source} |" in page
    for (convention, metric), reason in UNANSWERED.items():
        assert f"- {convention} {reason}: no `{metric}`." in page
