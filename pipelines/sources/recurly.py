"""Recurly: subscriptions and transactions as its API (version 3) answers them, and its webhooks.

Read: the OpenAPI document of version v2021-02-25 in Recurly's client (recurly-client-python of March 2024):
Subscription, Transaction, Plan, CouponRedemptionMini with all their fields and enumerations; and its page on verifying
signatures. Not available, and so from knowledge: the fields of a JSON webhook, and the words of ``expiration_reason``,
which the OpenAPI document leaves open; another word ends without a reason. Choices that the format forces:

- A JSON webhook carries ids and no data: it is another event, and the object that it names is to be fetched and
  delivered. Each fetched object is a state at its ``updated_at``: an active one is a renewal at the price it has, which
  starts, converts or continues the subscription, whatever was known before.
- The price is the subtotal (plan and add-ons, quantities in it), without tax; where ``tax_inclusive``, less its tax.
- A subscription does not name its interval: it is that of its plan, where this is delivered as well
  (``recurly_plans``), else of the current period, where it is a whole one. In another period, as the first one to a
  billing date, the price that was known stays (``recovered``). The price of a trial is not known without its plan: its
  period says nothing of the one that follows. Discounts are those of all active redemptions.
- A transaction is told again when its status changes. A void one was paid when it was made and given back when it was
  voided; a chargeback counts from its last update, and a refund whose origin is a chargeback is one.
- ``canceled`` is the wish to cancel: it runs until it is ``expired``, whose ``expiration_reason`` may say why.
- Sandbox sites answer alike: their objects must not be delivered.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.base import IdentifierPlace
from pipelines.sources.billing import billing_source, chosen, one_event
from pipelines.sources.recurly_plans import PLANS, TERMS
from pipelines.sources.sql import instant, json_fields
from pipelines.sources.store_intervals import is_whole_period, period_interval

STATES = {
    "active": "renewed",
    "canceled": "cancel_scheduled",
    "expired": "ended",
    "failed": "ended",
    "paused": "paused",
}
"""What a subscription in a state has come to; a trial that runs is a trial, and a ``future`` one nothing yet."""
PAYMENTS = {"purchase": "succeeded", "capture": "succeeded", "refund": "refunded"}
END_REASONS = {
    "canceled": "customer_cancelled",
    "nonpayment": "payment_failed",
    "nonpayment_gift": "payment_failed",
    "nonpayment_trial": "payment_failed",
    "trial_expired": "customer_cancelled",
}
_FIELDS = {
    "kind": "$.object",
    "id": "$.id",
    "hook": "$.event_type",
    "hook_at": "$.event_time",
    "hook_object": "$.object_type",
    "account": "$.account.code",
    "account_alone": "$.account_code",
    "email": "$.account.email",
    "state": "$.state",
    "plan": "$.plan.code",
    "code_alone": "$.code",
    "interval_unit": "$.interval_unit",
    "interval_length": "$.interval_length",
    "subtotal": "$.subtotal",
    "tax": "$.tax",
    "inclusive": "$.tax_inclusive",
    "money": "$.currency",
    "starts": "$.current_period_started_at",
    "ends": "$.current_period_ends_at",
    "trial_ends": "$.trial_ends_at",
    "expired_for": "$.expiration_reason",
    "expires": "$.expires_at",
    "updated": "$.updated_at",
    "created": "$.created_at",
    "auto_renews": "$.auto_renew",
    "redemptions": "$.coupon_redemptions",
    "origin": "$.origin",
    "voided": "$.voided_at",
    "type": "$.type",
    "success": "$.success",
    "status": "$.status",
    "amount_text": "$.amount",
    "original": "$.original_transaction_id",
    "original_object": "$.original_transaction.id",
    "of_subscription": "$.subscription_ids[0]",
    "code": "$.status_code",
    "method": "$.payment_method.object",
}
_UNIT, _COUNT = period_interval("starts_at", "ends_at")
_IS_WHOLE = is_whole_period("starts_at", "ends_at", _UNIT, _COUNT)
_REDEMPTIONS = """list_filter(
    from_json(redemptions, '[{"state": "VARCHAR", "discounted": "DECIMAL(18,4)", "coupon": {"code": "VARCHAR"}}]'),
    lambda redemption: coalesce(redemption.state, 'active') = 'active'
)"""
_IS_STATE = "kind in ('subscription', 'plan')"
_CHANGED = "coalesce(voided, updated, created)"
_FACTS = f"""
    select
        file_number, row_number,
        case when hook is null and coalesce(kind, '') not in ('subscription', 'transaction', 'plan') then 'unknown_type'
            when kind = 'subscription' and state not in ({", ".join(f"'{state}'" for state in STATES)}, 'future')
                then 'unknown_type' end as flaw,
        concat_ws(':', coalesce(kind, hook_object), id,
            coalesce(hook, case when {_IS_STATE} then updated else status end)) as notice,
        concat_ws('/', coalesce(kind, hook_object), coalesce(hook, state, status)) as word,
        {
    instant(
        "coalesce(hook_at, case when kind = 'subscription' and state = 'expired' then expires end, "
        f"case when {_IS_STATE} then updated when status in ('void', 'chargeback') then {_CHANGED} end, "
        "created)"
    )
} as occurred_at,
        {
    instant(
        f"coalesce(hook_at, case when {_IS_STATE} then updated "
        f"when status in ('void', 'chargeback') then {_CHANGED} end, created)"
    )
} as recorded_at,
        coalesce(account, account_alone) as customer_id,
        case when kind = 'subscription' then id else of_subscription end as subscription_id,
        case when (kind is distinct from 'subscription') then []
            when state in ('active', 'canceled') then [
                case when {instant("trial_ends")} > {instant("updated")} then 'trial_started'
                    when {_IS_WHOLE} then 'renewed' else 'recovered' end,
                case when state = 'canceled' or auto_renews = 'false' then 'cancel_scheduled' else 'cancel_reverted' end
            ]
            else {one_event("state", STATES)} end as events,
        case when kind = 'plan' then code_alone else plan end as offer_id,
        case when kind = 'plan' then {TERMS} end as terms,
        cast(try_cast(subtotal as DECIMAL(18,4))
            - case when inclusive = 'true' then coalesce(try_cast(tax as DECIMAL(18,4)), 0) else 0 end as DECIMAL(18,4))
            as amount,
        cast(list_sum(list_transform({_REDEMPTIONS}, lambda it: it.discounted)) as DECIMAL(18,4)) as discount_amount,
        ends_at as discount_ends_at,
        money as currency,
        case when {_IS_WHOLE} then {_UNIT} end as billing_interval,
        case when {_IS_WHOLE} then {_COUNT} end as billing_interval_count,
        {instant("trial_ends")} > {instant("updated")} as price_unknown,
        starts_at as period_start, ends_at as period_end, 'web' as channel,
        ({_REDEMPTIONS})[1].coupon.code as coupon_code,
        {chosen("expired_for", {word: f"'{reason}'" for word, reason in END_REASONS.items()})} as end_reason,
        case when kind = 'transaction' and try_cast(amount_text as DECIMAL(18,4)) > 0 then case
            when status = 'chargeback' or (type = 'refund' and origin = 'chargeback' and success = 'true')
                then 'chargeback'
            when status = 'void' and type in ('purchase', 'capture') then 'succeeded'
            when success = 'true' then {chosen("type", {word: f"'{event}'" for word, event in PAYMENTS.items()})}
            when status = 'declined' and type in ('purchase', 'capture') then 'failed' end end as payment,
        case when status in ('success', 'void') and type in ('purchase', 'capture')
            then concat_ws(':', kind, id, 'success') end as payment_notice,
        case when kind = 'transaction' and status = 'void' then {instant("created")} end as paid_at,
        case when kind = 'transaction' and status = 'void' and type in ('purchase', 'capture')
            then [{{'id': 'void', 'amount': try_cast(amount_text as DECIMAL(18,4))}}] end as refunds,
        id as transaction_id,
        case when kind = 'transaction' and status = 'chargeback' and type <> 'refund' then id
            else coalesce(original, original_object) end as original_transaction_id,
        try_cast(amount_text as DECIMAL(18,4)) as paid, code as failure_code, method as payment_method, email
    from (
        select *, {instant("starts")} as starts_at, {instant("ends")} as ends_at from ({json_fields(_FIELDS)})
    )
"""

_IDENTIFIERS = (
    IdentifierPlace("id", "subscription", where=("object", "subscription")),
    IdentifierPlace("id", "transaction", where=("object", "transaction")),
    IdentifierPlace("original_transaction.id", "transaction"),
    IdentifierPlace("account.code", "customer"),
    IdentifierPlace("account_code", "customer"),
)
SOURCE = billing_source(
    "recurly",
    "Recurly's subscriptions, transactions and webhooks",
    facts=_FACTS,
    terms=PLANS,
    cannot_know="what a webhook's object holds until it is fetched, without their plans intervals of periods that are "
    "no whole ones and the price that follows a trial, fees, when a discount ends, whether a site is a sandbox",
    repeats_payments=True,
    identifiers=_IDENTIFIERS,
)
