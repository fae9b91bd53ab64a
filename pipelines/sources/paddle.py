"""Paddle Billing: notifications (webhooks) of subscriptions, transactions and adjustments, and the events of its API.

Read: Paddle's own client (paddle-python-sdk of July 2026): its event names, the entities of notifications with all
their fields and enumerations, its sample of each notification, which were run, and how it verifies a signature. Not
available: the prose of the developer documentation, so that when each notification is sent is from knowledge. Choices
that the format forces:

- A notification carries the whole subscription as it is after it: the sum of its recurring items that are active.
- CREATED starts it, as a trial or paid; ACTIVATED, which follows at once without a trial, is the conversion of one.
- UPDATED comes for everything and does not say what changed: an active subscription is a renewal at the price that it
  has, which recovers one whose payment failed and keeps its exchange rate where the price is the same. Its scheduled
  cancellation is the wish to cancel; one without any takes the wish back, if there was one.
- A price is in the currency of the subscription by its only override in that currency; without one it is in its own,
  since Paddle converts it at each charge. Where several overrides differ, and which country counts is not told, or
  where items would be in several currencies, it is not known.
- CANCELED says no reason, and neither whether dunning came before it.
- Money is what a completed transaction charged (``grand_total``), tax and Paddle's fee told apart. Adjustments that are
  approved give it back; credits only move a balance.
- A subscription names its discount, of which notifications of discounts tell (``paddle_discounts``).
- Prices may hold tax as the account is set (``tax_mode``): amounts as they stand.
- The sandbox sends the same notifications: it must have a URL of its own. Paddle Classic (``alert_name``) is rejected.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.billing import billing_source, chosen, one_event
from pipelines.sources.paddle_discounts import DISCOUNTS, LINES
from pipelines.sources.sql import instant, json_fields, major_units

EVENTS = {
    "subscription.created": "started",
    "subscription.imported": "started",
    "subscription.activated": "trial_converted",
    "subscription.updated": "plan_changed",
    "subscription.past_due": "grace_entered",
    "subscription.paused": "paused",
    "subscription.resumed": "resumed",
    "subscription.canceled": "ended",
}
"""What a notification does to its subscription, but for what the state after it changes in that."""
PAYMENTS = {"transaction.completed": "succeeded", "transaction.payment_failed": "failed"}
ADJUSTMENTS = {"refund": "refunded", "chargeback": "chargeback", "chargeback_reverse": "chargeback_reversed"}
OTHER = (
    "subscription.trialing",
    "transaction.billed",
    "transaction.canceled",
    "transaction.created",
    "transaction.paid",
    "transaction.past_due",
    "transaction.ready",
    "transaction.revised",
    "transaction.updated",
)
_FIELDS = {
    "id": "$.event_id",
    "kind": "$.event_type",
    "told": "$.occurred_at",
    "classic": "$.alert_name",
    "data_id": "$.data.id",
    "status": "$.data.status",
    "customer": "$.data.customer_id",
    "subscription": "$.data.subscription_id",
    "money": "$.data.currency_code",
    "unit": "$.data.billing_cycle.interval",
    "count": "$.data.billing_cycle.frequency",
    "starts": "$.data.current_billing_period.starts_at",
    "ends": "$.data.current_billing_period.ends_at",
    "next_billed": "$.data.next_billed_at",
    "scheduled": "$.data.scheduled_change.action",
    "discount": "$.data.discount.id",
    "discount_ends": "$.data.discount.ends_at",
    "items": "$.data.items",
    "product": "$.data.items[0].price.id",
    "own_customer": "$.data.custom_data.customer_id",
    "total": "$.data.details.totals.grand_total",
    "tax": "$.data.details.totals.grand_total_tax",
    "tax_before_credit": "$.data.details.totals.tax",
    "fee": "$.data.details.totals.fee",
    "method": "$.data.payments[0].method_details.type",
    "error": "$.data.payments[0].error_code",
    "adjusted": "$.data.transaction_id",
    "action": "$.data.action",
    "adjusted_total": "$.data.totals.total",
    "adjusted_tax": "$.data.totals.tax",
    "created": "$.data.created_at",
}
_SHAPE = (
    '[{"status": "VARCHAR", "quantity": "BIGINT", "recurring": "BOOLEAN", "trial_dates": {"ends_at": "VARCHAR"}, '
    '"price": {"id": "VARCHAR", "product_id": "VARCHAR", '
    '"unit_price": {"amount": "BIGINT", "currency_code": "VARCHAR"}, '
    '"unit_price_overrides": [{"unit_price": {"amount": "BIGINT", "currency_code": "VARCHAR"}}]}}]'
)
# The prices of the items that recur, but of those in a trial beside others that are paid: in the currency of the
# subscription where their own or an override is.
_PRICES = f"""list_transform(
    list_filter(from_json(items, '{_SHAPE}'),
        lambda item: coalesce(item.recurring, true) and coalesce(item.status, 'active') <> 'inactive'
            and (coalesce(item.status, '') <> 'trialing' or status = 'trialing')),
    lambda item: {{
        'price_id': item.price.id,
        'product_id': item.price.product_id,
        'quantity': coalesce(item.quantity, 1),
        'own': item.price.unit_price.amount,
        'own_currency': item.price.unit_price.currency_code,
        'overrides': list_distinct(list_transform(
            list_filter(item.price.unit_price_overrides,
                lambda other: other.unit_price.currency_code = money and item.price.unit_price.currency_code <> money),
            lambda other: other.unit_price.amount
        ))
    }}
)"""
_PRICED = """list_transform(prices, lambda price: {
    'price_id': price.price_id,
    'product_id': price.product_id,
    'quantity': price.quantity,
    'amount': price.quantity * case when len(price.overrides) = 1 then price.overrides[1] else price.own end,
    'currency': case when len(price.overrides) = 1 then money else price.own_currency end,
    'is_unclear': len(price.overrides) > 1
})"""
_KNOWN = ", ".join(f"'{name}'" for name in (*EVENTS, *PAYMENTS, *OTHER, "adjustment.created", "adjustment.updated"))

_FACTS = f"""
    select
        file_number, row_number,
        case when classic is not null then 'unsupported:classic' when kind is null then 'missing:event_type'
            when regexp_matches(kind, '^(subscription|transaction|adjustment)\\.') and kind not in ({_KNOWN})
                then 'unknown_type' end as flaw,
        -- An adjustment is told when it is made and whenever its state changes.
        case when gives_back then 'adjustment:' || data_id else id end as notice,
        kind as word,
        {instant("case when gives_back then coalesce(created, told) else told end")} as occurred_at,
        coalesce(own_customer, customer) as customer_id,
        case when starts_with(kind, 'subscription.') then data_id else subscription end as subscription_id,
        case
            when kind in ('subscription.created', 'subscription.imported') then case status
                when 'trialing' then ['trial_started'] when 'canceled' then [] when 'paused' then ['started', 'paused']
                else ['started'] end
            when kind = 'subscription.activated' and not had_trial then []
            -- What it resumes at is the price from then on, as of a renewal.
            when kind = 'subscription.resumed' and len(priced) > 0 then ['resumed', 'renewed']
            when kind = 'subscription.updated' then case
                when status in ('canceled', 'paused', 'past_due') then []
                when status = 'trialing' then ['plan_changed', wish] else ['renewed', wish] end
            else {one_event("kind", EVENTS)}
        end as events,
        product as offer_id,
        {major_units("list_sum(list_transform(priced, lambda price: price.amount))", "priced[1].currency")} as amount,
        case when kind like 'subscription.%' then coalesce(priced[1].currency, money) else money end as currency,
        list_bool_or(list_transform(priced, lambda price: price.is_unclear or price.currency <> priced[1].currency))
            as price_unknown,
        unit as billing_interval, try_cast(count as BIGINT) as billing_interval_count,
        {instant("starts")} as period_start,
        {instant("coalesce(ends, next_billed)")} as period_end,
        'web' as channel, case when kind like 'discount.%' then data_id else discount end as coupon_code,
        case when kind like 'discount.%' then payload when discount is not null and kind like 'subscription.%'
            then cast(to_json({{'ends_at': discount_ends, 'lines': {LINES}}}) as VARCHAR) end as terms,
        case when gives_back then {chosen("action", {word: f"'{kind}'" for word, kind in ADJUSTMENTS.items()})}
            when try_cast(total as BIGINT) > 0
                then {chosen("kind", {word: f"'{kind}'" for word, kind in PAYMENTS.items()})} end as payment,
        data_id as transaction_id,
        case when gives_back then adjusted end as original_transaction_id,
        {major_units("case when gives_back then adjusted_total else total end", "money")} as paid,
        {
    major_units("case when gives_back then adjusted_tax else coalesce(tax, tax_before_credit) end", "money")
} as tax_amount,
        case when kind = 'transaction.completed' then {major_units("fee", "money")} end as fee_amount,
        error as failure_code, method as payment_method,
        case when own_customer is not null then 'paddle_customer' end as alias_kind, customer as alias_value,
        own_customer as alias_of
    from (
        select *, {_PRICED} as priced,
            coalesce(list_bool_or(list_transform(from_json(items, '{_SHAPE}'),
                lambda item: item.trial_dates.ends_at is not null)), false) as had_trial,
            case when scheduled = 'cancel' then 'cancel_scheduled' else 'cancel_reverted' end as wish,
            coalesce(starts_with(kind, 'adjustment.') and status = 'approved'
                and action in {tuple(ADJUSTMENTS)}, false) as gives_back
        from (select *, {_PRICES} as prices from (
            select * replace (upper(money) as money) from ({json_fields(_FIELDS)})
        ))
    )
"""

SOURCE = billing_source(
    "paddle",
    "Paddle Billing notifications",
    facts=_FACTS,
    terms=DISCOUNTS,
    cannot_know="discounts of which no notification tells, whether prices hold tax, why a subscription ended, "
    "countries, which of several overrides of a price counts, what an update changed, whether a pause is the "
    "customer's, whether a notification is of the sandbox",
    flaws=("unsupported:classic", "missing:event_type"),
)
