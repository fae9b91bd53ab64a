"""From a number to its rows and back: the movements behind a month, the story of a customer, whose an event is.

Belongs here: selecting and joining what the snapshot and the lake say. Does not belong here: rules, which dbt decided
and kept beside the numbers (``churn_rule``, ``anomaly``).
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches

import duckdb
import polars as pl

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.sql import literal
from pipelines.publishing.snapshots import Pointer, find_snapshot
from pipelines.readings.provenance import (
    frame_of,
    next_month,
    open_beside_lake,
    report_date,
    require_month,
    subscription_events,
)
from pipelines.settings import Settings


def explain_month(
    settings: Settings,
    month: date,
    movement_type: str | None = None,
    customer_id: str | None = None,
    *,
    pointer: Pointer | None = None,
) -> pl.DataFrame:
    """The movements of a month and the events of their days, one row an event, with the file and row it came in.

    The money of a movement stands in its first row only, so that the rows add up to the month. A movement on whose day
    nothing came has one row that says what the clock did instead: a lapse, or the end of a discount. Ordered by day and
    customer. Raises ``UserError`` when there is no such month.
    """
    pointer = pointer or find_snapshot(settings)
    filters = [f"movement_date >= {literal(str(month))}", f"movement_date < {literal(str(next_month(month)))}"]
    if movement_type:
        filters.append(f"movement_type = {literal(movement_type)}")
    if customer_id:
        filters.append(f"customer_id = {literal(customer_id)}")
    with open_beside_lake(settings, {"known": pointer}) as connection:
        require_month(connection, month, "known")
        if customer_id:
            _require_customer(connection, customer_id)
        connection.execute(
            "create temp table movements as "
            f"select * from known.revenue.fct_mrr_movements where {' and '.join(filters)}"
        )
        _find_events(connection, pointer, "select customer_id from movements")
        return frame_of(
            connection,
            """
            select
                movements.movement_date,
                movements.customer_id,
                movements.movement_type,
                if(row_number() over one_movement = 1, movements.mrr_change, null) as mrr_change,
                if(row_number() over one_movement = 1, movements.mrr_before, null) as mrr_before,
                if(row_number() over one_movement = 1, movements.mrr_after, null) as mrr_after,
                movements.churn_kind,
                movements.churn_rule,
                coalesce(events.event_type, case
                    when movements.movement_type = 'churn' then 'no event: lapsed, or fully discounted'
                    else 'no event: a discount ended' end) as event_type,
                events.event_id,
                events.subscription_id,
                events.occurred_at,
                events.recorded_at,
                events.file,
                events.row
            from movements
            left join events
                on events.customer_id = movements.customer_id and events.report_day = movements.movement_date
            window one_movement as (
                partition by movements.movement_date, movements.customer_id
                order by events.occurred_at, events.recorded_at, events.event_id
            )
            order by
                movements.movement_date, movements.customer_id,
                events.occurred_at, events.recorded_at, events.event_id
            """,
        )


def explain_customer(settings: Settings, customer_id: str, *, pointer: Pointer | None = None) -> pl.DataFrame:
    """The story of a customer in time order: events with the state they led to, movements with their rule, payments.

    One row a happening: instant (UTC; of a movement, the day), what (event, state, movement, payment, ticket),
    detail, rule, event_id, file, row. Raises ``UserError`` that names similar customers when there is no such one.
    """
    pointer = pointer or find_snapshot(settings)
    with open_beside_lake(settings, {"known": pointer}) as connection:
        _require_customer(connection, customer_id)
        who = literal(customer_id)
        _find_events(connection, pointer, f"select {who} as customer_id")
        return frame_of(
            connection,
            f"""
            select "instant", what, detail, rule, event_id, file, "row"
            from (
                select
                    occurred_at as "instant", 1 as position, 'event' as what,
                    concat_ws(' ', event_type, subscription_id, offer_id, amount, currency, end_reason) as detail,
                    case when anomaly is null then 'counts' else concat('changes nothing: ', anomaly) end as rule,
                    event_id, file, "row"
                from events
                union all
                select
                    valid_from, 2, 'state',
                    concat_ws(
                        ' ', subscription_id, status, if(auto_renew, 'renews', 'set to end'), offer_id,
                        concat('MRR ', mrr)
                    ),
                    case when valid_to is null then 'until now' else concat('until ', valid_to) end,
                    null, null, null
                from known.core.fct_subscription_periods
                where customer_id = {who}
                union all
                select
                    cast(movement_date as timestamp), 4, 'movement',
                    concat_ws(' ', movement_type, mrr_change, concat('to ', mrr_after)),
                    concat_ws(' by ', churn_kind, churn_rule),
                    null, null, null
                from known.revenue.fct_mrr_movements
                where customer_id = {who}
                union all
                select
                    occurred_at, 3, 'payment',
                    concat_ws(' ', event_type, transaction_id, amount, currency, product_kind, failure_code),
                    'moves no MRR', event_id, null, null
                from known.core.fct_transactions
                where customer_id = {who}
                union all
                select
                    opened_at, 5, 'ticket', concat_ws(' ', ticket_id, nullif(topic, 'unknown'), 'rated ' || csat),
                    'moves no MRR', null, null, null
                from known.care.fct_support_contacts
                where customer_id = {who}
            )
            order by
                -- A movement is between two closings, so it comes after everything of its day.
                if(what = 'movement', "instant" + interval 1 day, "instant"), position, event_id, detail
            """,
        )


def owners_of_event(settings: Settings, event_id: str, *, pointer: Pointer | None = None) -> list[str]:
    """The customers of the snapshot whom an event of any feed is about, by its exact id, as far as it was known then.

    Of a subscription's event that is who has the subscription; of a visitor whom nobody knows there is nobody.
    """
    pointer = pointer or find_snapshot(settings)
    sent = [
        f"select customer_id from raw.{name} where event_id = $id and recorded_at <= $as_of"
        for name, feed in FEEDS.items()
        if feed.key == ("event_id",) and name != "subscription_events" and "customer_id" in feed.column_names
    ]
    with open_beside_lake(settings, {"known": pointer}) as connection:
        found = connection.execute(
            f"""
            select distinct customer_id
            from (
                select owned.customer_id
                from ({subscription_events(connection, "known")}) as told
                join known.core.fct_subscriptions as owned using (subscription_id)
                where told.event_id = $id and told.recorded_at <= $as_of
                union all {" union all ".join(sent)}
            )
            where customer_id in (select customer_id from known.core.dim_customers)
            order by customer_id
            """,
            {"id": event_id, "as_of": pointer.as_of_instant},
        )
        return [customer_id for (customer_id,) in found.fetchall()]


def _find_events(connection: duckdb.DuckDBPyConnection, pointer: Pointer, customers: str) -> None:
    """The table ``events``: what was told of customers' subscriptions, with the anomaly if it changed nothing."""
    connection.execute(
        f"""
        create temp table events as
        select
            owners.customer_id, told.event_id, told.event_type, told.subscription_id, told.occurred_at,
            told.recorded_at, told.offer_id, told.amount, told.currency, told.end_reason, anomalies.anomaly,
            {report_date(connection, "known", "told.occurred_at")} as report_day,
            deliveries.file, told.source_row as "row"
        from ({subscription_events(connection, "known")}) as told
        join (
            select distinct subscription_id, customer_id
            from (
                select subscription_id, customer_id from known.core.fct_subscriptions
                union all
                select subscription_id, customer_id from known.ops.sequence_anomalies
            )
            where customer_id in ({customers})
        ) as owners using (subscription_id)
        left join known.ops.sequence_anomalies as anomalies on anomalies.event_id = told.event_id
        left join deliveries using (source_file)
        where told.recorded_at <= timestamp {literal(pointer.as_of)}
            and told.occurred_at <= timestamp {literal(pointer.as_of)}
        """
    )


def _require_customer(connection: duckdb.DuckDBPyConnection, customer_id: str) -> None:
    known = connection.execute("select count(*) from known.core.dim_customers where customer_id = ?", [customer_id])
    if known.fetchall()[0][0]:
        return
    alike = connection.execute(
        "select customer_id from known.core.dim_customers "
        "order by jaro_winkler_similarity(customer_id, ?) desc, customer_id limit 3",
        [customer_id],
    ).fetchall()
    names = get_close_matches(customer_id, [row[0] for row in alike], cutoff=0) or ["none at all"]
    raise UserError(f"There is no customer {customer_id} in the snapshot: the nearest are {', '.join(names)}.")
