"""Apple: App Store Server Notifications V2, signed or already decoded.

A payload is a body ``{"signedPayload": "<JWS>"}`` or the notification that it signs; the transaction and the renewal
in it may be tokens or decoded objects alike. ``apple.actions`` lists what each type and subtype does. Choices that the
format forces:

- The subscription is the original transaction. The customer is the app's own token (``app_account_token``, in small
  letters) where the purchase carries one, else the original transaction.
- Prices are what the customer pays, tax included: Apple separates none. What an upgrade refunds is not told.
- No field says how long a paid period is, except ``billingPlanType`` and Advanced Commerce's ``period``: otherwise the
  interval follows from purchase and expiry, with the tolerances of ``store_intervals``. What follows a trial is taken
  for a month until it is paid, where nothing says it; no trial has revenue.
- A renewal that was recovered in grace keeps the old renewal date, so what is left of its period tells no interval:
  that of the product's last whole period counts, which the purchase or the failed renewal told.
- A commitment of a year that is billed monthly is monthly revenue at the price of each month.
- An offer below the price that follows, for the same product, is a discount until the period ends. An offer that is
  paid up front is a price of its own for its own period.
- An upgrade changes the plan at once. A downgrade is an announcement; the renewal that follows brings the new price.
- The first renewal, or upgrade, up to a day after a known trial ended is its conversion.
- Without a grace period a failed renewal stops access: hold. Grace and hold begin when the paid period ended, or at
  the notice if that came first. An end told over a day after expiry is dated at the notice, since a hold lay between.
- A refund ends the subscription only when Apple says that it is revoked (status 5). Its reversal is
  ``chargeback_reversed``, the one payment that gives money back, and resumes a subscription that is active again.
- An extension is ``resumed`` with the new end: Apple grants it to active subscriptions only, so nothing else changes.
- A member of the family pays nothing: FAMILY_SHARED transactions move no number.
- A purchase in the sandbox is not revenue: such notifications are always rejected (``sandbox_environment``).

With ``CHURNIQ_APPLE_CERTIFICATE`` (the path of Apple's root certificate, PEM or DER) every notification must carry
a signature that leads to it; the inner tokens are covered by the outer signature. The aggregate reports of App Store
Connect name no subscription and are rejected (``aggregate_report``).
"""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.errors import UserError
from pipelines.sources.apple import rows
from pipelines.sources.apple.actions import MAPPED_TYPES, PRICED_ACTIONS
from pipelines.sources.apple.decoding import DOCUMENTS, parsed_select
from pipelines.sources.base import Source, Verify

_CERTIFICATE_VARIABLE = "CHURNIQ_APPLE_CERTIFICATE"
_PRICED = ", ".join(f"'{action}'" for action in PRICED_ACTIONS)
_MAPPED = ", ".join(f"'{name}'" for name in MAPPED_TYPES)
_OF_SUBSCRIPTION = "action <> 'other' and not coalesce(is_shared, false)"
_OF_TRANSACTION = f"action in ({_PRICED}, 'one_time', 'refund', 'refund_reversed') and not coalesce(is_shared, false)"
_OF_PRICE = f"action in ({_PRICED}) and not coalesce(is_shared, false)"


def _verify() -> Verify | None:
    """The check of a notification's signature, or None where no root certificate is configured."""
    path = os.environ.get(_CERTIFICATE_VARIABLE, "").strip()
    if not path:
        return None
    # The library is slow to import and not needed without a certificate.
    from pipelines.sources.signatures import SignatureError
    from pipelines.sources.signatures.apple import verify_jws
    from pipelines.sources.signatures.certificates import load_certificates
    from pipelines.sources.signatures.encoding import RepeatedKeyError, parse_json

    try:
        roots = load_certificates(Path(path).expanduser())
    except ValueError as error:
        raise UserError(f"{_CERTIFICATE_VARIABLE}: {error}") from error

    def verify(payload: str) -> str | None:
        try:
            body = parse_json(payload)
        except RepeatedKeyError:
            return "duplicate_key"
        if "signedPayload" not in body and "notificationType" not in body:
            return None  # No notification, which its rejection says better.
        try:
            verify_jws(str(body.get("signedPayload")), roots)
        except SignatureError:
            return "signature_mismatch"
        return None

    return verify


SOURCE = Source(
    name="apple",
    title="Apple App Store Server Notifications V2",
    cannot_know="taxes, fees, the interval that follows a trial, refunds for upgrades, the device, who revoked and why",
    parsed=parsed_select(),
    documents=DOCUMENTS,
    mappings={
        "store_purchases": rows.store_purchases,
        "subscription_events": rows.subscription_events,
        "payment_events": rows.payment_events,
        "identity_links": rows.identity_links,
        "other_events": rows.other_events,
    },
    context=("store_purchases",),
    verify=_verify,
    rejections=(
        ("is_malformed", "malformed:signedPayload"),
        ("report_event is not null and report_date is not null", "aggregate_report"),
        ("notification_type is null and version_1_type is not null", "unsupported:version_1"),
        ("notification_type is null", "missing:notificationType"),
        ("is_transaction_malformed", "malformed:signedTransactionInfo"),
        ("is_renewal_malformed", "malformed:signedRenewalInfo"),
        ("environment <> 'Production'", "sandbox_environment"),
        (f"action is null and notification_type in ({_MAPPED})", "unknown_subtype"),
        ("action is null", "unknown_type"),
        ("notification_id is null", "missing:notificationUUID"),
        ("signed_at is null", "invalid:signedDate"),
        (f"{_OF_SUBSCRIPTION} and original_id is null", "missing:originalTransactionId"),
        (f"{_OF_TRANSACTION} and transaction_id is null", "missing:transactionId"),
        (f"{_OF_TRANSACTION} and purchased_at is null", "invalid:purchaseDate"),
        (f"{_OF_TRANSACTION} and price is null and action <> 'purchase'", "missing:price"),
        (f"{_OF_TRANSACTION} and price is not null and paid is null", "invalid:price"),
        (f"{_OF_TRANSACTION} and price is not null and currency is null and not is_trial", "missing:currency"),
        (f"{_OF_PRICE} and (expires_at is null or expires_at <= purchased_at)", "invalid:expiresDate"),
        (f"{_OF_PRICE} and billing_interval is null", "unknown_interval"),
    ),
)
