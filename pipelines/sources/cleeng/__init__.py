"""Cleeng: webhooks ``{broadcasterId, topic, data}``, rows of its three export reports, and offers of its API.

Choices that the format forces:

- Times without an offset are in CET/CEST, as Cleeng's exports are; a bare date is its midnight there.
- No webhook has an id of its own: an event is told by topic, subject and time. A webhook without any time (old copies
  of transactionCreated) is rejected; customerRegistered without one still links the e-mail to the customer.
- ``subscriptionCreated``, ``subscriptionStopped`` and ``paymentRejected`` are documented by name only, and
  ``subscriptionRenewed``, ``subscriptionSwitched``, ``subscriptionTerminated`` and ``subscriptionCanceled`` are seen in
  others' code: their fields are read as Cleeng's API names them for a customer's subscription. Ready-for notices ask
  for an action and state nothing: other events.
- A row of the Subscription report is a state. What it implies (start, conversion, newest payment, cancellation, end)
  becomes events whose ids hold their own times, so tomorrow's row repeats them or adds to them. A state's price counts
  from the start of its newest period; what came before the first known state is taken to have cost the same. A row
  after a change of plan within a period counts from that period's start.
- A status "active" after the end of the period is Cleeng's grace period: it is not told apart from a late export.
- The amount is the offer's price, tax excluded in reports; webhooks do not say, and are taken to be like them.
- A transaction has one id in webhooks and reports. Deliver one of the two: the second tells it in other words and is
  quarantined as a conflict, never counted twice. Its gross amount includes tax where the sender gives both.
- The Pass report opens access windows with an amount of 0: the money is in the transactions.
- Seasonal offers are billed once a year. An offer with prefix A is bought for ever: kind other, a pass among
  the offers.
- Columns whose names Cleeng's public pages cut off are looked for under several names (``fields``).
"""

from __future__ import annotations

from pipelines.sources.base import Source
from pipelines.sources.cleeng.fields import money, typed_select
from pipelines.sources.cleeng.payments import AMOUNT, payment_events
from pipelines.sources.cleeng.subscriptions import (
    PRICED_WEBHOOK,
    SUBSCRIPTION_WEBHOOK,
    TOPICS,
    store_purchases,
    subscription_events,
)

_OTHER_TOPICS = (
    "customerRequestedPasswordReset",
    "offerCreated",
    "offerDeactivated",
    "offerUpdated",
    "subscriptionReadyForPaymentAuthorisation",
    "subscriptionReadyForPaymentCapture",
    "subscriptionReadyForTermination",
)
_CUSTOMER_TOPICS = ("customerRegistered", "customerConsentUpdated")
_KNOWN_TOPICS = ", ".join(f"'{t}'" for t in ("transactionCreated", *TOPICS, *_CUSTOMER_TOPICS, *_OTHER_TOPICS))
_OTHERS = ", ".join(f"'{topic}'" for topic in _OTHER_TOPICS)
_PARSED = f"""
    select *,
        coalesce(
            transaction_at, event_at, envelope_at,
            case when topic = 'subscriptionTerminated' then coalesce(termination_at, end_at)
                when topic = 'subscriptionCreated' then start_at
                when topic in ('subscriptionStopped', 'subscriptionCanceled', 'subscriptionCancelled') then cancel_at
            end
        ) as happened_at
    from ({typed_select()})
"""


def _customer_events(reporting_currency: str) -> str:  # noqa: ARG001 - no amounts
    # A report names the newest e-mail beside an old registration, so its row only says when somebody registered.
    return """
    select
        file_number, row_number,
        concat_ws(':', 'cleeng', topic, customer_id, consent_name, cast(happened_at as VARCHAR)) as event_id,
        case topic when 'customerRegistered' then 'registered' else 'consent_changed' end as event_type,
        happened_at as occurred_at,
        customer_id,
        email,
        country,
        case when topic = 'customerConsentUpdated' and contains(lower(coalesce(consent_name, 'marketing')), 'market')
            then lower(consent_state) in ('accepted', 'true', '1', 'yes') end as marketing_consent
    from delivered
    where kind = 'webhook' and topic in ('customerRegistered', 'customerConsentUpdated') and happened_at is not null
    union all by name
    select
        file_number, row_number,
        concat_ws(':', 'cleeng:activated', customer_id, cast(activation_at as VARCHAR)) as event_id,
        'registered' as event_type,
        activation_at as occurred_at,
        customer_id
    from delivered
    where kind in ('subscription', 'pass') and activation_at is not null
    """


def _identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - no amounts
    return """
    select file_number, row_number, 'cleeng_customer' as alias_kind, customer_number as alias_value,
        external_id as customer_id
    from delivered where kind <> 'offer' and customer_number is not null and external_id is not null
    union all
    select file_number, row_number, 'email_hash', email_hash,
        coalesce(external_id, 'cleeng_customer:' || customer_number)
    from delivered
    where kind <> 'offer' and email_hash is not null and coalesce(external_id, customer_number) is not null
    """


def _offers(reporting_currency: str) -> str:  # noqa: ARG001 - every price has its currency
    return f"""
    select
        file_number, row_number,
        long_id as offer_id,
        coalesce(title, long_id) as title,
        case left(long_id, 1) when 'S' then 'subscription' when 'R' then 'rental' when 'E' then 'ppv' else 'pass' end
            as offer_kind,
        case when object_currency is not null then {money("object_price")} end as amount,
        upper(object_currency) as currency,
        case when left(long_id, 1) = 'S' then lower(cycle_unit) end as billing_interval,
        case when left(long_id, 1) = 'S' then try_cast(cycle_count as BIGINT) end as billing_interval_count,
        case when free_type = 'day' then try_cast(free_days as BIGINT) end as trial_days,
        lower(is_active) as active,
        object_updated_at as recorded_at
    from delivered where kind = 'offer'
    """


def _other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no amounts
    return f"""
    select
        file_number, row_number,
        concat_ws(':', 'cleeng', topic, subject_id, cast(named_at as VARCHAR)) as event_id,
        topic as event_type,
        named_at as occurred_at,
        'cleeng' as provider,
        subject_id
    from (
        select *, coalesce(happened_at, end_at) as named_at,
            coalesce(subscription_id, customer_number, offer_id) as subject_id
        from delivered
        where kind = 'webhook' and topic in ({_OTHERS})
    )
    """


_IS_MONEY = "(kind = 'transaction' or kind = 'webhook' and topic = 'transactionCreated')"
_PRICE_WAITS = f"""
    ({PRICED_WEBHOOK} or kind = 'subscription') and not exists (
        select 1 from known_store_purchases as known
        where known.provider = 'cleeng' and known.purchase_id = delivered.subscription_id
    )
"""

SOURCE = Source(
    name="cleeng",
    title="Cleeng webhooks and reports",
    cannot_know=(
        "When a cancellation was withdrawn, pauses, holds, when within a period a plan changed, prices before the "
        "first report, fees, and whether an active subscription past its period is in grace."
    ),
    parsed=_PARSED,
    mappings={
        "store_purchases": store_purchases,
        "subscription_events": subscription_events,
        "payment_events": payment_events,
        "customer_events": _customer_events,
        "offers": _offers,
        "identity_links": _identity_links,
        "other_events": _other_events,
    },
    rejections=(
        ("kind is null", "unknown_type:payload"),
        (f"kind = 'webhook' and topic not in ({_KNOWN_TOPICS})", "unknown_type:topic"),
        ("kind = 'webhook' and has_data is null", "missing:data"),
        ("kind <> 'offer' and customer_id is null and coalesce(topic, '') not like 'offer%'", "missing:customerId"),
        (f"{_IS_MONEY} and transaction_id is null", "missing:transactionId"),
        (f"{_IS_MONEY} and coalesce(transaction_at, happened_at) is null", "missing:transactionDate"),
        (f"{_IS_MONEY} and ({AMOUNT}) is null", "missing:amount"),
        (f"{_IS_MONEY} and currency is null", "missing:currency"),
        (
            f"kind = 'webhook' and topic in ({', '.join(repr(topic) for topic in TOPICS)}) and subscription_id is null",
            "missing:subscriptionId",
        ),
        (
            "kind = 'webhook' and coalesce(happened_at, end_at) is null and not "
            "(topic = 'customerRegistered' and email_hash is not null)",
            "missing:time",
        ),
        (f"{SUBSCRIPTION_WEBHOOK} and happened_at is null", "missing:time"),
        ("kind = 'webhook' and topic = 'customerConsentUpdated' and happened_at is null", "missing:time"),
        ("kind = 'subscription' and start_at is null", "missing:Subscription start date"),
        ("kind = 'pass' and coalesce(start_at, payment_at) is null", "missing:Pass start date"),
        ("kind = 'pass' and currency is null", "missing:Offer currency"),
        (
            "kind = 'subscription' and status in ('terminated', 'churned', 'expired') "
            "and coalesce(termination_at, end_at) is null",
            "missing:Termination date",
        ),
    ),
    context=("store_purchases",),
    waiting=((_PRICE_WAITS, "waiting:price"),),
)
