"""The contract is written once: its documentation and dbt's sources are made from it."""

from __future__ import annotations

import yaml

from pipelines.contract.documentation import DBT_SOURCES, FEEDS_PAGE, dbt_sources, feeds_page
from pipelines.contract.feeds import FEEDS

AGAIN = "run python -m pipelines.contract.documentation"


def test_the_feeds_page_says_what_the_contract_says() -> None:
    """A column had been optional for a year in the documentation, and required by the code."""
    assert FEEDS_PAGE.read_text() == feeds_page(), AGAIN


def test_the_sources_of_dbt_have_the_columns_of_the_contract() -> None:
    """A column that was added to the contract was missing in dbt's sources, and nobody could document it."""
    assert DBT_SOURCES.read_text() == dbt_sources(), AGAIN
    tables = {table["name"]: table for table in yaml.safe_load(DBT_SOURCES.read_text())["sources"][0]["tables"]}
    for feed in FEEDS.values():
        assert [column["name"] for column in tables[feed.name]["columns"]][:-3] == list(feed.column_names)
