"""The entry point of the dashboards: opens a snapshot, shows the side bar and runs the page that was asked for.

Belongs here: what happens before every page. Does not belong here: what a page shows (``app.app_pages``).
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

# Before any page: charts look pandas up among the loaded modules, and must not meet it half loaded by another session.
import pandas  # noqa: F401, ICN001
import streamlit as st
from altair.utils import schemapi

from app import address, definitions, filters, formatting
from app.connection import reading_together
from app.queries import snapshot
from app.view import SnapshotView, open_view
from app.welcome import show_welcome
from pipelines.errors import UserError
from pipelines.publishing.snapshots import Pointer, find_snapshot, published_pointers
from pipelines.settings import Settings

_FOLDER = Path(__file__).parent
# Altair would validate each step of drawing a chart, and the parts of a composed one, which takes as long as the chart.
schemapi.disable_debug_mode()
schemapi.SchemaBase.to_dict.__defaults__ = (False,)
_HOME = "overview"
PAGES = {
    "Dashboards": [
        ("overview", "Overview", "space_dashboard"),
        ("explore", "Explore", "query_stats"),
        ("financial_performance", "Financial performance", "payments"),
        ("retention", "Retention", "group"),
        ("segmentation", "Segmentation", "target"),
        ("segments", "Segments", "group_work"),
        ("campaigns", "Campaigns", "campaign"),
        ("offers_and_coupons", "Offers and coupons", "sell"),
        ("dunning", "Dunning", "credit_card_off"),
        ("care", "Care", "support_agent"),
    ],
    "Data": [
        ("core_tables", "Core tables", "table_view"),
        ("customer", "Customer", "person_search"),
        ("trust", "Trust", "verified"),
        ("data_health", "Data health", "monitor_heart"),
        ("alerts", "Alerts", "notifications"),
        ("go_live", "Go-live", "rocket_launch"),
    ],
}


def main() -> None:
    """Run one page on one snapshot, or say how to get one."""
    st.set_page_config(page_icon=_FOLDER / "mark.svg", layout="wide")
    st.html(_FOLDER / "style.css")
    st.logo(_FOLDER / "wordmark.svg", size="large", icon_image=_FOLDER / "mark.svg")
    try:
        settings = Settings()
        find_snapshot(settings)
    except UserError as error:
        sentence = str(error)
        # At every address, so that one which was sent says what is missing instead of "Page not found".
        welcomes = [
            st.Page(partial(show_welcome, sentence), title="Welcome", url_path=name, default=name == _HOME)
            for pages in PAGES.values()
            for name, _, _ in pages
        ]
        page = st.navigation(welcomes, position="hidden")
        st.set_page_config(page_title="Welcome · ChurnIQ")
        page.run()
        return
    shown = {
        group: [
            st.Page(
                f"app_pages/{name}.py",
                title=title,
                icon=f":material/{icon}:",
                default=name == _HOME,
                url_path="home" if name == _HOME else name,
            )
            for name, title, icon in pages
        ]
        for group, pages in PAGES.items()
    }
    # The first page has no path of its own, so that the address which its name promises leads to it.
    named = st.Page(_go_home, title="Overview", url_path=_HOME, visibility="hidden")
    page = st.navigation(shown | {"": [named]}, expanded=True)
    if page.url_path == _HOME:
        page.run()
    st.set_page_config(page_title=f"{page.title} · ChurnIQ")
    with reading_together():
        with st.sidebar:
            view = _choose_snapshot(settings, published_pointers(settings))
            _show_freshness(view)
        filters.bar(view)
        page.run()


def _go_home() -> None:
    kept = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    st.switch_page(f"app_pages/{_HOME}.py", query_params=kept)


def _choose_snapshot(settings: Settings, pointers: list[Pointer]) -> SnapshotView:
    chosen = 0
    if len(pointers) > 1:
        by_instant = {pointer.as_of: position for position, pointer in reversed(list(enumerate(pointers)))}
        as_of = address.choose(
            "Snapshot",
            sorted(by_instant, key=by_instant.__getitem__),
            key="as_of",
            default=pointers[0].as_of,
            format_func=lambda as_of: (
                formatting.instant(pointers[by_instant[as_of]].as_of_instant)
                + (" (current)" if by_instant[as_of] == 0 else "")
            ),
            help=definitions.AS_OF,
        )
        chosen = by_instant[as_of]
    return open_view(settings, pointers[chosen], is_current=chosen == 0)


def _show_freshness(view: SnapshotView) -> None:
    st.markdown("**As of**", help=definitions.AS_OF)
    st.caption(f"{formatting.instant(view.as_of)}  \nPublished {formatting.instant(view.published_at)}")
    st.markdown("**Feeds**", help=definitions.FRESHNESS)
    known = [row for row in snapshot.freshness(view.file).iter_rows(named=True) if row["known_rows"]]
    lines = [f"{formatting.words(row['feed'])}: {_told(row['last_recorded_at'])}" for row in known]
    st.caption("  \n".join(lines) if lines else "No feed has rows yet.")


def _told(last: datetime | None) -> str:
    return "sent without a time" if last is None else formatting.day(last)


main()
