"""Subscription periods: the shape of a migration export, one row a period of constant monthly amount.

It cannot know why a period ended, what was paid, trials, discounts or payment failures. Amounts are in the
``currency`` column where there is one, otherwise in the reporting currency. An empty end is still running.
"""

from pipelines.sources.base import Source

# The same day reads differently in each file format, but makes the same event.
_START = "coalesce(replace(cast(try_cast(start_date as TIMESTAMP) as VARCHAR), ' 00:00:00', ''), start_date)"


def _subscription_events(reporting_currency: str) -> str:
    currency = f"coalesce(nullif(currency, ''), '{reporting_currency}')"
    return f"""
    select
        file_number, row_number,
        'periods:' || subscription_id || ':' || {_START} || ':' || boundary.event_type as event_id,
        boundary.event_type,
        case boundary.event_type when 'started' then start_date else end_date end as occurred_at,
        customer_id, subscription_id,
        case boundary.event_type when 'started' then monthly_amount end as amount,
        case boundary.event_type when 'started' then {currency} end as currency,
        case boundary.event_type when 'started' then 'month' end as billing_interval,
        'periods' as provider
    from delivered
    cross join (values ('started'), ('ended')) as boundary (event_type)
    where boundary.event_type = 'started' or nullif(end_date, '') is not null
    """


SOURCE = Source(
    name="periods",
    title="Subscription periods of a migration export",
    cannot_know="why a period ended, what was paid, trials, discounts, payment failures",
    required=("subscription_id", "customer_id", "start_date", "end_date", "monthly_amount"),
    optional=("currency",),
    mappings={"subscription_events": _subscription_events},
    rejections=(
        ("nullif(subscription_id, '') is null", "missing:subscription_id"),
        ("nullif(start_date, '') is null", "missing:start_date"),
        ("try_cast(end_date as TIMESTAMP) < try_cast(start_date as TIMESTAMP)", "order:start_date>end_date"),
    ),
)
