"""Theatre cards: a table with one row a paid month of a card.

Belongs here: what the columns mean. Does not belong here: files and rules, which ChurnIQ has.
"""

from pipelines.sources.base import Source


def _events(reporting_currency: str) -> str:
    return """
        select
            file_number, row_number, 'card-' || card || '-' || paid_on as event_id,
            case when row_number() over (partition by card order by paid_on) = 1 then 'started' else 'renewed' end
                as event_type,
            paid_on || 'T00:00:00Z' as occurred_at, member as customer_id, card as subscription_id,
            price as amount, 'EUR' as currency, 'month' as billing_interval
        from delivered
    """


SOURCE = Source(
    name="theatre",
    title="Theatre cards",
    cannot_know="cancellations, failed payments, taxes",
    required=("card", "member", "paid_on", "price"),
    mappings={"subscription_events": _events},
    rejections=(("nullif(card, '') is null", "missing:card"),),
)
