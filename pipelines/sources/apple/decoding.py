"""Notifications of the App Store taken apart: three tokens in each other as one row of plain columns.

Belongs here: base64url, JSON paths, types of values. Does not belong here: what a notification means for the business.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.lake.sql import json_kind
from pipelines.sources.apple.actions import ACTIONS, OTHER_TYPES
from pipelines.sources.sql import (
    alpha_2,
    base64url_text,
    epoch_milliseconds,
    json_texts,
    key_hash,
    key_lists,
    named_texts,
)
from pipelines.sources.store_intervals import iso_interval, period_interval

_NOTIFICATION = {
    "notification_type": "$.notificationType",
    "subtype": "$.subtype",
    "notification_id": "$.notificationUUID",
    "signed_date": "$.signedDate",
    "status": "$.data.status",
    "data_environment": "$.data.environment",
    "summary_environment": "$.summary.environment",
    "app_environment": "$.appData.environment",
    "external_purchase_id": "$.externalPurchaseToken.externalPurchaseId",
    "request_id": "$.summary.requestIdentifier",
    "transaction_token": "$.data.signedTransactionInfo",
    "renewal_token": "$.data.signedRenewalInfo",
    # Reports and the first version of the notifications are recognised by these.
    "version_1_type": "$.notification_type",
    "report_event": '$."Event"',
    "report_date": '$."Event Date"',
}
_TRANSACTION = {
    "original_transaction_id": "$.originalTransactionId",
    "transaction_id": "$.transactionId",
    "product_id": "$.productId",
    "purchase_date": "$.purchaseDate",
    "expires_date": "$.expiresDate",
    "product_type": "$.type",
    "account_token": "$.appAccountToken",
    "ownership": "$.inAppOwnershipType",
    "revocation_date": "$.revocationDate",
    "revocation_percentage": "$.revocationPercentage",
    "offer_type": "$.offerType",
    "offer_identifier": "$.offerIdentifier",
    "discount_type": "$.offerDiscountType",
    "offer_period": "$.offerPeriod",
    "transaction_environment": "$.environment",
    "storefront": "$.storefront",
    "price": "$.price",
    "transaction_currency": "$.currency",
    "billing_plan": "$.billingPlanType",
    "item_period": "$.advancedCommerceInfo.period",
}
_RENEWAL = {
    "renewal_original_transaction_id": "$.originalTransactionId",
    "renewal_account_token": "$.appAccountToken",
    "renewal_environment": "$.environment",
    "expiration_intent": "$.expirationIntent",
    "renewal_product_id": "$.autoRenewProductId",
    "current_product_id": "$.productId",
    "grace_expires_date": "$.gracePeriodExpiresDate",
    "renewal_price": "$.renewalPrice",
    "renewal_currency": "$.currency",
}
_PAID_INTERVAL = period_interval("purchased_at", "expires_at", without=frozenset({"4 month"}))


def _opened(
    relation: str,
    tokens: Mapping[str, Mapping[str, str]],
    *,
    unsigned: str = "null",
    inner: str | None = None,
) -> str:
    """A select of a relation's columns and, for each of its ``tokens``, the texts at paths in the object that it signs.

    A token may be such an object already, decoded; where there is none, ``unsigned`` is the object. The texts
    are called ``opened_`` and the token's name, and are null when there is no JSON object; ``keys_of_`` and
    the name are the keys of its objects, of which ``inner`` is the one that is always there, ``hash_of_`` their hash.
    """
    encoded = ", ".join(
        f"case when not starts_with({token}, '{{') then split_part({token}, '.', 2) end as encoded_{token}"
        for token in tokens
    )
    texts = ", ".join(
        f"case when encoded_{token} is null then coalesce({token}, {unsigned}) "
        f"else {base64url_text(f'encoded_{token}')} end as text_of_{token}"
        for token in tokens
    )
    kinds = ", ".join(f"{json_kind(f'text_of_{token}')} as kind_of_{token}" for token in tokens)
    opened = ", ".join(
        f"case when kind_of_{token} = 'OBJECT' then {json_texts(paths.values(), document=f'text_of_{token}')} end "
        f"as opened_{token}"
        for token, paths in tokens.items()
    )
    columns = ", ".join(named_texts(paths, texts=f"opened_{token}") for token, paths in tokens.items())
    # An object that is no token is looked at with the payload that it stands in.
    for token in tokens:
        text, is_token = f"text_of_{token}", f"case when encoded_{token} is not null then"
        is_valid = f"kind_of_{token} <> ''"
        columns += f", {is_token} {key_lists(text)} end as keys_of_{token}"
        columns += f", {is_token} {key_hash(text, is_valid=is_valid, inner=inner)} end as hash_of_{token}"
    decoded = f"select *, {texts} from (select *, {encoded} from {relation})"
    return f"""
        select *, {columns}
        from (select *, {opened} from (select *, {kinds} from ({decoded})))
    """


_SIGNED = "(select *, json_extract_string(payload, '$.signedPayload') as signed_payload from payloads)"
_OUTER = _opened(_SIGNED, {"signed_payload": _NOTIFICATION}, unsigned="payload", inner="data")
_FIELDS = _opened(f"({_OUTER})", {"transaction_token": _TRANSACTION, "renewal_token": _RENEWAL})
_HASH = "hash(hash_of_signed_payload, hash_of_transaction_token, hash_of_renewal_token)"
DOCUMENTS = f"""
    select list_concat(keys_of_signed_payload, keys_of_transaction_token, keys_of_renewal_token) as document_keys,
        {_HASH} as document_hash
    from ({_FIELDS})
"""
"""A select over ``payloads`` of the keys of what the tokens sign."""


def parsed_select() -> str:
    """A select over ``payloads``: one row a payload, text decoded to types, ``action`` what the notification does.

    ``purchased_at``, ``expires_at``, ``revoked_at``, ``grace_expires_at`` and ``signed_at`` are in UTC; ``paid`` and
    ``next_price`` are in major units; ``billing_interval`` is that of ``paid``.
    """
    offer_unit, offer_count = iso_interval("offer_period")
    item_unit, item_count = iso_interval("item_period")
    paid_unit, paid_count = _PAID_INTERVAL
    return f"""
    select
        *,
        {_interval(offer_unit, item_unit, paid_unit, "'month'")} as billing_interval,
        {_interval(offer_count, item_count, paid_count, "1")} as billing_interval_count
    from (
        select
            file_number, row_number, notification_type, subtype, notification_id, status,
            {_HASH} as document_hash,
            opened_signed_payload is null as is_malformed,
            transaction_token is not null and opened_transaction_token is null as is_transaction_malformed,
            renewal_token is not null and opened_renewal_token is null as is_renewal_malformed,
            version_1_type, report_event, report_date, original_id, account_token_used as account_token,
            transaction_id, product_id, product_type, offer_identifier, discount_type, offer_period, item_period,
            billing_plan, price, expiration_intent,
            external_purchase_id, request_id,
            coalesce(
                data_environment, transaction_environment, renewal_environment, summary_environment, app_environment,
                case when starts_with(external_purchase_id, 'SANDBOX') then 'Sandbox' end
            ) as environment,
            {_action()} as action,
            ownership = 'FAMILY_SHARED' as is_shared,
            {epoch_milliseconds("signed_date")} as signed_at,
            {epoch_milliseconds("purchase_date")} as purchased_at,
            {epoch_milliseconds("expires_date")} as expires_at,
            {epoch_milliseconds("revocation_date")} as revoked_at,
            {epoch_milliseconds("grace_expires_date")} as grace_expires_at,
            {_milliunits("price")} as paid,
            {_milliunits("renewal_price")} as next_price,
            upper(transaction_currency) as currency,
            upper(renewal_currency) as next_currency,
            coalesce(renewal_product_id, product_id) = product_id as renews_same_product,
            coalesce(try_cast(revocation_percentage as DECIMAL(9,0)), 100000) as refunded_percentage,
            {alpha_2("upper(storefront)")} as country,
            coalesce(
                discount_type = 'FREE_TRIAL' or (discount_type is null and offer_type is not null and price = '0'),
                false
            ) as is_trial
        from (
            select *, coalesce(original_transaction_id, renewal_original_transaction_id) as original_id,
                lower(coalesce(account_token, renewal_account_token)) as account_token_used
            from ({_FIELDS})
        )
    )
    """


def _interval(offer: str, item: str, paid: str, monthly: str) -> str:
    # The length of a trial says nothing of what follows it, and Apple says that nowhere: see the charter.
    return f"""case
        when billing_plan = 'MONTHLY' then {monthly}
        when discount_type = 'PAY_UP_FRONT' then coalesce({offer}, {paid})
        when is_trial then coalesce({item}, {monthly})
        else coalesce({item}, {paid}) end"""


def _milliunits(text: str) -> str:
    return f"cast(try_cast({text} as DECIMAL(18,0)) * 0.001 as DECIMAL(18,4))"


def _action() -> str:
    known = " ".join(
        f"when notification_type = '{notification_type}' and coalesce(subtype, '') = '{subtype}' then '{action}'"
        for (notification_type, subtype), action in ACTIONS.items()
    )
    others = ", ".join(f"'{name}'" for name in OTHER_TYPES)
    return f"case {known} when notification_type in ({others}) then 'other' end"
