"""The differences of a restated month whose amounts were converted at a rate of exchange that has changed since.

A price is converted at the rate of the day of the event that set it, and a renewal of a live subscription at the same
price keeps that rate (``int_subscription_states``). So a rate explains a difference only if it is the one in force,
on that day, for the currency of a price that had MRR at the close of the day or of the day before.

Belongs here: which rate was in force. Does not belong here: other causes (``restatement``).
"""

from __future__ import annotations

import duckdb

from pipelines.contract.vocabulary import PRICED_EVENT_TYPES
from pipelines.lake.sql import literal
from pipelines.publishing.snapshots import Pointer
from pipelines.readings.provenance import report_date

_PRICE = "amount, currency, billing_interval, billing_interval_count"


def find_revalued(connection: duckdb.DuckDBPyConnection, then: Pointer, now: Pointer) -> None:
    """Make the table ``revalued``: customer_id and movement_date of ``differences`` with a changed rate in force.

    Needs the tables ``differences`` and ``told`` of a restatement, and the snapshots known_then and known_now.
    """
    _find_rate_days(connection)
    _find_changed_rates(connection, then, now)
    from_date, to_date = (
        report_date(connection, "known_now", f"spans.{column}") for column in ("valid_from", "valid_to")
    )
    spans = " union all ".join(
        f"select subscription_id, valid_from, valid_to from {side}.core.fct_subscription_periods where mrr > 0"
        for side in ("known_then", "known_now")
    )
    connection.execute(
        f"""
        create temp table revalued as
        with closes as (
            select customer_id, movement_date, unnest([movement_date - 1, movement_date]) as close_date
            from differences
        ),

        -- The price in force at each close is the last that was set by then.
        in_force as (
            select
                closes.customer_id,
                closes.movement_date,
                closes.close_date,
                rate_days.subscription_id,
                arg_max(rate_days.currency, rate_days.price_number) as currency,
                arg_max(rate_days.rate_day, rate_days.price_number) as rate_day
            from closes
            join rate_days on rate_days.customer_id = closes.customer_id and rate_days.price_day <= closes.close_date
            group by all
        )

        select distinct in_force.customer_id, in_force.movement_date
        from in_force
        join changed_rates using (currency, rate_day)
        join ({spans}) as spans
            on spans.subscription_id = in_force.subscription_id
            and {from_date} <= in_force.close_date
            and (spans.valid_to is null or {to_date} > in_force.close_date)
        """
    )


def _find_rate_days(connection: duckdb.DuckDBPyConnection) -> None:
    """The prices of the customers' subscriptions in their order, each with its day and the day of the rate it takes."""
    connection.execute(
        f"""
        create temp table rate_days as
        with counted as (
            select
                *,
                coalesce(
                    lag(event_type) over (partition by subscription_id order by occurred_at, recorded_at, event_id), ''
                ) = 'ended' or exists (
                    select 1 from known_now.core.fct_subscription_periods as spans
                    where spans.subscription_id = told.subscription_id and spans.status = 'ended'
                        and spans.valid_from < told.occurred_at
                        and (spans.valid_to is null or spans.valid_to >= told.occurred_at)
                ) as is_reopening
            from (select * replace (coalesce(billing_interval_count, 1) as billing_interval_count) from told) as told
            where event_id not in (select event_id from known_now.ops.sequence_anomalies)
        ),

        priced as (
            select
                *,
                row_number() over history as price_number,
                event_type = 'renewed'
                and not is_reopening
                and row({_PRICE}) is not distinct from lag(row({_PRICE})) over history as keeps_rate
            from counted
            where event_type in {PRICED_EVENT_TYPES}
            window history as (partition by subscription_id order by occurred_at, recorded_at, event_id)
        )

        select
            customer_id,
            subscription_id,
            currency,
            report_day as price_day,
            price_number,
            last_value(case when not keeps_rate then report_day end ignore nulls) over (
                partition by subscription_id order by price_number rows unbounded preceding
            ) as rate_day
        from priced
        """
    )


def _find_changed_rates(connection: duckdb.DuckDBPyConnection, then: Pointer, now: Pointer) -> None:
    """The currencies and days among ``rate_days`` for which the rate in force was another then.

    In force is the latest rate on or before the day, or the earliest there is, as in ``int_exchange_rates``.
    """
    known = {
        "rate_then": f"not arrived_since and coalesce(recorded_at <= timestamp {literal(then.as_of)}, true)",
        "rate_now": f"coalesce(recorded_at <= timestamp {literal(now.as_of)}, true)",
    }
    in_force = (
        f"""
        {name} as (
            select
                used.currency,
                used.rate_day,
                coalesce(
                    arg_max(rate_to_reporting, rate_date) filter (where rate_date <= used.rate_day),
                    arg_min(rate_to_reporting, rate_date)
                ) as {name}
            from (select distinct currency, rate_day from rate_days) as used
            join (
                select
                    currency,
                    rate_date,
                    arg_max(
                        rate_to_reporting,
                        row(coalesce(recorded_at, timestamp '-infinity'), rate_to_reporting)
                    ) as rate_to_reporting
                from raw.fx_rates
                where {condition}
                group by currency, rate_date
            ) as rates on rates.currency = used.currency
            group by used.currency, used.rate_day
        )
        """
        for name, condition in known.items()
    )
    connection.execute(
        f"""
        create temp table changed_rates as
        with {", ".join(in_force)}
        select currency, rate_day
        from rate_now
        join rate_then using (currency, rate_day)
        where rate_now <> rate_then
            and currency <> (select reporting_currency from known_now.ops.build_info)
        """
    )
