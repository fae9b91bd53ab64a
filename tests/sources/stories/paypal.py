"""The story that every sender tells, in the words of PayPal.

PayPal cannot undo a cancellation, so auto-renew off and on again in March is left out; it knows the plan's price from
the plan, and names the end in the cancellation of 1 May, as the next billing time.
"""

from __future__ import annotations

from typing import Any

_SUBSCRIPTION = "I-STORY0000007"
_PLAN = "P-STORY0000MONTHLY0000007"


def _event(number: int, kind: str, created: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"WH-STORY-{number:03}",
        "event_version": "1.0",
        "create_time": created,
        "event_type": kind,
        "resource_version": "2.0",
        "resource": resource,
    }


def _subscription(number: int, kind: str, created: str, next_billing: str | None, **fields: Any) -> dict[str, Any]:
    regular, failures = fields.pop("regular", 1), fields.pop("failures", 0)
    executions = [
        {"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 1, "cycles_remaining": 0},
        {"tenure_type": "REGULAR", "sequence": 2, "cycles_completed": regular, "cycles_remaining": 0},
    ]
    billing = {"cycle_executions": executions, "failed_payments_count": failures, **fields}
    if next_billing:
        billing["next_billing_time"] = next_billing
    resource = {
        "id": _SUBSCRIPTION,
        "plan_id": _PLAN,
        "custom_id": "customer-7",
        "quantity": "1",
        "status_update_time": created,
        "subscriber": {"payer_id": "STORYPAYER007", "email_address": "seven@example.com"},
        "billing_info": billing,
    }
    return _event(number, f"BILLING.SUBSCRIPTION.{kind}", created, resource)


def _sale(number: int, created: str) -> dict[str, Any]:
    amount = {"total": "9.99", "currency": "EUR", "details": {"subtotal": "9.99"}}
    resource = {
        "id": f"STORYSALE{number:03}",
        "billing_agreement_id": _SUBSCRIPTION,
        "create_time": created,
        "state": "completed",
        "amount": amount,
        "transaction_fee": {"value": "0.64", "currency": "EUR"},
    }
    return _event(number, "PAYMENT.SALE.COMPLETED", created, resource)


def _plan() -> dict[str, Any]:
    def cycle(tenure: str, sequence: int, unit: str, count: int, price: str) -> dict[str, Any]:
        return {
            "tenure_type": tenure,
            "sequence": sequence,
            "frequency": {"interval_unit": unit, "interval_count": count},
            "pricing_scheme": {"fixed_price": {"value": price, "currency_code": "EUR"}},
        }

    cycles = [cycle("TRIAL", 1, "DAY", 7, "0"), cycle("REGULAR", 2, "MONTH", 1, "9.99")]
    resource = {"id": _PLAN, "name": "Monthly plan", "status": "ACTIVE", "billing_cycles": cycles}
    return _event(1, "BILLING.PLAN.CREATED", "2024-12-01T09:00:00Z", resource)


def payloads() -> list[dict[str, Any]]:
    """The plan, and the events from the trial to the end."""
    unpaid = {
        "last_failed_payment": {"amount": {"value": "9.99", "currency_code": "EUR"}, "time": "2025-03-08T10:00:00Z"}
    }
    return [
        _plan(),
        _subscription(2, "ACTIVATED", "2025-01-01T10:00:00Z", "2025-01-08T10:00:00Z", regular=0),
        _sale(3, "2025-01-08T10:00:00Z"),
        _sale(4, "2025-02-08T10:00:00Z"),
        _subscription(5, "PAYMENT.FAILED", "2025-03-08T10:00:00Z", "2025-03-13T10:00:00Z", failures=1, **unpaid),
        _subscription(6, "SUSPENDED", "2025-03-15T10:00:00Z", None, failures=2, **unpaid),
        _sale(7, "2025-03-18T10:00:00Z"),
        _sale(8, "2025-04-18T10:00:00Z"),
        _subscription(9, "CANCELLED", "2025-05-01T12:00:00Z", "2025-05-18T10:00:00Z"),
    ]
