"""Adyen: standard webhooks, one or several items a payload (docs.adyen.com, "Webhook types").

Adyen is told to collect money and knows neither plans nor subscriptions, so there are payments only. Choices that the
format forces:

- A successful AUTHORISATION is the payment, since Adyen captures right after it unless told otherwise. CAPTURE is
  therefore no second payment but another event, and what was captured is what the payment took: less than was
  authorised, in several parts or more than it. A capture after one that failed brings back what that took, up to the
  sum of failures, as ``chargeback_reversed``. What undoes an authorisation before money moved (CANCELLATION,
  TECHNICAL_CANCEL, CANCEL_OR_REFUND, EXPIRE, CAPTURE_FAILED) is a refund of what it names.
- A refused AUTHORISATION is a failed payment with its reason. An amount of 0 only checks a card: another event.
- REFUND_FAILED and REFUNDED_REVERSED bring money back that was refunded; among the canonical types that is
  ``chargeback_reversed``. SECOND_CHARGEBACK takes it again. Notices, requests and pre-arbitration move no money.
- Everything but AUTHORISATION counts only when it succeeded; a refused request is another event.
- ``shopperReference`` is the business's own customer. Modifications often come without it: they then belong to
  ``adyen_payment:<pspReference of the payment>``, which the payment links to its customer.
- ``subscription_id`` is ``metadata.subscription_id``, or the middle of a merchantReference
  ``subscription:<id>`` or ``subscription:<id>:<anything>``; otherwise it is unknown.
- Amounts are in minor units with Adyen's own digits for four currencies (docs.adyen.com, "Currency codes").
- The time is ``eventDate``. A payload of Adyen's test system (``live`` is false) is never revenue: it is rejected as
  ``sandbox_environment``. A capture may be told again under its reference: its date is part of what it is.

An item that cannot be read rejects the whole payload: its items are loaded together or not at all.
"""

from __future__ import annotations

import os

from pipelines.contract.codes import WITHOUT_MINOR_UNIT
from pipelines.errors import UserError
from pipelines.sources.base import Source, Verify
from pipelines.sources.signatures import SignatureError, adyen
from pipelines.sources.signatures.encoding import json_object
from pipelines.sources.sql import email_hash, instant, json_fields, major_units

_WHOLE = (WITHOUT_MINOR_UNIT - {"CLP", "ISK"}) | {"CVE", "IDR"}
_PAYMENT_TYPES = {
    "AUTHORISATION": "succeeded",
    "CANCELLATION": "refunded",
    "CANCEL_OR_REFUND": "refunded",
    "CAPTURE_FAILED": "refunded",
    "EXPIRE": "refunded",
    "REFUND": "refunded",
    "REFUND_WITH_DATA": "refunded",
    "TECHNICAL_CANCEL": "refunded",
    "CHARGEBACK": "chargeback",
    "SECOND_CHARGEBACK": "chargeback",
    "CHARGEBACK_REVERSED": "chargeback_reversed",
    "REFUND_FAILED": "chargeback_reversed",
    "REFUNDED_REVERSED": "chargeback_reversed",
}
# Those of which the amount is the very point; undoing an authorisation may leave it out.
_MONEY_TYPES = ("AUTHORISATION", "REFUND", "REFUND_WITH_DATA", "CHARGEBACK", "SECOND_CHARGEBACK", "CHARGEBACK_REVERSED")
_OTHER_TYPES = (
    "AUTHENTICATION",
    "AUTHORISATION_ADJUSTMENT",
    "AUTORESCUE",
    "CANCEL_AUTORESCUE",
    "CAPTURE",
    "DISPUTE_DEFENSE_PERIOD_ENDED",
    "DONATION",
    "HANDLED_EXTERNALLY",
    "INFORMATION_SUPPLIED",
    "ISSUER_COMMENTS",
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED",
    "MANUAL_REVIEW_ACCEPT",
    "MANUAL_REVIEW_REJECT",
    "NOTIFICATIONTEST",
    "NOTIFICATION_OF_CHARGEBACK",
    "NOTIFICATION_OF_FRAUD",
    "OFFER_CLOSED",
    "ORDER_CLOSED",
    "ORDER_OPENED",
    "PAIDOUT_REVERSED",
    "PAYOUT_DECLINE",
    "PAYOUT_EXPIRE",
    "PAYOUT_THIRDPARTY",
    "PENDING",
    "POSTPONED_REFUND",
    "PREARBITRATION_LOST",
    "PREARBITRATION_OPEN",
    "PREARBITRATION_WON",
    "PROCESS_RETRY",
    "RECURRING_CONTRACT",
    "REPORT_AVAILABLE",
    "REQUEST_FOR_INFORMATION",
    "VOID_PENDING_REFUND",
)
_FLAWS = (
    "missing:notificationItems",
    "sandbox_environment",
    "missing:eventCode",
    "unknown_type:eventCode",
    "missing:pspReference",
    "missing:eventDate",
    "invalid:eventDate",
    "invalid:success",
    "missing:amount",
)
_ITEM = "$.NotificationRequestItem"
_MORE = f"{_ITEM}.additionalData"
_FIELDS = {
    "event_code": f"{_ITEM}.eventCode",
    "psp_reference": f"{_ITEM}.pspReference",
    "original_reference": f"{_ITEM}.originalReference",
    "merchant_reference": f"{_ITEM}.merchantReference",
    "event_date": f"{_ITEM}.eventDate",
    "success": f"{_ITEM}.success",
    "amount_value": f"{_ITEM}.amount.value",
    "amount_currency": f"{_ITEM}.amount.currency",
    "refusal": f"{_ITEM}.reason",
    "payment_method": f"{_ITEM}.paymentMethod",
    "raw_refusal": f"{_MORE}.refusalReasonRaw",
    "recurring_shopper": f'{_MORE}."recurring.shopperReference"',
    "plain_shopper": f"{_MORE}.shopperReference",
    "email": f"{_MORE}.shopperEmail",
    "country": f"{_MORE}.shopperCountry",
    "processing_model": f"{_MORE}.recurringProcessingModel",
    "attempt": f'{_MORE}."retry.orderAttemptNumber"',
    "metadata_subscription": f'{_MORE}."metadata.subscription_id"',
    "metadata_offer": f'{_MORE}."metadata.offer_id"',
}
_TYPES = ", ".join(f"'{code}': '{event_type}'" for code, event_type in _PAYMENT_TYPES.items())
_TYPED = f"""
    select
        file_number, row_number, is_test, is_alone, event_code, psp_reference,
        coalesce(original_reference, psp_reference) as payment_reference,
        original_reference,
        {instant("event_date")} as event_at,
        event_date,
        lower(success) as success,
        upper(amount_currency) as currency,
        {major_units("amount_value", "upper(amount_currency)", whole=_WHOLE)} as amount,
        case when lower(success) = 'false' then coalesce(refusal, raw_refusal, 'unknown') end as failure_code,
        payment_method,
        coalesce(recurring_shopper, plain_shopper) as shopper,
        {email_hash("email")} as email_hash,
        case when regexp_full_match(country, '[A-Za-z]{{2}}') then upper(country) end as country,
        processing_model,
        try_cast(attempt as BIGINT) as attempt,
        coalesce(
            metadata_subscription, nullif(regexp_extract(merchant_reference, '^subscription:([^:]+)(:.*)?$', 1), '')
        ) as subscription_id,
        metadata_offer as offer_id,
        map_extract_value(map {{{_TYPES}}}, event_code) as payment_type
    from ({json_fields(_FIELDS, document="item", relation="items")})
"""
_CODES = ", ".join(f"'{code}'" for code in (*_PAYMENT_TYPES, *_OTHER_TYPES))
_MONEY_CODES = ", ".join(f"'{code}'" for code in _MONEY_TYPES)
_PARSED = f"""
    select * from (
    with items as (
        select file_number, row_number, is_test, len(found) <= 1 as is_alone, unnest(found) as item
        from (
            select
                file_number, row_number,
                coalesce(lower(json_extract_string(payload, '$.live')) = 'false', false) as is_test,
                coalesce(nullif(json_extract(payload, '$.notificationItems[*]'), []), [null]) as found
            from payloads
        )
    ),

    typed as ({_TYPED}),

    judged as (
        select *,
            case
                when event_code is null and psp_reference is null then 'missing:notificationItems'
                when is_test then 'sandbox_environment'
                when event_code is null then 'missing:eventCode'
                when event_code not in ({_CODES}) then 'unknown_type:eventCode'
                when psp_reference is null then 'missing:pspReference'
                when event_date is null then 'missing:eventDate'
                when event_at is null then 'invalid:eventDate'
                when payment_type is not null and coalesce(success not in ('true', 'false'), true)
                    then 'invalid:success'
                when event_code in ({_MONEY_CODES}) and (amount is null or currency is null) then 'missing:amount'
            end as flaw,
            case
                when payment_type is null or coalesce(amount, 0) = 0 or currency is null then null
                when success = 'true' then payment_type
                when event_code = 'AUTHORISATION' then 'failed'
            end as event_type,
            coalesce(shopper, 'email_hash:' || email_hash) as known_customer
        from typed
    )

    -- Nearly every notification has one item, and to collect it costs as much as to read it.
    select file_number, row_number, flaw, [judged] as items from judged where is_alone
    union all
    select file_number, row_number, min(flaw), list(judged) from judged where not is_alone group by all
    )
"""
_TOLD = """(
    select * exclude (flaw, is_alone)
    from (select file_number, row_number, unnest(items, max_depth := 2) from delivered)
)"""
_IS_CAPTURE = "event_code in ('CAPTURE', 'CAPTURE_FAILED') and success = 'true' and amount > 0"
# What was captured of a payment, without what only brought back what captures had failed of.
_CAPTURED = """
    select purchase_id,
        sum(amount) filter (where not has_failed) - least(
            coalesce(sum(amount) filter (where has_failed), 0),
            coalesce(sum(amount) filter (where not has_failed and recorded_at > failed_at), 0)
        ) as captured
    from (
        select *, min(recorded_at) filter (where has_failed) over (partition by purchase_id) as failed_at
        from (select distinct *, order_id like 'CAPTURE_FAILED:%' as has_failed from known_store_purchases
            where provider = 'adyen')
    )
    group by purchase_id having coalesce(min(recorded_at) filter (where not has_failed) < min(failed_at), true)
"""
# What is released of an authorization after a capture is what nobody took.
# What captures failed of before a capture, less what captures since have brought back, is what it brings back.
_ITEMS = f"""
    select * replace (
            case when missing > 0 then least(amount, missing)
                when event_code = 'AUTHORISATION' and success = 'true' then coalesce(captured, amount)
                else amount end as amount,
            case when missing > 0 then 'chargeback_reversed' when not is_only_the_rest then event_type end as event_type
        ),
        concat_ws(':', 'adyen', psp_reference, event_code, success,
            case when event_code in ('CAPTURE', 'CAPTURE_FAILED') then epoch_us(event_at) end) as event_id
    from (
        select told.*, capture.missing, taken.captured,
            event_code in ('CANCELLATION', 'EXPIRE', 'TECHNICAL_CANCEL') and payment_reference in (
                select purchase_id from known_store_purchases where provider = 'adyen') as is_only_the_rest
        from {_TOLD} as told left join ({_CAPTURED}) as taken on taken.purchase_id = told.psp_reference
        left join (
            select file_number, row_number, psp_reference, event_at,
                greatest(least(
                    sum(known.amount) filter (where known.order_id like 'CAPTURE_FAILED:%'),
                    sum(known.amount * case when known.order_id like 'CAPTURE_FAILED:%' then 1 else -1 end)
                        filter (where known.recorded_at >= failed.first_at)
                ), 0) as missing
            from {_TOLD} as capturing
            join (select distinct * from known_store_purchases where provider = 'adyen') as known
                on known.purchase_id = capturing.payment_reference and known.recorded_at < capturing.event_at
            join (
                select purchase_id, min(recorded_at) as first_at from known_store_purchases
                where provider = 'adyen' and order_id like 'CAPTURE_FAILED:%' group by purchase_id
            ) as failed on failed.purchase_id = known.purchase_id
            where capturing.event_code = 'CAPTURE' and capturing.success = 'true' and capturing.amount > 0
            group by file_number, row_number, psp_reference, event_at
        ) as capture using (file_number, row_number, psp_reference, event_at)
    )
"""


def _store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - every amount has its currency
    return f"""
    select file_number, row_number, 'adyen' as provider, payment_reference as purchase_id, event_at as recorded_at,
        event_code || ':' || psp_reference as order_id, amount, currency
    from {_TOLD} where {_IS_CAPTURE}
    """


def _payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - every amount has its currency
    return """
    select
        file_number, row_number,
        event_id,
        event_type,
        event_at as occurred_at,
        coalesce(known_customer, 'adyen_payment:' || payment_reference) as customer_id,
        psp_reference as transaction_id,
        amount,
        currency,
        event_at as recorded_at,
        subscription_id,
        offer_id,
        case when subscription_id is not null or processing_model = 'Subscription' then 'subscription' end
            as product_kind,
        'adyen' as provider,
        payment_method,
        case when event_type = 'failed' then failure_code end as failure_code,
        attempt,
        original_reference as original_transaction_id,
        country
    from adyen_items
    where event_type is not null
    """


def _other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no amounts
    return """
    select
        file_number, row_number,
        event_id,
        event_code as event_type,
        event_at as occurred_at,
        event_at as recorded_at,
        'adyen' as provider,
        payment_reference as subject_id
    from adyen_items
    where event_type is null
    """


def _identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - no amounts
    return """
    select file_number, row_number, 'email_hash' as alias_kind, email_hash as alias_value, shopper as customer_id,
        event_at as recorded_at
    from adyen_items where email_hash is not null and shopper is not null
    union all
    select file_number, row_number, 'adyen_payment', psp_reference, known_customer, event_at
    from adyen_items where event_code = 'AUTHORISATION' and event_type is not null and known_customer is not null
    """


def _verify() -> Verify | None:
    """The check of every item's HMAC with CHURNIQ_ADYEN_SECRET (and _PREVIOUS while it is rolled)."""
    names = ("CHURNIQ_ADYEN_SECRET", "CHURNIQ_ADYEN_SECRET_PREVIOUS")
    secrets = [secret for name in names if (secret := os.environ.get(name, "").strip())]
    if not secrets:
        return None
    try:
        for secret in secrets:
            adyen.decode_key(secret)
    except ValueError as error:
        raise UserError(
            "CHURNIQ_ADYEN_SECRET is not hexadecimal: copy the HMAC key from Adyen as it is shown."
        ) from error

    def verify(payload: str) -> str | None:
        try:
            adyen.verify_notification(json_object(payload, "notification"), secrets)
        except SignatureError:
            return "signature_mismatch"
        return None

    return verify


SOURCE = Source(
    name="adyen",
    title="Adyen standard webhooks",
    cannot_know=(
        "Plans, prices, periods, trials, cancellations and why a subscription ended: Adyen only moves money; neither "
        "tax nor fees."
    ),
    parsed=_PARSED,
    mappings={
        "store_purchases": _store_purchases,
        "payment_events": _payment_events,
        "other_events": _other_events,
        "identity_links": _identity_links,
    },
    context=("store_purchases",),
    concerned=(
        " union ".join(
            f"select distinct event.source_file from accepted_{feed} as event join added_store_purchases as news "
            f"on news.purchase_id = event.{about} where event.provider = 'adyen' and news.provider = 'adyen'"
            for feed, about in (
                ("payment_events", "transaction_id"),
                ("payment_events", "original_transaction_id"),
                ("other_events", "subject_id"),
            )
        ),
    ),
    informed={"adyen_items": _ITEMS},
    rejections=tuple((f"flaw = '{flaw}'", flaw) for flaw in _FLAWS),
    verify=_verify,
)
