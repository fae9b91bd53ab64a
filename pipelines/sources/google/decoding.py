"""Messages of Google Play taken apart: notifications in base64, purchases and orders as one row of plain columns.

Belongs here: base64, JSON paths, types of values. Does not belong here: what a message means for the business.
"""

from __future__ import annotations

from pipelines.lake.sql import json_kind
from pipelines.sources.google.actions import ONE_TIME_TYPES, SUBSCRIPTION_TYPES
from pipelines.sources.google.amounts import money
from pipelines.sources.google.line_items import folded_select
from pipelines.sources.sql import (
    epoch_milliseconds,
    instant,
    json_fields,
    key_hash,
    key_lists,
)
from pipelines.sources.store_intervals import is_whole_period, iso_interval, period_interval

_ENVELOPE = {
    "message_data": "$.message.data",
    "message_id": "$.message.messageId",
    "message_id_snake": "$.message.message_id",
}
_DOCUMENT = {
    "event_time": "$.eventTimeMillis",
    "package_name": "$.packageName",
    "subscription_notification": "$.subscriptionNotification",
    "subscription_type": "$.subscriptionNotification.notificationType",
    "subscription_token": "$.subscriptionNotification.purchaseToken",
    "one_time_notification": "$.oneTimeProductNotification",
    "one_time_type": "$.oneTimeProductNotification.notificationType",
    "one_time_token": "$.oneTimeProductNotification.purchaseToken",
    "voided_notification": "$.voidedPurchaseNotification",
    "voided_token": "$.voidedPurchaseNotification.purchaseToken",
    "voided_order": "$.voidedPurchaseNotification.orderId",
    "review_notification": "$.pendingRefundReviewNotification",
    "review_token": "$.pendingRefundReviewNotification.purchaseToken",
    "test_notification": "$.testNotification",
    "kind": "$.kind",
    "wrapper_token": "$.purchaseToken",
    "fetched": "$.fetchedAt",
    "billing_period": "$.billingPeriod",
    "subscription": "$.subscription",
    "region": "$.subscription.regionCode",
    "state": "$.subscription.subscriptionState",
    "start_time": "$.subscription.startTime",
    "latest_order_id": "$.subscription.latestOrderId",
    "linked_token": "$.subscription.linkedPurchaseToken",
    "test_purchase": "$.subscription.testPurchase",
    "account_id": "$.subscription.externalAccountIdentifiers.obfuscatedExternalAccountId",
    "linked_account_id": "$.subscription.externalAccountIdentifiers.externalAccountId",
    "by_developer": "$.subscription.canceledStateContext.developerInitiatedCancellation",
    "by_user": "$.subscription.canceledStateContext.userInitiatedCancellation",
    "by_replacement": "$.subscription.canceledStateContext.replacementCancellation",
    "line_items": "$.subscription.lineItems",
    "wrapped_order": "$.order",
    "bare_order_id": "$.orderId",
}
_ORDER = {
    "order_id": "$.orderId",
    "order_token": "$.purchaseToken",
    "order_state": "$.state",
    "order_created": "$.createTime",
    "order_processed": "$.orderHistory.processedEvent.eventTime",
    "buyer_country": "$.buyerAddress.buyerCountry",
    "total_currency": "$.total.currencyCode",
    "total_units": "$.total.units",
    "total_nanos": "$.total.nanos",
    "tax_currency": "$.tax.currencyCode",
    "tax_units": "$.tax.units",
    "tax_nanos": "$.tax.nanos",
    "order_product_id": "$.lineItems[0].productId",
    "subscription_details": "$.lineItems[0].subscriptionDetails",
    "rental_details": "$.lineItems[0].oneTimePurchaseDetails.rentalDetails",
    "offer_phase": "$.lineItems[0].subscriptionDetails.offerPhase",
    "service_start": "$.lineItems[0].subscriptionDetails.servicePeriodStartTime",
    "service_end": "$.lineItems[0].subscriptionDetails.servicePeriodEndTime",
    "refund_event": "$.orderHistory.refundEvent",
    "refund_time": "$.orderHistory.refundEvent.eventTime",
    "refund_reason": "$.orderHistory.refundEvent.refundReason",
    "refund_units": "$.orderHistory.refundEvent.refundDetails.total.units",
    "refund_nanos": "$.orderHistory.refundEvent.refundDetails.total.nanos",
    "refund_currency": "$.orderHistory.refundEvent.refundDetails.total.currencyCode",
    "partial_refunds": "$.orderHistory.partialRefundEvents",
}


# What is pushed is JSON in base64; nearly all of it tells of one subscription.
_INNER = "subscriptionNotification"
_DOCUMENTS = f"""
    select *,
        case when message_data is null then payload when decoded_kind = 'OBJECT' then decoded end as document,
        {key_lists("decoded")} as document_keys,
        {key_hash("decoded", is_valid="decoded_kind <> ''", inner=_INNER)} as document_hash
    from (
        select *, {json_kind("decoded")} as decoded_kind
        from (select *, try(decode(from_base64(message_data))) as decoded from ({json_fields(_ENVELOPE)}))
    )
"""
DOCUMENTS = f"select document_keys, document_hash from ({_DOCUMENTS})"
"""A select over ``payloads`` of the keys of what notifications hold."""


def parsed_select() -> str:
    """A select over ``payloads``: one row a payload, text decoded to types.

    ``notice`` is what a notification is about, ``action`` what it does and ``notice_type`` Google's name of it. Times
    end in ``_at`` and are in UTC; ``price``, ``total``, ``tax`` and ``refunded`` are in major units.
    """
    document = json_fields(_DOCUMENT, document="document", relation=f"({_DOCUMENTS})")
    order = json_fields(
        _ORDER,
        document="order_json",
        relation=f"""(
        select *, case when wrapped_order is not null then wrapped_order
            when bare_order_id is not null then document end as order_json
        from ({document}))""",
    )
    stated_unit, stated_count = iso_interval("billing_period")
    service_unit, service_count = period_interval("service_start_at", "service_end_at")
    first_unit, first_count = period_interval("started_at", "expires_at")
    # A period of another length than the plan's, as a replacement makes it, tells no interval.
    by_service = (
        f"not is_trial and {is_whole_period('service_start_at', 'service_end_at', 'service_unit', 'service_count')}"
    )
    by_first = f"is_first and {is_whole_period('started_at', 'expires_at', 'first_unit', 'first_count')}"
    return f"""
    select
        * exclude (service_unit, service_count, first_unit, first_count),
        coalesce(
            {stated_unit}, case when {by_service} then service_unit end, case when {by_first} then first_unit end
        ) as billing_interval,
        coalesce(
            {stated_count}, case when {by_service} then service_count end, case when {by_first} then first_count end
        ) as billing_interval_count,
        coalesce(service_start_at, case when is_first then started_at end) as period_start_at
    from (
        select *,
            is_free_trial or coalesce(offer_phase = 'FREE_TRIAL', false) as is_trial,
            -- A renewal's order is numbered: GPA.1111-2222-3333-44444..0 is the first.
            started_at is not null and not contains(coalesce(latest_order_id, ''), '..') and linked_token is null
                and not is_free_trial and coalesce(offer_phase, '') <> 'FREE_TRIAL' as is_first,
            {service_unit} as service_unit, {service_count} as service_count,
            {first_unit} as first_unit, {first_count} as first_count
        from ({folded_select(f"({_typed(f'({order})')})")})
    )
    """


def _typed(relation: str) -> str:
    names = " ".join(f"when '{number}' then '{name}'" for number, (name, _) in SUBSCRIPTION_TYPES.items())
    actions = " ".join(f"when '{number}' then '{action}'" for number, (_, action) in SUBSCRIPTION_TYPES.items())
    one_time = " ".join(f"when '{number}' then '{name}'" for number, name in ONE_TIME_TYPES.items())
    return f"""
        select
            file_number, row_number, document_hash, notice,
            message_data is not null and document is null as is_malformed,
            case when notice is null then document end as enrichment,
            case notice
                when 'subscription' then case subscription_type {actions} end
                when 'one_time' then case when one_time_type in ('1', '2') then 'other' end
                when 'voided' then 'other' when 'review' then 'other' when 'test' then 'other'
            end as action,
            case notice
                when 'subscription' then case subscription_type {names} end
                when 'one_time' then case one_time_type {one_time} end
                when 'voided' then 'VOIDED_PURCHASE' when 'review' then 'PENDING_REFUND_REVIEW' when 'test' then 'TEST'
            end as notice_type,
            case when message_data is null then 'h' || md5(document)
                else coalesce(message_id, message_id_snake) end as message_id,
            {epoch_milliseconds("event_time")} as event_at,
            case
                when notice is not null
                    then coalesce(subscription_token, one_time_token, voided_token, review_token)
                when kind = 'androidpublisher#subscriptionPurchaseV2' then null
                else coalesce(wrapper_token, order_token)
            end as token,
            case when notice = 'voided' then voided_order end as voided_order,
            kind, subscription, state, region, line_items, latest_order_id, linked_token,
            test_purchase, by_developer, by_user, by_replacement, fetched, order_json, order_id, order_state,
            order_product_id, subscription_details, rental_details, offer_phase, refund_event, refund_reason,
            partial_refunds,
            coalesce(account_id, linked_account_id) as account_id,
            {instant("fetched")} as fetched_at,
            {instant("start_time")} as started_at,
            {instant("service_start")} as service_start_at,
            {instant("service_end")} as service_end_at,
            {instant("coalesce(order_processed, order_created)")} as paid_at,
            {instant("refund_time")} as refunded_at,
            billing_period,
            upper(total_currency) as total_currency,
            {money("total_currency", "total_units", "total_nanos")} as total,
            {money("tax_currency", "tax_units", "tax_nanos")} as tax,
            {money("refund_currency", "refund_units", "refund_nanos")} as refunded,
            upper(buyer_country) as buyer_country
        from (
            select *, case
                when event_time is null then null
                when subscription_notification is not null then 'subscription'
                when one_time_notification is not null then 'one_time'
                when voided_notification is not null then 'voided'
                when review_notification is not null then 'review'
                when test_notification is not null then 'test'
            end as notice
            from {relation}
        )
    """
