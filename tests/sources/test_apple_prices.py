"""What a renewal of Apple's costs: by its transaction, and by what the renewal says of the next."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.sources.delivering import Inbox, Row
from tests.sources.stories.apple import milliseconds, notification, renewal, transaction

MONTH = transaction("2025-02-08T10:00:00", "2025-03-08T10:00:00")
PRICES: list[tuple[dict[str, Any], dict[str, Any], Row]] = [
    # A commitment of a year billed monthly is monthly revenue.
    (
        {"billingPlanType": "MONTHLY", "commitmentInfo": {"commitmentPrice": 119880, "totalBillingPeriods": 12}},
        {},
        {"amount": Decimal("9.99"), "discount_amount": Decimal(0), "billing_interval": "month"},
    ),
    # A win-back offer at a lower price is a discount until the period ends.
    (
        {"price": 4990, "offerType": 4, "offerIdentifier": "come-back", "offerDiscountType": "PAY_AS_YOU_GO"},
        {},
        {
            "amount": Decimal("9.99"),
            "discount_amount": Decimal(5),
            "billing_interval": "month",
            "discount_ends_at": datetime.fromisoformat("2025-03-08T10:00:00"),
            "coupon_code": "come-back",
        },
    ),
    # Another product follows, so its price says nothing of this one's.
    (
        {"price": 4990, "offerType": 2, "offerDiscountType": "PAY_AS_YOU_GO"},
        {"autoRenewProductId": "premium.yearly", "renewalPrice": 99000},
        {"amount": Decimal("4.99"), "discount_amount": Decimal(0), "billing_interval": "month"},
    ),
    (
        {"price": 19990, "offerDiscountType": "PAY_UP_FRONT", "offerPeriod": "P3M"},
        {},
        {
            "amount": Decimal("19.99"),
            "discount_amount": Decimal(0),
            "billing_interval": "month",
            "billing_interval_count": 3,
        },
    ),
    # Four weeks less the days in grace are still a month.
    (
        {"expiresDate": milliseconds("2025-02-28T10:00:00")},
        {},
        {"amount": Decimal("9.99"), "discount_amount": Decimal(0), "billing_interval": "month"},
    ),
    (
        {"expiresDate": milliseconds("2026-02-08T11:00:00"), "price": 99990, "currency": "JPY"},
        {},
        {"amount": Decimal("99.99"), "discount_amount": Decimal(0), "billing_interval": "year"},
    ),
    (
        {"expiresDate": milliseconds("2025-02-15T10:00:00")},
        {},
        {"amount": Decimal("9.99"), "discount_amount": Decimal(0), "billing_interval": "week"},
    ),
]


@pytest.mark.parametrize(("paid", "following", "expected"), PRICES)
def test_the_price_of_a_renewal(paid: dict[str, Any], following: dict[str, Any], expected: Row, inbox: Inbox) -> None:
    """A yearly commitment had twelve times its revenue, and an offer's price was taken for ever."""
    inbox.deliver("apple", [notification("DID_RENEW", "2025-02-08T10:00:00", MONTH | paid, renewal(**following))])
    columns = (
        "amount",
        "discount_amount",
        "discount_ends_at",
        "coupon_code",
        "billing_interval",
        "billing_interval_count",
    )
    (row,) = inbox.rows("subscription_events", *columns)
    assert row == {"billing_interval_count": 1} | expected
