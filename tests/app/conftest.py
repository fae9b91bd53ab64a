"""A small published snapshot for the tests of the app.

Belongs here: fixtures that write snapshots. Does not belong here: assertions.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from pipelines.publishing.descriptions import Description
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from tests.homes import fill

APP = Path(__file__).parents[2] / "app" / "streamlit_app.py"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AS_OF = datetime.fromisoformat("2025-03-20T12:00:00")
SNAPSHOT = (Path(__file__).parent / "snapshot.sql").read_text()
EMPTY_TABLES = ("core.dim_offers", "core.fct_transactions", "scoring.fct_churn_scores")


def write_snapshot(
    home: Path,
    *changes: str,
    as_of: datetime = AS_OF,
    is_current: bool = True,
    descriptions: Sequence[Description] = (),
) -> Settings:
    """Publish the small business in ``home`` after running the statements ``changes`` on its warehouse."""
    settings = Settings().prepare()
    assert settings.home == home
    fill(
        settings,
        (changes, as_of, is_current, tuple(descriptions)),
        lambda: _publish(settings, *changes, as_of=as_of, is_current=is_current, descriptions=descriptions),
    )
    return settings


def _publish(
    settings: Settings, *changes: str, as_of: datetime, is_current: bool, descriptions: Sequence[Description]
) -> None:
    warehouse = settings.work / "small.duckdb"
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(SNAPSHOT)
        connection.execute("update ops.build_info set as_of = $1, as_of_date = cast($1 as date)", [as_of])
        for change in changes:
            connection.execute(change)
    publish(
        settings,
        warehouse,
        name=f"{as_of:%Y%m%dT%H%M%S}",
        as_of=as_of,
        lake_version=1,
        is_current=is_current,
        descriptions=descriptions,
    )


# Each app under test reads what every installed package says about itself, which takes longer than its page.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


# Charts that were validated, without their data, of which the schema asks nothing.
_VALID: set[str] = set()


@pytest.fixture(autouse=True)
def _charts_are_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages send charts that nobody validates, so what a page sends in a test is held against Vega-Lite's schema."""
    send = st.altair_chart

    def validated(chart: Any, **looks: Any) -> Any:
        drawn = json.dumps({**chart.to_dict(), "datasets": {}}, sort_keys=True)
        if drawn not in _VALID:
            alt.TopLevelSpec.validate(chart.to_dict())
            _VALID.add(drawn)
        return send(chart, **looks)

    monkeypatch.setattr(st, "altair_chart", validated)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own in which nothing is published yet."""
    for name in ("ENV", "REPORTING_CURRENCY", "TIMEZONE"):
        monkeypatch.delenv(f"CHURNIQ_{name}", raising=False)
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path))
    st.cache_data.clear()
    return tmp_path


@pytest.fixture
def published_home(home: Path) -> Path:
    """An environment whose current snapshot is the small business of ``snapshot.sql``."""
    write_snapshot(home)
    return home
