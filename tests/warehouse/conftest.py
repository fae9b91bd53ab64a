"""Warehouses that more than one file asks, built once.

Belongs here: fixtures of more than one file. Does not belong here: assertions.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from pipelines.sandbox import simulate
from pipelines.settings import Settings
from tests.homes import shared
from tests.warehouse.building import Warehouse, build_warehouse
from tests.warehouse.story import build_story

_SELECTED = tuple(f"+{name}" for name in (
    "fct_mrr_daily", "fct_mrr_monthly", "fct_mrr_movements", "dim_customers", "dim_customer_cohorts", "build_info",
    "fct_mrr_by_dimension", "fct_offer_monthly", "fct_trials", "fct_churn_monthly", "fct_trial_funnel",
    "fct_renewals_calendar", "fct_dunning_monthly", "fct_payments_monthly", "fct_contact_topics_monthly",
    "fct_resubscribe_monthly", "fct_dunning_by_attempt", "fct_coupon_performance", "fct_account_actions_monthly",
    "fct_recognised_revenue", "fct_journey_daily", "fct_journey_moves_by_combination",
    "fct_journey_flows_daily", "fct_offer_changes", "fct_checkout_steps_by_combination", "fct_payout_reconciliation",
    "fct_subscription_switches", "fct_offer_switches",
))  # fmt: skip


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The story with what tests of metrics read."""

    def make(folder: Path) -> None:
        with _home(folder / "home"):
            build_story(Settings(), folder, *_SELECTED)

    with _home(shared(tmp_path_factory, "story", make) / "home"):
        warehouse = Warehouse(Settings().warehouse)
    # Held open, for to open a file takes longer than most of the queries.
    with duckdb.connect(str(warehouse.path), read_only=True):
        yield warehouse


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Settings:
    """A simulated business with every table, whose tests passed: an environment of one's own, the SQL of dbt in it."""

    def make(folder: Path) -> None:
        simulate(subscribers=60, months=6, seed=3, out=folder / "feeds")
        with _home(folder / "home"):
            build_warehouse(Settings(), folder / "feeds")

    shutil.copytree(shared(tmp_path_factory, "whole", make) / "home", home, symlinks=True)
    return Settings()


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder))
        patched.delenv("CHURNIQ_TIMEZONE", raising=False)
        yield
