"""Which subscriptions and customers differ between two sides, each in exactly one class.

A subscription is *missing* (only before), *doubled* (only after, beside one of after that is matched and has the same
customer, offer, state and day of period end, or of its start where no period end is known), *surplus* (only after
otherwise) or *changed* (matched, and a compared field differs); all others are alike.

Belongs here: the classes, as sets in DuckDB. Does not belong here: pairs (``matching``), totals (``comparison``).
"""

from __future__ import annotations

from decimal import Decimal

import duckdb

from pipelines.lake.sql import literal

FIELDS = (
    *("status", "offer", "currency", "amount", "interval", "discount", "discount_end"),
    *("mrr", "period_end", "auto_renew", "customer"),
)
"""What is compared of a matched subscription."""
CUSTOMER_STATUS = "customer_status"
IGNORABLE = (
    *("status", "offer", "currency", "interval", "discount", "discount_end", "period_end", "auto_renew"),
    CUSTOMER_STATUS,
)
"""What a comparison may leave out: MRR has a tolerance; what is charged and whose it is always count."""
KINDS = ("missing", "surplus", "doubled", "changed")

_SHOWN = (
    *("customer_id", "status", "offer_id", "currency", "amount", "interval", "discount", "discount_end"),
    *("mrr", "period_end", "auto_renew"),
)


def make_differences(
    connection: duckdb.DuckDBPyConnection, *, tolerance_mrr: Decimal, timezone: str, compared: list[str]
) -> None:
    """Make ``matched`` (grain: pair; changed_fields) and ``differences`` (grain: subscription that differs) of pairs.

    ``compared`` are of ``FIELDS``; days are those of ``timezone``; a difference of MRR up to the tolerance is none.
    """
    day = "cast({0}.{1} at time zone 'UTC' at time zone " + literal(timezone) + " as date)"
    live = "(before.is_live or after.is_live)"
    differs = {
        "status": "before.status <> after.status",
        "offer": "before.offer_id is distinct from after.offer_id",
        "currency": "before.currency is distinct from after.currency",
        # What an ended subscription would have cost does not matter; held and paused ones will be charged again.
        "amount": f"{live} and before.amount is distinct from after.amount",
        "interval": f"{live} and before.interval is distinct from after.interval",
        "discount": f"{live} and before.discount is distinct from after.discount",
        "discount_end": f"{live} and {day.format('before', 'discount_end')} "
        f"is distinct from {day.format('after', 'discount_end')}",
        "mrr": f"abs(before.mrr - after.mrr) > {format(tolerance_mrr, 'f')}",
        # An ended subscription renews no more, so what was left of its period and its intent do not matter.
        "period_end": f"{live} and {day.format('before', 'period_end')} "
        f"is distinct from {day.format('after', 'period_end')}",
        "auto_renew": f"{live} and before.auto_renew is distinct from after.auto_renew",
        "customer": "before.customer_key <> after.customer_key",
    }
    cases = ", ".join(f"case when {differs[field]} then {literal(field)} end" for field in compared)
    connection.execute(
        f"""
        create temp table matched as
        select
            pairs.*,
            before.mrr as before_mrr,
            after.mrr as after_mrr,
            list_filter([{cases}], lambda field: field is not null) as changed_fields
        from pairs
        inner join before_subscriptions as before on pairs.before_id = before.subscription_id
        inner join after_subscriptions as after on pairs.after_id = after.subscription_id
        """
    )
    connection.execute(
        """
        create temp table only_after as
        select subscription_id, twin_id
        from (
            select
                after.subscription_id,
                pairs.after_id is null as is_alone,
                min(pairs.after_id) over (
                    partition by
                        after.customer_id, after.offer_id, after.is_live,
                        cast(coalesce(after.period_end, after.started_at) as date)
                ) as twin_id
            from after_subscriptions as after
            left join pairs on after.subscription_id = pairs.after_id
        )
        where is_alone
        """
    )
    shown = ", ".join(f"before.{name} as before_{name}, after.{name} as after_{name}" for name in _SHOWN)
    connection.execute(
        f"""
        create temp table differences as
        with classed as (
            select 'changed' as kind, matched_by, before_id, after_id, changed_fields, null as twin_id
            from matched
            where len(changed_fields) > 0
            union all
            select 'missing', null, subscription_id, null, [], null
            from before_subscriptions
            where subscription_id not in (select before_id from pairs)
            union all
            select if(twin_id is null, 'surplus', 'doubled'), null, null, subscription_id, [], twin_id
            from only_after
        )

        select
            classed.kind,
            before.subscription_id as before_subscription_id,
            after.subscription_id as after_subscription_id,
            classed.twin_id as twin_subscription_id,
            classed.matched_by,
            classed.changed_fields,
            {shown}
        from classed
        left join before_subscriptions as before on classed.before_id = before.subscription_id
        left join after_subscriptions as after on classed.after_id = after.subscription_id
        """
    )


def make_customer_differences(connection: duckdb.DuckDBPyConnection, *, with_status: bool) -> None:
    """Make ``customer_differences`` (grain: customer with a subscription that differs); the status counts if asked."""
    changed = "before.status <> after.status" if with_status else "false"
    connection.execute(
        f"""
        create temp table customer_differences as
        select
            case
                when after.customer_key is null then 'missing' when before.customer_key is null then 'surplus'
                else 'changed'
            end as kind,
            before.customer_id as before_customer_id,
            after.customer_id as after_customer_id,
            before.status as before_status,
            after.status as after_status
        from before_customers as before
        full join after_customers as after on before.customer_key = after.customer_key
        where before.customer_key is null or after.customer_key is null or {changed}
        """
    )
