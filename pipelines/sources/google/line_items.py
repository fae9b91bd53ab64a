"""The line items of a subscription at Google Play, folded: what renews for how much now, and what follows it.

A purchase may hold several items: a base plan and its add-ons, which renew together; an item that is replaced or
removed at the renewal; the item that replaces it, which has no expiry until then. Their order means nothing.

Belongs here: which of the items count. Does not belong here: what a purchase means for the business.
"""

from __future__ import annotations

from pipelines.sources.google.amounts import money
from pipelines.sources.sql import instant

_PLAN = "item.autoRenewingPlan.recurringPrice"
_SHAPE = """[{
    "productId": "VARCHAR", "expiryTime": "VARCHAR", "latestSuccessfulOrderId": "VARCHAR",
    "autoRenewingPlan": {"recurringPrice": {"currencyCode": "VARCHAR", "units": "VARCHAR", "nanos": "VARCHAR"}},
    "prepaidPlan": "JSON",
    "offerPhase": {"freeTrial": "JSON", "prorationPeriod": {"originalOfferPhaseType": "VARCHAR"}},
    "deferredItemReplacement": {"productId": "VARCHAR"}, "deferredItemRemoval": "JSON"
}]"""
_ITEM = f"""{{
    'product_id': item.productId,
    'order_id': item.latestSuccessfulOrderId,
    'expires_at': {instant("item.expiryTime")},
    'currency': upper({_PLAN}.currencyCode),
    'price': {money(f"{_PLAN}.currencyCode", f"{_PLAN}.units", f"{_PLAN}.nanos")},
    'is_prepaid': item.prepaidPlan is not null,
    'is_trial': item.offerPhase.freeTrial is not null
        or coalesce(item.offerPhase.prorationPeriod.originalOfferPhaseType = 'FREE_TRIAL', false),
    'replaced_by': item.deferredItemReplacement.productId,
    'leaves': item.deferredItemReplacement.productId is not null or item.deferredItemRemoval is not null
}}"""


def folded_select(relation: str) -> str:
    """A select of a relation with ``line_items`` (JSON) and ``fetched_at``, and what the items come to.

    ``product_id``, ``expires_at``, ``item_order_id`` and ``currency`` are those of the first item that counts,
    ``price`` is the sum of those that are paid for; ``next_offer_id`` and ``next_amount`` follow when the period ends.
    """
    return f"""
    select * exclude (line_items, items, last_expiry, replacements, counted, charged, leaves, arriving),
        counted[1].product_id as product_id,
        counted[1].expires_at as expires_at,
        counted[1].order_id as item_order_id,
        counted[1].currency as currency,
        len(counted) > 0 and len(list_filter(counted, lambda item: not item.is_trial)) = 0 as is_free_trial,
        len(list_filter(counted, lambda item: item.is_prepaid)) > 0 as is_prepaid,
        {_sum("charged")} as price,
        case when leaves then coalesce(counted[1].replaced_by, counted[1].product_id) end as next_offer_id,
        case when leaves and len(arriving) = len(replacements)
            then {_sum("list_concat(list_filter(counted, lambda item: not item.leaves), arriving)")} end as next_amount
    from (
        select *,
            case when len(list_filter(counted, lambda item: not item.is_trial)) = 0 then counted
                else list_filter(counted, lambda item: not item.is_trial) end as charged,
            len(list_filter(counted, lambda item: item.leaves)) > 0 as leaves,
            list_filter(items, lambda item: item.expires_at is null and list_contains(replacements, item.product_id))
                as arriving
        from (
            select *,
                -- Those that run; else, in grace and on hold, those that ran last; else those that nobody has paid yet.
                coalesce(
                    nullif(list_filter(items, lambda item: item.expires_at > fetched_at), []),
                    nullif(list_filter(items, lambda item: item.expires_at = last_expiry), []),
                    list_filter(items, lambda item: not list_contains(replacements, item.product_id))
                ) as counted
            from (
                select *,
                    list_max(list_transform(items, lambda item: item.expires_at)) as last_expiry,
                    list_filter(list_transform(items, lambda item: item.replaced_by), lambda id: id is not null)
                        as replacements
                from (
                    select *, case when line_items is null then [] else list_transform(
                        coalesce(try(from_json(line_items, '{_SHAPE}')), []), lambda item: {_ITEM}
                    ) end as items
                    from {relation}
                )
            )
        )
    )
    """


def _sum(items: str) -> str:
    return f"cast(list_sum(list_transform({items}, lambda item: item.price)) as DECIMAL(18,4))"
