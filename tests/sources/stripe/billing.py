"""Subscriptions, prices and discounts with every field that the API sends, as stripe/openapi has them (2026-06-24).

Belongs here: builders, in the generations of the API that differ. Does not belong here: what the objects mean.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.envelopes import Payload, at


def price(
    identifier: str,
    unit: int | None = 1000,
    *,
    decimal: str | None = None,
    currency: str = "usd",
    interval: str = "month",
    count: int = 1,
    usage: str = "licensed",
    **changes: Any,
) -> Payload:
    """A recurring price."""
    return {
        "id": identifier,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": at("01-01"),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": True,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": f"prod_{identifier}",
        "recurring": {
            "interval": interval,
            "interval_count": count,
            "meter": None,
            "trial_period_days": None,
            "usage_type": usage,
        },
        "tax_behavior": "exclusive",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": unit,
        "unit_amount_decimal": decimal if decimal is not None else None if unit is None else str(unit),
        **changes,
    }


def plan_of(of: Payload) -> Payload:
    """The plan that the API sends beside a price: the older name of the same."""
    recurring = of["recurring"]
    return {
        "id": of["id"],
        "object": "plan",
        "active": True,
        "amount": of["unit_amount"],
        "amount_decimal": of["unit_amount_decimal"],
        "billing_scheme": of["billing_scheme"],
        "created": of["created"],
        "currency": of["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": True,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": of["product"],
        "tiers_mode": of["tiers_mode"],
        "transform_usage": of["transform_quantity"],
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }


def item(of: Payload, start: int, end: int, *, quantity: int | None = 1, name: str = "", **changes: Any) -> Payload:
    """An item of a subscription, with its period as since basil."""
    return {
        "id": f"si_{name or of['id']}",
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(of),
        "price": of,
        "quantity": quantity,
        "subscription": "sub",
        "tax_rates": [],
        **changes,
    }


def subscription(name: str, items: list[Payload], *, status: str = "active", **changes: Any) -> Payload:
    """A subscription as since basil: its items have the periods, its discounts are ids."""
    start = items[0]["current_period_start"] if items else at("03-05")
    thing: Payload = {
        "id": f"sub_{name}",
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": start,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": at("03-05"),
        "currency": "usd",
        "customer": f"cus_{name}",
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": f"pm_{name}",
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "total_count": len(items),
            "url": f"/v1/subscription_items?subscription=sub_{name}",
        },
        "latest_invoice": f"in_{name}",
        "livemode": True,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {"payment_method_options": None, "payment_method_types": None},
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": at("03-05"),
        "status": status,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    return {**thing, **changes}


def before_basil(of: Payload) -> Payload:
    """A subscription as before API 2025-03-31: the period is its own, and one item's plan stands on it."""
    items = [dict(each) for each in of["items"]["data"]]
    start, end = items[0]["current_period_start"], items[0]["current_period_end"]
    for each in items:
        del each["current_period_start"], each["current_period_end"]
    single = {"plan": items[0]["plan"], "quantity": items[0]["quantity"]} if len(items) == 1 else {"plan": None}
    return {
        **of,
        **single,
        "current_period_start": start,
        "current_period_end": end,
        "discount": None,
        "items": {**of["items"], "data": items},
    }


def coupon(identifier: str, **changes: Any) -> Payload:
    """A coupon; the API calls the months of a repeating one ``duration_in_months``."""
    return {
        "id": identifier,
        "object": "coupon",
        "amount_off": None,
        "created": at("01-01"),
        "currency": None,
        "duration": "forever",
        "duration_in_months": None,
        "livemode": True,
        "max_redemptions": None,
        "metadata": {},
        "name": None,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 1,
        "valid": True,
        **changes,
    }


def discount(identifier: str, of: Payload | str, **changes: Any) -> Payload:
    """A discount as since 2025-09-30 (``source``) when the coupon is named, else as before with the coupon in it."""
    source = {"source": {"coupon": of, "type": "coupon"}} if isinstance(of, str) else {"coupon": of}
    return {
        "id": identifier,
        "object": "discount",
        "checkout_session": None,
        "customer": "cus",
        "customer_account": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "start": at("03-05"),
        "subscription": None,
        "subscription_item": None,
        **source,
        **changes,
    }
