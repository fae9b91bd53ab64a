"""The parts of the pages on revenue and retention, and the glossary, in a real headless browser.

Belongs here: what only a browser shows of them: charts that draw, links, errors on the console. Does not belong here:
what the parts say (``test_parts``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.app import marts
from tests.app.test_browser import _IDLE, _fits, _settle, browser, page, served  # noqa: F401 - two are fixtures
from tests.app.test_filters import BY_DIMENSION

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_PARTS = {
    "Retention": ("Cohorts", "Survival", "Churn", "Trials", "Renewals"),
    "Financial performance": ("Movements", "Metrics", "By day and cut", "Recognised revenue", "Payments and payouts"),
}
# The small business has fewer customers than a curve needs, so that part says so and has no chart.
_WITHOUT_CHART = {"Survival": "Too few to draw"}


@pytest.fixture(scope="module")
def address_of_marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small business in all marts."""
    home = tmp_path_factory.mktemp("served-marts")
    with served(home, *marts.ALL, BY_DIMENSION, descriptions=marts.descriptions()) as found:
        yield found


@pytest.mark.parametrize("title", _PARTS)
def test_every_part_in_a_browser(page: Page, address_of_marts: str, title: str) -> None:  # noqa: F811
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address_of_marts)
    page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
    _settle(page, title)
    for part in _PARTS[title]:
        page.get_by_role("radio", name=part, exact=True).click()
        page.wait_for_function(_IDLE)
        failures = page.get_by_test_id("stException").all_inner_texts()
        assert not failures, (part, failures)
        if part in _WITHOUT_CHART:
            page.get_by_text(_WITHOUT_CHART[part]).first.wait_for()
        else:
            page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for()
        _fits(page, part)
    assert not problems


def test_a_number_leads_to_its_entry_in_the_glossary(page: Page, address_of_marts: str) -> None:  # noqa: F811
    page.goto(address_of_marts)
    page.get_by_test_id("stSidebarNav").get_by_text("Retention", exact=True).click()
    _settle(page, "Retention")
    page.get_by_role("link", name="retention.fct_cohort_retention", exact=True).click()
    _settle(page, "Trust")
    assert "search=retention.fct_cohort_retention" in page.url
    page.get_by_text("opening_mrr").first.wait_for()


def test_an_address_leads_from_a_number_to_its_customers(page: Page, address_of_marts: str) -> None:  # noqa: F811
    """The view that a colleague sent: filtered, opened at a month, down to who moved; and carried to the next page."""
    page.goto(f"{address_of_marts}/explore?metric=churn_mrr&at=2025-02-01&country=NL")
    _settle(page, "Explore")
    page.get_by_text("Filtered: country").wait_for()
    page.get_by_text("EUR -10.00 against").wait_for()
    page.get_by_role("radio", name="Customers", exact=True).click()
    page.wait_for_function(_IDLE)
    page.get_by_text("Select a row to trace its customer.").wait_for()
    _fits(page, "Explore")
    page.get_by_test_id("stSidebarNav").get_by_text("Core tables", exact=True).click()
    _settle(page, "Core tables")
    page.get_by_text("Filtered to customers who now have").or_(page.get_by_text("Not filtered")).first.wait_for()
    assert "country=NL" in page.url
