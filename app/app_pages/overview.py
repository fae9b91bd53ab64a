"""How the business does: the headline numbers, what changed and why, whom to act on, and the series behind.

Belongs here: the newest numbers, with links to the pages that explain them. Does not belong here: details of them.
"""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.grid_container import GridContainer

from app import definitions, definitions_of_retention, filters, formatting, layout, tables
from app.parts import metric_chart
from app.queries import core, overview, revenue, scoring, snapshot
from app.view import SnapshotView, current_view
from pipelines.readings.insights import Facts, Link

_KINDS = ("voluntary", "involuntary", "other")


def _headlines(view: SnapshotView, facts: Facts, tiles: GridContainer) -> None:
    months = revenue.months(view.file)
    latest = months.row(-1, named=True)
    numbers = facts.numbers
    since = f"since {latest['month']:%-d %b}"
    change = latest["closing_mrr"] - latest["opening_mrr"]
    layout.tile(
        tiles,
        "MRR",
        formatting.money(latest["closing_mrr"], view.currency),
        formatting.change(change, formatting.money(change, view.currency, signed=True)),
        about=definitions.MRR,
        change=change,
        since=since,
    )
    change = latest["closing_customers"] - latest["opening_customers"]
    layout.tile(
        tiles,
        "Paying customers",
        formatting.count(latest["closing_customers"]),
        formatting.change(change, formatting.count(change, signed=True)),
        about=definitions.PAYING_CUSTOMERS,
        change=change,
        since=since,
    )
    layout.tile(
        tiles,
        "Paying subscriptions",
        formatting.count(numbers["active_subscriptions"]),
        about="Subscriptions with MRR above zero: active or in grace.",
    )
    layout.tile(tiles, "Trials running", formatting.count(numbers["trials"]), about=definitions_of_retention.TRIALS)


def _churn(view: SnapshotView, tiles: GridContainer) -> None:
    complete = revenue.months(view.file).filter("is_complete").tail(2).to_dicts()
    closed = complete[-1] if complete else None
    before = complete[-2] if len(complete) > 1 else None
    for label, field, explanation in (
        ("Customer churn", "customer_churn_rate", definitions.CUSTOMER_CHURN_RATE),
        ("Gross MRR churn", "gross_mrr_churn_rate", definitions.GROSS_MRR_CHURN_RATE),
        ("Net MRR churn", "net_mrr_churn_rate", definitions.NET_MRR_CHURN_RATE),
    ):
        now = closed[field] if closed else None
        earlier = before[field] if before else None
        change = None if now is None or earlier is None else round(now - earlier, 3)
        layout.tile(
            tiles,
            f"{label}, {formatting.month(closed['month'])}" if closed else label,
            formatting.percent(now),
            formatting.points(change) if change or change is None else formatting.change(change, ""),
            about=explanation + " Of the newest month that is over.",
            change=change,
            colour="inverse",
            since=f"on {before['month']:%b}" if before and earlier is not None else None,
        )
    layout.tile(
        tiles,
        "Churned by kind",
        " · ".join(
            formatting.count(closed[f"{kind}_churned_customers"]) for kind in ("voluntary", "involuntary", "other")
        )
        if closed
        else formatting.NOTHING,
        "voluntary · involuntary · other" if closed else None,
        about=definitions.CHURN_KIND,
    )


def _ahead(view: SnapshotView, facts: Facts, tiles: GridContainer) -> None:
    numbers = facts.numbers
    layout.tile(
        tiles,
        "MRR at high risk",
        formatting.money(numbers["mrr_at_high_risk"], view.currency),
        None
        if numbers["high_risk_customers"] is None
        else formatting.plural(numbers["high_risk_customers"], "customer"),
        about=definitions.RISK_BAND,
    )
    for label, name in (("MRR due within 30 days", "renewals"), ("Of it set to cancel", "known_losses")):
        layout.tile(
            tiles,
            label,
            formatting.money(numbers[f"{name}_mrr"], view.currency),
            None if numbers[name] is None else formatting.plural(int(numbers[name]), "subscription"),
            about=definitions_of_retention.RENEWALS,
        )
    layout.tile(
        tiles,
        "MRR past its paid period",
        formatting.money(numbers["overdue_mrr"], view.currency),
        formatting.plural(int(numbers["overdue_subscriptions"] or 0), "subscription"),
        about=definitions.OVERDUE,
    )


def _changed(facts: Facts) -> None:
    layout.section(
        f"What changed in {formatting.month(facts.month)}" if facts.month else "What changed",
        "Against the month before. Unusual: outside 3.5 robust deviations of the changes of earlier months. "
        "`churniq insights` writes the same as a letter.",
    )
    if facts.caution:
        st.warning(formatting.plain(facts.caution), icon=":material/hourglass_top:")
    if not facts.insights:
        st.caption("Two complete months are needed to say what changed.")
    for each in facts.insights:
        word = {True: ":orange-badge[Unusual]", False: ":gray-badge[Usual]", None: ":gray-badge[Early]"}
        mark = word[each.is_news]
        # The narrower is as wide as the link on a narrow page with its side bar.
        words, link = st.columns([6, 1.3], vertical_alignment="center")
        words.markdown(f"{mark} {formatting.plain(each.sentence)}")
        with link:
            _show(each.link)


def _acts(view: SnapshotView, facts: Facts) -> None:
    layout.section("Worth acting on this week", "The saved segments of whom most MRR is expected to be lost.")
    if not facts.acts:
        st.caption("No segment holds anybody with something to lose.")
    for caveat in scoring.caveats(view.file) if facts.acts else ():
        st.warning(f"The scores say little. {formatting.plain(caveat)}", icon=":material/warning:")
    for column, act in zip(st.columns(3), facts.acts, strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{formatting.plain(act.title)}**")
            st.markdown(
                f"{formatting.plural(act.customers, 'customer')} with {formatting.money(act.mrr, view.currency)} MRR"
            )
            st.caption(formatting.plain(act.why))
            _show(act.link)


def _show(link: Link) -> None:
    st.page_link(
        f"app_pages/{link.page}.py",
        label="Show it",
        icon=":material/arrow_forward:",
        query_params=link.query,
        width="content",
    )


def _customers(view: SnapshotView) -> None:
    layout.section("Customers by status", definitions.PAYING_CUSTOMERS)
    tables.show_table(view, core.customer_statuses(view.file))
    st.page_link("app_pages/core_tables.py", label="Show the customers", icon=":material/arrow_forward:")


def _risk(view: SnapshotView) -> None:
    layout.section("Likely to leave", definitions.CHURN_PROBABILITY)
    if "scoring.fct_churn_scores" not in snapshot.tables(view.file):
        layout.empty_state("No churn scores yet", "Scores appear once the history is long enough to learn from.")
        return
    bands = scoring.score_bands(view.file).select("risk_band", "customers", "mrr", "mean_probability")
    if bands.is_empty():
        layout.empty_state("Nobody to score", "No customer pays at the as-of instant.")
        return
    tables.show_table(view, bands)
    st.page_link("app_pages/segmentation.py", label="Show who and why", icon=":material/arrow_forward:")


view = current_view()
layout.page_header(view, "Overview", "How is the business doing, and what changed?")
if revenue.months(view.file).is_empty():
    layout.no_rows(
        view,
        "No recurring revenue yet",
        "No subscription has had a recurring price above 0 so far.",
        "subscription_events",
    )
else:
    known = overview.facts(view.file)
    if filters.current_filters().narrows:
        st.caption("The numbers and sentences are of everybody; the charts below are filtered.")
    tiles = layout.tiles(12)
    _headlines(view, known, tiles)
    _churn(view, tiles)
    _ahead(view, known, tiles)
    if not revenue.months(view.file)["is_complete"].any():
        st.info("No month is over yet, so there are no churn rates: they appear with the first complete month.")
    _changed(known)
    _acts(view, known)
    left, right = st.columns(2, gap="medium")
    with left:
        metric_chart.show(view, "mrr")
    with right:
        metric_chart.show(view, "customer_churn_rate")
columns = st.columns(2, gap="medium")
with columns[0]:
    _customers(view)
with columns[1]:
    _risk(view)
