"""Price tests on the page of offers.

Belongs here: what a reader sees of them. Does not belong here: results (``tests.activation.test_price_tests``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.charts_of_experiments import INTERVALS
from tests.app import marts
from tests.app.conftest import write_snapshot
from tests.app.test_offers_and_coupons import ROWS
from tests.app.test_pages import open_page, words_of

_RESULTS = """create table offers.fct_price_test_results as select 'spring' as test_id, * from (values
    ('dear', 'realised_value', 30, 3, 3, 6.0, 5.0, {effect}, {effect}, {effect}, {effect}, {effect}, 0.4, 0.0,
        {refusal}, 'dear raised realised_value by 1.')) as rows (variant, metric, horizon_days, people, control_people,
    value, control_value, difference, interval_low, interval_high, sequential_low, sequential_high, sample_ratio_p,
    in_two_share, refusal, headline)"""
_TEST = [
    "insert into offers.dim_price_tests values "
    "('spring', 'low', 'basic', 9, 'EUR', '2025-01-01', null, 'customer', true, null), "
    "('spring', 'dear', 'basic', 12, 'EUR', '2025-01-01', null, 'customer', false, null)",
    "insert into offers.fct_price_test_variants values "
    "('spring', 'low', true, null, true, 3, 1, '2025-01-02', '2025-01-05', 2, 1, 0.5), "
    "('spring', 'dear', false, null, true, 3, 0, '2025-01-02', '2025-01-05', 0, 0, null)",
    "insert into offers.fct_price_test_assignments values "
    "('spring', 'anna', true, 'anna', 'low', '2025-01-02', '2025-01-02', true)",
]


@pytest.mark.parametrize("is_refused", [False, True])
def test_results_stand_with_what_has_to_be_said_of_them(home: Path, is_refused: bool) -> None:
    """A difference was shown beside a warning that people were missing, and was read."""
    values = {"effect": "cast(null as double)", "refusal": "'Not *alike*.'"} if is_refused else {
        "effect": "1.0", "refusal": "cast(null as varchar)"
    }  # fmt: skip
    write_snapshot(home, *marts.ALL, ROWS[0], *_TEST, _RESULTS.format(**values))
    page = open_page("offers_and_coupons", offers_part="price_tests")
    said = words_of(page)
    assert ("raised realised" in said.replace("\\", "")) is not is_refused
    # The sentence had another interval than the table below it, without a word.
    assert (INTERVALS in said) is not is_refused
    assert [error.value for error in page.error] == ([r"Not \*alike\*\."] if is_refused else [])
    assert "1 person was put in two variants" in said.replace("\\", "")
    assert "low: 1 of 2 who subscribed" in said.replace("\\", "")
    # As the business called it: a table had Dear, which the sentences and the command call dear.
    assert any("dear" in table.value.to_numpy() for table in page.dataframe)
    assert len(page.get("vega_lite_chart")) == (not is_refused)


def test_without_any_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *marts.ALL, ROWS[0], _RESULTS.format(effect="1.0", refusal="cast(null as varchar)"))
    assert "No price tests" in words_of(open_page("offers_and_coupons", offers_part="price_tests"))
