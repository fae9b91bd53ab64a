"""The feeds that may come in: columns, types, defaults and row rules, as data.

The lake judges rows by them, the simulator writes by them, and Great Expectations suites, dbt's sources and the
documentation are made from them.

Belongs here: the list of all feeds; each stands in the module of its subject. Does not belong here: how a rule is
carried out (``pipelines.lake``), how a sender is mapped (``pipelines.sources``).
"""

from __future__ import annotations

from pipelines.contract.feeds.business import (
    ACQUISITION_COSTS,
    ANNOTATIONS,
    CONTENT_CALENDAR,
    COUPONS,
    FX_RATES,
    OFFERS,
    PAYOUTS,
)
from pipelines.contract.feeds.experiments import CAMPAIGN_ASSIGNMENTS, PRICE_TEST_ASSIGNMENTS, PRICE_TESTS
from pipelines.contract.feeds.senders import IDENTITY_LINKS, OTHER_EVENTS, SENDER_OBJECTS, STORE_PURCHASES
from pipelines.contract.feeds.subscribers import (
    CUSTOMER_EVENTS,
    ENGAGEMENT_DAILY,
    JOURNEY_EVENTS,
    PAYMENT_EVENTS,
    SUBSCRIPTION_EVENTS,
    SUPPORT_TICKETS,
)
from pipelines.contract.shapes import Feed

__all__ = ["CAMPAIGN_ASSIGNMENTS", "FEEDS"]

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        SUBSCRIPTION_EVENTS,
        PAYMENT_EVENTS,
        CUSTOMER_EVENTS,
        JOURNEY_EVENTS,
        ENGAGEMENT_DAILY,
        SUPPORT_TICKETS,
        OFFERS,
        COUPONS,
        FX_RATES,
        PAYOUTS,
        IDENTITY_LINKS,
        STORE_PURCHASES,
        SENDER_OBJECTS,
        OTHER_EVENTS,
        CAMPAIGN_ASSIGNMENTS,
        CONTENT_CALENDAR,
        ANNOTATIONS,
        PRICE_TESTS,
        PRICE_TEST_ASSIGNMENTS,
        ACQUISITION_COSTS,
    )
}
