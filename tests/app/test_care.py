"""The page on care, and the next step on the page of a customer, on marts whose numbers are known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the other pages (``test_pages``).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import write_snapshot
from tests.app.marts import SCHEMAS, contract_tables, descriptions
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, table_with, words_of

ROWS = [
    """insert into care.fct_support_contacts by name
        select ticket_id, customer_id, opened_at, cast(opened_at as date) as opened_date,
            opened_at + interval 3 hour as closed_at, 'chat' as channel, topic,
            case when topic = 'unknown' then 'unknown' else 'labelled' end as topic_source, 3 as hours_to_close,
            csat, 'paying' as customer_status, 10 as mrr, true as counts_for_churn, false as is_complete
        from (values ('k1', 'anna', timestamp '2025-02-10 10:00:00', 'billing', 2),
            ('k2', 'bert', timestamp '2025-03-10 10:00:00', 'billing', 1),
            ('k3', 'anna', timestamp '2025-03-11 10:00:00', 'unknown', null)
        ) as tickets (ticket_id, customer_id, opened_at, topic, csat)""",
    """insert into care.fct_contact_topics_monthly by name
        select month, topic, contacts, contacts as labelled_contacts, 0 as predicted_contacts,
            contacts as paying_contacts, rate as contacts_per_1000_paying, contacts as closed_contacts,
            75.0 as median_hours_to_close, 1 as csat_answers, csat as csat_mean,
            40 as yearly_measured_contacts, 4 as yearly_churned_contacts, 0.1 as yearly_contact_churn_rate,
            0.05 as yearly_paying_churn_rate, lift as yearly_churn_lift, false as is_complete
        from (values (date '2025-02-01', 'billing', 1, 333.3, 2.0, null),
            (date '2025-02-01', '(all)', 1, 333.3, 2.0, null),
            (date '2025-03-01', 'billing', 1, 250.0, 1.0, 2.5), (date '2025-03-01', 'unknown', 1, 250.0, null, null),
            (date '2025-03-01', '(all)', 2, 500.0, 1.0, 2.0)
        ) as months (month, topic, contacts, rate, csat, lift)""",
    """insert into care.fct_next_best_steps by name
        select * from (values ('bert', 'answer_ticket', 3, 'Still open: ticket k2 of 2025-03-10', 'k2', 2, 10),
            ('anna', 'ask_for_new_card', 1, 'Payment of 9.99 EUR failed', null, 1, 1250)
        ) as steps (customer_id, step, priority, evidence, ticket_id, open_reasons, current_mrr)""",
    """insert into care.topic_model_quality by name
        select split, topic, metric, number as value, 'topics-1' as model_version, 'Learned from 9 texts.' as note
        from (values ('later_tickets', '(all)', 'texts', 40), ('later_tickets', '(all)', 'accuracy', 0.8125),
            ('later_tickets', '(all)', 'macro_f1', 0.75), ('later_tickets', '(all)', 'majority_accuracy', 0.3),
            ('later_tickets', '(all)', 'coverage', 0.5), ('later_tickets', '(all)', 'precision_when_predicted', null),
            ('later_tickets', '(all)', 'expected_calibration_error', 0.04), ('later_tickets', '(all)', 'log_loss', 1),
            ('later_tickets', 'billing', 'texts', 40), ('later_tickets', 'billing', 'precision', 0.9),
            ('later_tickets', 'billing', 'recall', 0.6), ('later_tickets', 'billing', 'f1', 0.72),
            ('model', '(all)', 'threshold', 0.7)
        ) as metrics (split, topic, metric, number)""",
]  # fmt: skip
TABLES = [*(f"create schema if not exists {schema}" for schema in SCHEMAS), *contract_tables()]
PARTS = ("topics", "steps", "classifier")


@pytest.fixture
def care_home(home: Path) -> Path:
    """An environment whose current snapshot has tickets."""
    write_snapshot(home, *TABLES, *ROWS, descriptions=descriptions())
    return home


def open_care(part: str, *opened: str) -> AppTest:
    """A part of the page, after it ran, with some of its expanders open."""
    return open_page("care", *opened, care_part=part)


def test_the_headline_is_that_of_the_newest_month(care_home: Path) -> None:
    shown = metrics_of(open_page("care"))
    assert shown["Contacts, Mar 2025 so far"] == "2"
    assert shown["Per 1,000 paying"] == "500.0"
    assert shown["Median time to close"] == "3 days"
    assert shown["Satisfaction"] == "1.0"
    assert shown["Churn after contact"] == "2.0 times"


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_to_its_rows(care_home: Path, part: str) -> None:
    app = open_care(part, "tickets", "quality")
    assert app.subheader
    assert len(app.dataframe)


def test_a_month_and_a_topic_lead_to_their_tickets(care_home: Path) -> None:
    app = open_care("topics", "tickets")
    app.selectbox(key="month").set_value(app.selectbox(key="month").options[0]).run()
    assert table_with(app, "labelled_contacts")["topic"].to_list() == ["Billing", "Unknown", "All together"]
    assert ids_of(app) == ["bert", "anna"]
    app.selectbox(key="care-topic").set_value("billing").run()
    assert ids_of(app) == ["bert"]
    app.selectbox(key="month").set_value(app.selectbox(key="month").options[1]).run()
    assert ids_of(app) == ["anna"]


def test_steps_are_listed_by_urgency_and_picked(care_home: Path) -> None:
    app = open_care("steps")
    assert table_of(app)["step"].to_list() == ["Ask for a new card", "Answer the ticket"]
    assert ids_of(app) == ["anna", "bert"]
    app.segmented_control(key="care-step").set_value("answer_ticket").run()
    assert ids_of(app) == ["bert"]


def test_the_classifier_is_shown_beside_the_baseline(care_home: Path) -> None:
    app = open_care("classifier")
    shown = metrics_of(app)
    assert (shown["Right answers"], shown["Baseline"]) == ("81.2%", "30.0%")
    assert shown["Right if predicted"] == "\N{EN DASH}"
    assert table_of(app).rows() == [("Billing", 40, 0.9, 0.6, 0.72)]
    assert "Learned from 9 texts" in words_of(app)


def test_a_customer_has_the_next_step_and_the_tickets(care_home: Path) -> None:
    words = words_of(open_page("customer", customer_id="bert"))
    assert "Answer the ticket" in words
    assert "1 more reason" in words
    assert "Next best step" not in words_of(open_page("customer", customer_id="cleo"))


def test_without_tickets_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *TABLES)
    words = words_of(open_page("care"))
    assert "No support contacts" in words
    assert "Nothing to do" in words


def test_a_snapshot_from_before_the_marts_says_so(published_home: Path) -> None:
    assert "run churniq build" in words_of(open_page("care"))
    open_page("customer", customer_id="anna")
