"""Senders that tell a whole subscription or payment in each payload: one row of facts becomes the rows of the feeds.

Such a sender says in one select, over the view ``payloads``, what each payload tells, with the columns below; those
that it never tells it leaves out. The rows of the feeds follow in the same way for all of them.

Belongs here: that way. Does not belong here: any sender, stores whose notifications lack prices (``google``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.contract.vocabulary import PRICED_EVENT_TYPES
from pipelines.sources.base import IdentifierPlace, Source
from pipelines.sources.billing_payments import payment_events, what_is_new_of_refunds
from pipelines.sources.billing_terms import Terms
from pipelines.sources.sql import email_hash, sets_price

FACTS: dict[str, str] = {
    # Why the sender's format rules the payload out; null when it does not.
    "flaw": "VARCHAR",
    # The sender's id of what happened, and its word for it.
    "notice": "VARCHAR",
    "word": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "recorded_at": "TIMESTAMP",
    "customer_id": "VARCHAR",
    "subscription_id": "VARCHAR",
    # The canonical events of the subscription, in their order.
    "events": "VARCHAR[]",
    "offer_id": "VARCHAR",
    "amount": "DECIMAL(18,4)",
    "discount_amount": "DECIMAL(18,4)",
    "discount_ends_at": "TIMESTAMP",
    "currency": "VARCHAR",
    "billing_interval": "VARCHAR",
    "billing_interval_count": "BIGINT",
    # Said where the sender does not tell the price that it sets, or its interval.
    "price_unknown": "BOOLEAN",
    # What says what a discount takes off of what, as the sender puts it (JSON).
    "terms": "VARCHAR",
    "period_start": "TIMESTAMP",
    "period_end": "TIMESTAMP",
    "channel": "VARCHAR",
    "country": "VARCHAR",
    "coupon_code": "VARCHAR",
    "end_reason": "VARCHAR",
    # The canonical type of the payment, if there is one, and its own facts.
    "payment": "VARCHAR",
    # What names the payment where payloads repeat it: it is told once, when first seen.
    "payment_notice": "VARCHAR",
    # When it was paid, where that is another time than that of what happened to the subscription.
    "paid_at": "TIMESTAMP",
    "transaction_id": "VARCHAR",
    "original_transaction_id": "VARCHAR",
    "paid": "DECIMAL(18,4)",
    # All that was given back of the transaction so far, where a sender tells only this: what is new of it is a refund.
    "refunded_total": "DECIMAL(18,4)",
    # What was given back of the transaction, where payloads repeat the list of it: each is told once as well.
    "refunds": "STRUCT(id VARCHAR, amount DECIMAL(18,4))[]",
    "paid_currency": "VARCHAR",
    "tax_amount": "DECIMAL(18,4)",
    "fee_amount": "DECIMAL(18,4)",
    "failure_code": "VARCHAR",
    "payment_method": "VARCHAR",
    "product_kind": "VARCHAR",
    "access_start": "TIMESTAMP",
    "access_end": "TIMESTAMP",
    # What else is known of the customer: an address, or another identifier of this sender.
    "email": "VARCHAR",
    "alias_kind": "VARCHAR",
    "alias_value": "VARCHAR",
    "alias_of": "VARCHAR",
}
_PRICED = sets_price()
# A paused or ended subscription has no running period, and neither has one whose payment failed for good.
_HAS_PERIOD = "event_type not in ('paused', 'hold_entered', 'ended')"
_COMMON_FLAWS = ("missing:id", "unknown_type", "invalid:time", "missing:customer", "missing:subscription")


def billing_source(
    name: str,
    title: str,
    *,
    facts: str,
    cannot_know: str,
    flaws: Sequence[str] = (),
    is_in_reporting_currency: bool = False,
    is_priced_apart: bool = False,
    repeats_payments: bool = False,
    terms: Terms | None = None,
    identifiers: Sequence[IdentifierPlace] = (),
) -> Source:
    """The source whose payloads the select ``facts`` reads; ``flaws`` are its reasons beyond the common ones.

    Amounts without a currency are of the reporting currency where ``is_in_reporting_currency``. Of a sender that
    ``is_priced_apart`` some payloads tell prices and others intervals, and an event waits for both; a trial waits for
    neither, since what would have followed is never told of one that is left. ``terms`` are what objects of the
    sender's own tell of prices and intervals.
    """
    typed = ", ".join(f"cast(null as {kind}) as {column}" for column, kind in FACTS.items())
    parsed = f"""
    select * replace (case
        when flaw is not null then flaw
        when notice is null then 'missing:id'
        when occurred_at is null then 'invalid:time'
        when len(events) > 0 and subscription_id is null then 'missing:subscription'
        when (len(events) > 0 or payment is not null or len(refunds) > 0) and customer_id is null
            then 'missing:customer'
    end as flaw)
    from (
        select cast(null as INTEGER) as file_number, cast(null as BIGINT) as row_number, {typed} where false
        union all by name
        select * from ({facts})
    )
    """
    return Source(
        name=name,
        title=title,
        cannot_know=cannot_know,
        parsed=parsed,
        mappings={
            **({"store_purchases": lambda _: _store_purchases(name)} if is_priced_apart else {}),
            **({"sender_objects": lambda _: terms.objects} if terms else {}),
            "subscription_events": lambda currency: _subscription_events(
                name,
                _informed(name) if is_priced_apart else terms.priced if terms else "delivered",
                default=f"'{currency}'" if is_in_reporting_currency else "null",
            ),
            "payment_events": lambda currency: payment_events(
                name,
                what_is_new_of_refunds(name) if is_priced_apart else "delivered",
                default=f"'{currency}'" if is_in_reporting_currency else "null",
                repeats_payments=repeats_payments,
            ),
            "identity_links": lambda _: _IDENTITY_LINKS,
            "other_events": lambda _: _other_events(name),
        },
        context=("store_purchases",) if is_priced_apart else ("sender_objects",) if terms else (),
        concerned=(terms.concerned,) if terms else (),
        context_reaches_far=is_priced_apart,
        reads=("payment_events",) if repeats_payments else (),
        waiting=((_waits(name), "waiting:price"),) if is_priced_apart else (),
        identifiers=tuple(identifiers),
        rejections=tuple((f"flaw = '{flaw}'", flaw) for flaw in (*flaws, *_COMMON_FLAWS)),
    )


def chosen(column: str, values: Mapping[str, str], *, otherwise: str = "null") -> str:
    """A case, as SQL, that gives for each text of a column the SQL beside it."""
    whens = " ".join(f"when '{text}' then {value}" for text, value in values.items())
    return f"case {column} {whens} else {otherwise} end"


def one_event(column: str, values: Mapping[str, str]) -> str:
    """The list of the one canonical event for each text of a column; an empty list where there is none."""
    return chosen(column, {text: f"['{event}']" for text, event in values.items()}, otherwise="[]")


def _store_purchases(name: str) -> str:
    """What a payload tells of the price, or of the interval, of a subscription, or of all that was given back."""
    return f"""
    select file_number, row_number, '{name}' as provider, subscription_id as purchase_id, occurred_at as recorded_at,
        case when refunded_total is not null then 'refund:' || transaction_id else notice end as order_id,
        coalesce(refunded_total, amount) as amount, currency, billing_interval, billing_interval_count
    from delivered where subscription_id is not null
        and (coalesce(refunded_total, amount) is not null or billing_interval is not null)
    """


def _informed(name: str) -> str:
    """The rows delivered, with the price and the interval that others tell: the last by then, else the next."""

    def sent(column: str, about: str) -> str:
        known = f"filter (where known.{about} is not null"
        return f"""coalesce(
            arg_max(known.{column}, known.version) {known} and known.recorded_at <= occurred_at + interval 2 days),
            arg_min(known.{column}, known.version) {known})) as known_{column}"""

    columns = (
        sent("amount", "amount"),
        sent("currency", "amount"),
        sent("billing_interval", "billing_interval"),
        sent("billing_interval_count", "billing_interval"),
    )
    before = ", ".join(
        f"arg_max(known.{column}, known.version) filter (where known.billing_interval is not null "
        f"and known.recorded_at < occurred_at) as earlier_{column}"
        for column in ("billing_interval", "billing_interval_count")
    )
    priced_at = """max(known.recorded_at) filter (
        where known.amount is not null and known.recorded_at <= occurred_at + interval 2 days) as priced_at"""
    # Until the price of another plan is told, that of the one before stays, which is for the interval of that one.
    is_price_of_before = """delivered.amount is null and list_contains(events, 'plan_changed')
        and priced_at < occurred_at and earlier_billing_interval is not null"""
    filled = {
        "amount": "coalesce(amount, known_amount)",
        "currency": "coalesce(currency, known_currency)",
        **{
            column: f"case when {is_price_of_before} then earlier_{column} else coalesce({column}, known_{column}) end"
            for column in ("billing_interval", "billing_interval_count")
        },
    }
    replaced = ", ".join(f"{value} as {column}" for column, value in filled.items())
    return f"""(
        select delivered.* replace ({replaced})
        from delivered left join (
            select event.file_number, event.row_number, {", ".join(columns)}, {before}, {priced_at}
            from delivered as event join known_store_purchases as known
                on known.provider = '{name}' and known.purchase_id = event.subscription_id
                and not starts_with(known.order_id, 'refund:')
            group by event.file_number, event.row_number
        ) as context on context.file_number = delivered.file_number and context.row_number = delivered.row_number
    )"""


def _waits(name: str) -> str:
    """The condition that an event needs a price or an interval that nobody has told yet."""

    def unknown(column: str) -> str:
        return f"""delivered.{column} is null and not exists (select 1 from known_store_purchases as known
            where known.provider = '{name}' and known.purchase_id = delivered.subscription_id
            and not starts_with(known.order_id, 'refund:') and known.{column} is not null)"""

    priced = [event_type for event_type in PRICED_EVENT_TYPES if event_type != "trial_started"]
    return f"""list_has_any(delivered.events, {priced})
        and ({unknown("amount")} or {unknown("billing_interval")})"""


def _subscription_events(name: str, relation: str, *, default: str) -> str:
    return f"""
    select
        file_number, row_number,
        '{name}:' || notice || case when part = 1 then '' else ':' || part end as event_id,
        event_type,
        occurred_at,
        coalesce(recorded_at, occurred_at) as recorded_at,
        customer_id,
        subscription_id,
        offer_id,
        case when {_PRICED} and not is_unknown then amount end as amount,
        case when {_PRICED} and not is_unknown then coalesce(discount_amount, 0) else 0 end as discount_amount,
        case when {_PRICED} and not is_unknown and discount_amount > 0 then discount_ends_at end as discount_ends_at,
        case when {_PRICED} then coalesce(currency, {default}) end as currency,
        case when {_PRICED} and not is_unknown then billing_interval end as billing_interval,
        case when {_PRICED} and not is_unknown then coalesce(billing_interval_count, 1) end as billing_interval_count,
        case when {_PRICED} and period_start <= period_end then period_start end as period_start,
        case when {_HAS_PERIOD} then period_end end as period_end,
        channel,
        '{name}' as provider,
        country,
        case when {_PRICED} then coupon_code end as coupon_code,
        case when event_type = 'ended' then end_reason end as end_reason,
        word as provider_code,
        case when {_PRICED} and is_unknown then true end as price_unknown
    from (
        select *, coalesce(price_unknown, false)
            or event_type = 'trial_started' and (amount is null or billing_interval is null) as is_unknown
        from (
            select *, unnest(events) as event_type, generate_subscripts(events, 1) as part from {relation}
        )
    )
    """


_IDENTITY_LINKS = f"""
    select file_number, row_number, alias_kind, alias_value, alias_of as customer_id,
        coalesce(recorded_at, occurred_at) as recorded_at
    from delivered where alias_kind is not null and alias_value is not null and alias_of is not null
    union all by name
    select file_number, row_number, 'email_hash' as alias_kind, {email_hash("email")} as alias_value, customer_id,
        coalesce(recorded_at, occurred_at) as recorded_at
    from delivered where customer_id <> 'email_hash:' || {email_hash("email")}
"""


def _other_events(name: str) -> str:
    return f"""
    select
        file_number, row_number, '{name}:' || notice as event_id, word as event_type, occurred_at,
        coalesce(recorded_at, occurred_at) as recorded_at, '{name}' as provider,
        coalesce(subscription_id, customer_id) as subject_id
    from delivered where len(coalesce(events, [])) = 0 and payment is null and len(coalesce(refunds, [])) = 0
    """
