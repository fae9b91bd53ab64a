"""Cohorts and survival of some of the customers, by hand.

Belongs here: what a few customers make known by head. Does not belong here: equality with the marts
(``tests/warehouse/test_retention_against_reference.py``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.readings.beginners import (
    Beginners,
    cohort_cells,
    durations,
    followed_at,
    half_life,
    survival_at,
    survival_curves,
)

# anna stays, bert leaves and returns, cleo leaves for good; only bert began on the web.
SMALL = """
create schema retention; create schema revenue; create schema ops;
create table ops.build_info as select date '2025-03-20' as as_of_date;
create table retention.dim_customer_cohorts as select * from (values
    ('anna', date '2025-01-03', date '2025-01-01', null, 76, 'basic', 'app', 'NL', 'search'),
    ('bert', date '2025-01-04', date '2025-01-01', date '2025-02-03', 30, 'basic', 'web', 'DE', 'search'),
    ('cleo', date '2025-02-05', date '2025-02-01', date '2025-03-07', 30, 'plus', 'app', 'DE', 'social'))
    as rows (customer_id, first_paid_date, cohort_month, first_churn_date, days_to_first_churn, first_offer, channel,
        country, acquisition_channel);
create table revenue.fct_mrr_movements as select * from (values
    (date '2025-01-03', 'anna', 'new', 10.0), (date '2025-02-03', 'anna', 'expansion', 5.0),
    (date '2025-01-04', 'bert', 'new', 20.0), (date '2025-02-03', 'bert', 'churn', -20.0),
    (date '2025-03-02', 'bert', 'reactivation', 20.0),
    (date '2025-02-05', 'cleo', 'new', 8.0), (date '2025-03-07', 'cleo', 'churn', -8.0))
    as rows (movement_date, customer_id, movement_type, mrr_change);
"""


def _ask(sql: str, of: Beginners) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute(SMALL)
        bound = {name: list(value) if isinstance(value, tuple) else value for name, value in of.values()}
        frame = pl.from_arrow(connection.sql(sql, params=bound).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


@pytest.mark.parametrize(
    ("of", "retained"),
    [
        (Beginners(), [2, 1, 2, 1, 0]),
        (Beginners((("channel", ("app",)),)), [1, 1, 1, 1, 0]),
        (Beginners((("country", ("DE",)), ("offer", ("basic", "plus")))), [1, 0, 1, 1, 0]),
        (Beginners(first=date(2025, 1, 15)), [1, 0]),
        (Beginners(only=("bert",)), [1, 0, 1]),
        (Beginners(only=()), []),
    ],
)
def test_cohorts_are_of_those_who_began_so(of: Beginners, retained: list[int]) -> None:
    """A filter that was ignored showed everybody's cohorts under the name of one country."""
    cells = _ask(cohort_cells(of, "months"), of)
    assert cells["retained_customers"].to_list() == retained
    assert set(cells.filter(pl.col("cohort") > date(2025, 1, 31))["is_complete"]) <= {True, False}


def test_cells_of_a_cut_sum_to_the_whole() -> None:
    whole, cut = (_ask(cohort_cells(Beginners(), "weeks", by), Beginners()) for by in (None, "country"))
    keys, sums = ["cohort", "period_number"], ["cohort_size", "retained_customers", "retained_mrr"]
    assert cut.group_by(keys).agg(pl.col(sums).sum()).sort(keys).equals(whole.sort(keys).select(keys + sums))


def test_survival_by_hand() -> None:
    """Two of three are gone on day 30, while the third is still followed; of DE everybody is."""
    curves = survival_curves(_ask(durations(Beginners(), "country"), Beginners()))
    assert curves.filter(dimension_value="DE")["survival_probability"].to_list() == [0.0]
    assert curves.filter(dimension_value="DE")["standard_error"].to_list() == [None]
    row: dict[str, Any] = survival_curves(_ask(durations(Beginners()), Beginners())).row(0, named=True)
    assert (row["customers_at_risk"], row["churned_customers"], row["censored_customers"]) == (3, 2, 0)
    assert row["survival_probability"] == pytest.approx(1 / 3)
    assert row["standard_error"] == pytest.approx(1 / 3 * (2 / 3) ** 0.5)


def test_milestones_end_where_nobody_was_followed() -> None:
    curve = survival_curves(_ask(durations(Beginners()), Beginners()))
    assert [survival_at(curve, day) for day in (0, 30, 77)] == [1.0, pytest.approx(1 / 3), None]
    assert [followed_at(curve, day) for day in (0, 31, 77)] == [3, 1, 0]
    assert half_life(curve) == 30
    assert survival_at(curve.clear(), 30) is None
    assert half_life(curve.clear()) is None
