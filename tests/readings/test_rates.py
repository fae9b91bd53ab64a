"""Rates over rows that a reader has chosen."""

from __future__ import annotations

import duckdb

from pipelines.readings.rates import rate_of_sums, running_share, share_of_days, share_of_whole, step_of_share


def _value(query: str) -> object:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def test_sums_are_divided_and_never_rates_averaged() -> None:
    """One of two and nine of ten are ten of twelve; the mean of their rates, seven tenths, is nobody's."""
    cohorts = "(values (1, 2), (9, 10)) as cohorts (kept, size)"
    assert _value(f"select {rate_of_sums('kept', 'size')} from {cohorts}") == [(10 / 12,)]
    assert _value(f"select {rate_of_sums('kept', 'size - size')} from {cohorts}") == [(None,)]


def test_money_is_divided_without_being_rounded_first() -> None:
    """A decimal over a decimal of four places may lose digits on the way."""
    amounts = "(values (cast(1 as decimal(38, 4)), cast(3 as decimal(38, 4)))) as amounts (kept, size)"
    assert _value(f"select {rate_of_sums('kept', 'size')} from {amounts}") == [(1 / 3,)]


def test_shares_run_up_to_all() -> None:
    query = f"select day, {running_share('count(*)', 'day')} from (values (1), (1), (4), (9)) as t (day) group by day"
    assert _value(f"{query} order by day") == [(1, 0.5), (4, 0.75), (9, 1.0)]


def test_a_share_of_one_is_in_the_last_step() -> None:
    """Everybody who was sure to leave had a bar of their own beyond the axis."""
    values = "(values (0.0), (0.049), (0.05), (0.999), (1.0)) as t (share)"
    assert _value(f"select {step_of_share('share', 20)} from {values}") == [(0.0,), (0.0,), (0.05,), (0.95,), (0.95,)]


def test_a_part_of_an_empty_whole_is_nothing() -> None:
    """A page that explained the first month of a business once divided by nothing."""
    assert (share_of_whole(1.0, 4.0), share_of_whole(0.0, 0.0)) == (0.25, 0.0)


def test_days_beyond_the_window_are_the_whole_of_it() -> None:
    asked = ", ".join(share_of_days(days, 28) for days in ("null", "7", "29"))
    assert _value(f"select {asked}") == [(0, 0.25, 1)]
