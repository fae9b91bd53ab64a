"""Support contacts by topic, the tickets behind them, what to do next for whom, and how good predicted topics are.

Belongs here: selects on the schema ``care``. Does not belong here: lists of customers (``app.queries.core``), churn by
month (``app.queries.churn``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select

WHOLE = "(all)"


def months(file: str) -> pl.DataFrame:
    """The row of each month as a whole, as published."""
    return select(
        file, "select * from care.fct_contact_topics_monthly where topic = $whole order by month", (("whole", WHOLE),)
    )


def topics(file: str) -> list[str]:
    """The topics, that with most contacts first."""
    rows = select(
        file,
        "select topic from care.fct_contact_topics_monthly where topic <> $whole "
        "group by topic order by sum(contacts) desc, topic",
        (("whole", WHOLE),),
    )
    found: list[str] = rows["topic"].to_list()
    return found


def topics_of_month(file: str, month: date) -> pl.DataFrame:
    """The topics of one month and the month as a whole, as published, the topic with most contacts first."""
    return select(
        file,
        """
        select topic, contacts, labelled_contacts, predicted_contacts, contacts_per_1000_paying, median_hours_to_close,
            csat_mean, csat_answers
        from care.fct_contact_topics_monthly where month = $month
        order by topic = $whole, contacts desc, topic
        """,
        (("month", month), ("whole", WHOLE)),
    )


def churn_by_topic(file: str, month: date) -> pl.DataFrame:
    """What followed contacts of each topic in the twelve months to one, as published, the most measured first."""
    return select(
        file,
        """
        select topic, yearly_measured_contacts, yearly_churned_contacts, yearly_contact_churn_rate,
            yearly_paying_churn_rate, yearly_churn_lift
        from care.fct_contact_topics_monthly where month = $month
        order by topic = $whole, yearly_measured_contacts desc, topic
        """,
        (("month", month), ("whole", WHOLE)),
    )


def tickets_of(month: date, topic: str) -> Rows:
    """The tickets of a month, of one topic or of all."""
    return Rows(
        """
        select ticket_id, customer_id, opened_at, closed_at, hours_to_close, channel, topic, topic_source,
            topic_probability, csat, customer_status, mrr, churned_within_30_days
        from care.fct_support_contacts
        where date_trunc('month', opened_date) = $month and $topic in (topic, '(all)')
        order by opened_at, ticket_id
        """,
        (("month", month), ("topic", topic)),
    )


def steps_by_kind(file: str, people: Rows) -> pl.DataFrame:
    """For how many customers each step is the next, and their MRR, in the order of urgency."""
    return select(
        file,
        f"""
        select priority, step, count(*) as customers, sum(current_mrr) as current_mrr
        from ({people.sql}) group by priority, step order by priority
        """,
        people.parameters,
    )


def customers_of_step(step: str | None) -> Rows:
    """The customers for whom a step, or any, is the next, the most urgent and then the largest first."""
    return Rows(
        """
        select customer_id, step, evidence, evidence_at, current_mrr, open_reasons, subscription_id, ticket_id,
            event_id, priority
        from care.fct_next_best_steps where $step is null or step = $step
        order by priority, current_mrr desc, customer_id
        """,
        (("step", step),),
    )


def step_of_customer(customer_id: str) -> Rows:
    """The next step of one customer, if there is any."""
    return Rows(
        "select step, evidence, open_reasons, ticket_id from care.fct_next_best_steps where customer_id = $id",
        (("id", customer_id),),
    )


def tickets_of_customer(customer_id: str) -> Rows:
    """The tickets of one customer."""
    return Rows(
        """
        select opened_at, closed_at, hours_to_close, channel, topic, topic_source, topic_probability, csat, ticket_id
        from care.fct_support_contacts where customer_id = $id order by opened_at, ticket_id
        """,
        (("id", customer_id),),
    )


def quality(file: str) -> pl.DataFrame:
    """What is known of the classifier of topics, as published."""
    return select(file, "select * from care.topic_model_quality order by split, topic, metric")
