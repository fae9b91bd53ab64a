"""Payments and payouts.

Belongs here: money received and paid out. Does not belong here: what of it is earned (``app.queries.metrics``), MRR
(``app.queries.revenue``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select

# No provider has no name, so that stands for all of them.
_ALL = ("",)
_OF_PROVIDERS = "(list_contains($providers, provider) or list_contains($providers, ''))"


def payments(file: str, providers: tuple[str, ...] = ()) -> pl.DataFrame:
    """Payments by month in the reporting currency: gross, revenue and what is left after fees; of providers or all."""
    return select(
        file,
        f"""
        select month, is_complete, sum(gross_reporting) as gross_reporting, sum(revenue_reporting) as revenue_reporting,
            sum(net_reporting) as net_reporting, sum(non_recurring_reporting) as non_recurring_reporting,
            cast(sum(succeeded_payments) as bigint) as succeeded_payments,
            cast(sum(failed_payments) as bigint) as failed_payments
        from revenue.fct_payments_monthly where {_OF_PROVIDERS}
        group by month, is_complete order by month
        """,
        (("providers", providers or _ALL),),
    )


def payment_bridge(file: str, month: date, providers: tuple[str, ...] = ()) -> pl.DataFrame:
    """From gross to net in a month by currency, all kinds of product and providers together."""
    return select(
        file,
        f"""
        select currency, sum(gross_amount) as gross_amount, sum(refunded_amount) as refunded_amount,
            sum(chargeback_amount) as chargeback_amount, sum(chargeback_reversed_amount) as chargeback_reversed_amount,
            sum(tax_amount) as tax_amount, sum(fee_amount) as fee_amount, sum(net_amount) as net_amount
        from revenue.fct_payments_monthly where month = $month and {_OF_PROVIDERS}
        group by currency order by currency
        """,
        (("month", month), ("providers", providers or _ALL)),
    )


def payment_rows(month: date, providers: tuple[str, ...] = ()) -> Rows:
    """The payments of a month by kind of product, provider and currency, as published."""
    return Rows(
        f"select * from revenue.fct_payments_monthly where month = $month and {_OF_PROVIDERS} "
        "order by product_kind, provider, currency",
        (("month", month), ("providers", providers or _ALL)),
    )


def payouts(file: str, behind: Rows) -> pl.DataFrame:
    """Payouts by provider and currency: what was paid, what it should be, what is unexplained and why."""
    return select(
        file,
        f"""
        select provider, currency, count(*) as payouts, count(*) filter (not is_reconciled) as not_reconciled,
            sum(payout_amount) as payout_amount, sum(transactions_net_amount) as transactions_net_amount,
            sum(unexplained_amount) as unexplained_amount,
            cast(sum(transactions_not_found) as bigint) as transactions_not_found,
            cast(sum(transactions_paid_twice) as bigint) as transactions_paid_twice,
            cast(sum(transactions_in_other_currency) as bigint) as transactions_in_other_currency
        from ({behind.sql}) group by provider, currency
        order by not_reconciled desc, provider, currency
        """,
        behind.parameters,
    )


def payout_rows(behind: Rows, *, only_open: bool) -> Rows:
    """The payouts as published, the newest first; all of them, or those that are not reconciled."""
    return Rows(
        f"""
        select * from ({behind.sql}) where not ($only_open = 1 and is_reconciled) order by paid_at desc, payout_id
        """,
        (*behind.parameters, ("only_open", int(only_open))),
    )
