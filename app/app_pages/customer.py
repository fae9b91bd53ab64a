"""Everything that is known of one customer, from the headline down to the rows.

Belongs here: the trace of one customer id. Does not belong here: lists of customers (``core_tables``).
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import address, charts_of_people, definitions, definitions_of_care, formatting, layout, tables
from app.parts import notes
from app.queries import care, core, customer, explanations, scoring, snapshot
from app.queries.rows import all_rows, number_of_rows
from app.view import SnapshotView, current_view
from pipelines.activation.contacts import customers_at
from pipelines.errors import UserError
from pipelines.settings import Settings

_TRACES = {
    "movements": ("Movements", definitions.MOVEMENT),
    "spans": ("Subscription spans", "Spans of time in which the state of a subscription did not change."),
    "subscriptions": ("Subscriptions", "The state of each subscription at the as-of instant."),
    "transactions": ("Transactions", definitions.REVENUE),
    "entitlements": ("Entitlements", "When the customer had access, and what gave it."),
    "anomalies": ("Anomalies", definitions.ANOMALIES),
    "story": (
        "Events and files",
        "Everything in the order in which it happened, what it changed, and the file and row that it came in. "
        "`churniq explain customer` prints the same.",
    ),
}
_STORY = "story"


def _profile(view: SnapshotView, row: dict[str, Any]) -> None:
    tiles = layout.tiles(4)
    layout.tile(tiles, "Status", formatting.words(row["status"]))
    layout.tile(tiles, "MRR", formatting.money(row["current_mrr"], view.currency), about=definitions.MRR)
    layout.tile(tiles, "First paid", formatting.day(row["first_paid_date"]))
    layout.tile(
        tiles,
        "Lifetime revenue",
        formatting.money(row["lifetime_revenue"], view.currency),
        about=definitions.LIFETIME_REVENUE,
    )
    facts = {
        "Country": row["country"],
        "E-mail": row["email_masked"],
        "Acquired through": row["acquisition_channel"] and formatting.words(row["acquisition_channel"]),
        "Campaign": row["acquisition_campaign"],
    }
    details = [f"{name}: {formatting.plain(value)}" for name, value in facts.items() if value]
    details.append(f"Registered: {formatting.day(row['registered_at'])}")
    details.append(f"Times returned: {formatting.count(row['returns'])}")
    st.caption(" · ".join(details))


def _score(view: SnapshotView, customer_id: str) -> None:
    if "scoring.fct_churn_scores" not in snapshot.tables(view.file):
        return
    for score in all_rows(view.file, customer.of_customer("scores", customer_id)).to_dicts():
        layout.section("Risk of leaving", definitions.CHURN_PROBABILITY)
        left, right = st.columns([1, 3], vertical_alignment="center")
        layout.tile(
            left,
            f"Within {score['horizon_days']} days",
            formatting.percent(score["churn_probability"]),
            f"{score['risk_band'].capitalize()} risk",
        )
        reasons = [score[name] for name in ("reason_1", "reason_2", "reason_3") if score[name]]
        right.markdown(
            "\n".join(f"{position}. {formatting.plain(reason)}" for position, reason in enumerate(reasons, 1))
            if reasons
            else "Nothing about this customer stands out.",
            help=definitions.REASONS,
        )
        if score.get("failure_probability") is not None:
            right.caption(
                f"Of this {formatting.percent(score['choice_probability'])} by choice or in another way, "
                f"{formatting.percent(score['failure_probability'])} for failing to pay."
            )
        if st.toggle("With another price, discount or interval", key="what-if"):
            _what_if(view, customer_id)


def _what_if(view: SnapshotView, customer_id: str) -> None:
    try:
        rows = scoring.what_if(view.file, customer_id)
    except UserError as error:
        layout.empty_state("The model cannot be asked", str(error))
        return
    st.caption(definitions.WHAT_IF)
    tables.small_table(view, rows.drop("difference"), name="customer-what-if")


def _purchases(view: SnapshotView, customer_id: str) -> None:
    if "scoring.fct_purchase_values" not in snapshot.tables(view.file):
        return
    for bought in all_rows(view.file, customer.of_customer("purchases", customer_id)).to_dicts():
        layout.section("Passes, pay-per-view and rentals", definitions.EXPECTED_PURCHASES)
        tiles = layout.tiles(4)
        layout.tile(tiles, "Days with purchases", formatting.count(bought["purchase_days"]))
        layout.tile(tiles, "They brought", formatting.money(bought["revenue"], view.currency))
        layout.tile(tiles, f"Expected within {bought['horizon_days']} days", f"{bought['expected_purchases']:.2f}")
        layout.tile(tiles, "Expected revenue", formatting.money(bought["expected_revenue"], view.currency))


def _care(view: SnapshotView, customer_id: str) -> None:
    if not {"care.fct_next_best_steps", "care.fct_support_contacts"} <= snapshot.tables(view.file):
        return
    for step in all_rows(view.file, care.step_of_customer(customer_id)).to_dicts():
        layout.section("Next best step", definitions_of_care.STEP)
        others = step["open_reasons"] - 1
        st.markdown(
            f"**{formatting.words(step['step'])}.** "
            f"{formatting.plain(step['evidence'])}."
            + (f" {formatting.plural(others, 'more reason')}." if others else "")
        )
    tickets = care.tickets_of_customer(customer_id)
    if number_of_rows(view.file, tickets):
        layout.section("Support tickets", definitions_of_care.CONTACTS)
        tables.browse(view, tickets, name="customer-tickets", empty="This customer never asked.")


def _access(view: SnapshotView, customer_id: str) -> None:
    now = customer.access_now(view.file, customer_id, view.as_of)
    layout.section("Access now", "What the customer may watch at the as-of instant, and until when.")
    if now.is_empty():
        st.caption("No access at the as-of instant.")
    else:
        tables.show_table(view, now, table="core.fct_entitlements")


def _story(view: SnapshotView, customer_id: str) -> None:
    try:
        rows = explanations.story_of(view.pointer, customer_id)
    except UserError as error:
        layout.empty_state("The events are not here", str(error))
        return
    tables.small_table(view, rows, name=f"customer-{_STORY}")


def _history(view: SnapshotView, customer_id: str) -> None:
    spans = all_rows(view.file, customer.of_customer("spans", customer_id))
    layout.section("The story on one axis", _TRACES["spans"][1])
    if spans.is_empty():
        layout.empty_state("No subscription", "This customer never had one.")
    else:
        scores = scoring.published_scores(view.pointer, customer_id)
        happened = pl.concat([customer.events(view.file, customer_id), scoring.on_the_axis(scores)])
        layout.chart(
            charts_of_people.story(spans, happened, view.as_of),
            alt=f"{spans['subscription_id'].n_unique()} subscriptions and {happened.height} events over time",
        )
        st.caption(
            "Payments, contacts and campaigns where they happened; viewing by month, fuller is more days; risk by the "
            "day of a published score, fuller is likelier to leave."
        )
    counts = {
        name: number_of_rows(view.file, customer.of_customer(name, customer_id)) for name in _TRACES if name != _STORY
    }
    chosen = st.segmented_control(
        "Rows of",
        list(_TRACES),
        default="movements",
        required=True,
        format_func=lambda name: _TRACES[name][0] + (f" ({counts[name]:,d})" if name in counts else ""),
        key="trace",
    )
    name = chosen or "movements"
    st.caption(_TRACES[name][1])
    if name == _STORY:
        _story(view, customer_id)
        return
    rows = customer.of_customer(name, customer_id)
    tables.browse(
        view, rows, name=f"customer-{name}", empty=f"This customer has no {_TRACES[name][0].lower()}.", is_narrowed=True
    )


def _owners(view: SnapshotView, wanted: str) -> list[str]:
    """Whose an id of something else is, or an address, which a build keeps beside the snapshot."""
    if "@" in wanted:
        return customers_at(Settings(), wanted)
    return customer.find(view.file, wanted) or explanations.owners_of(view.pointer, wanted)


view = current_view()
layout.page_header(
    view, "Customer", "What happened to this customer, event by event?", not_cut="it is about one customer"
)
wanted = address.search(
    "Customer",
    key="customer_id",
    placeholder="Id of a customer, subscription, payment, ticket or event, or an e-mail address",
)
found = customer.customer(view.file, wanted) if wanted else None
owners = _owners(view, wanted) if wanted and found is None else []
if len(owners) == 1:
    st.caption(f"{formatting.verbatim(wanted)} belongs to customer {formatting.verbatim(owners[0])}.")
    wanted, found = owners[0], customer.customer(view.file, owners[0])
if found is not None:
    _profile(view, found)
    _score(view, wanted)
    _purchases(view, wanted)
    _care(view, wanted)
    _access(view, wanted)
    notes.show(wanted)
    _history(view, wanted)
elif wanted:
    st.warning(f"No customer has exactly the id {formatting.verbatim(wanted)}. These ids or details contain it:")
    tables.browse_customers(view, core.customers(wanted, None), name="matches", empty="Nothing contains it either.")
else:
    st.caption("Search, or choose a customer here:")
    tables.browse_customers(view, core.customers("", None), name="matches", empty="There are no customers yet.")
