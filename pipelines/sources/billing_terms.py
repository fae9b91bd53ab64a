"""Objects that tell terms by themselves: coupons, discounts and plans, which subscriptions name by their ids.

Belongs here: how such objects are kept and found again. Does not belong here: what they say (the senders).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What a sender tells of terms, as selects: ``objects`` are the rows of the feed sender_objects that keep them.

    ``priced`` is the relation of the rows delivered with what the terms say, ``concerned`` the files of which some rows
    are different now that an object is told.
    """

    objects: str
    priced: str
    concerned: str


def told_objects(
    provider: str, kind: str, *, object_id: str, where: str, facts: str = "terms", subscription_id: str = "null"
) -> str:
    """A select of rows of the feed sender_objects from the rows delivered."""
    return f"""
    select file_number, row_number, '{provider}' as provider, '{kind}' as object_kind, {object_id} as object_id,
        occurred_at as recorded_at, {subscription_id} as subscription_id, null as invoice_id, null as charge_id,
        null as payment_intent_id, {facts} as facts
    from delivered where {where}
    """
