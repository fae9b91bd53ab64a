"""Amazon Appstore: real-time notifications (in an SNS envelope or raw), receipts as verified, and sales report rows.

A notification has no money and no period; three kinds of payload in one source complete each other:

- A receipt is an answer of the Receipt Verification Service in a wrapper of ours: ``{"receiptId", "fetchedAt",
  "userId", "receipt": {...}}``, with ``"customerId"`` where the business knows its own. It tells trials.
- A row of the sales report, by its column headers, tells prices and payments. Its price is without tax. Sales of a
  receipt are the price of notifications within two days of them, else of all until the next; a notification that
  needs a price waits for the first.

Choices that the format forces: IN_GRACE_PERIOD enters grace; OUT_OF_GRACE_PERIOD does not say which way, and is decided
by the RENEWED or EXPIRED beside it. No notice tells a hold. EXPIRED and CANCELLED end without a reason: a refund cannot
be told from a cancellation. MODIFIED_IMMEDIATE ends the receipt that it names as ``switched`` and starts another one:
both are of one customer and moment, so the movement is one change of size. MODIFIED_DEFERRED changes nothing until the
renewal. Test purchases (``betaProductTransaction``, ``betaProduct``, ``testTransaction``) are never counted.

A renewal's period is its term, counted from the notice. Times without an offset are UTC.
Belongs here: what the fields mean. Does not belong here: signatures (``pipelines.sources.signatures``).
"""

from pipelines.sources.base import Source
from pipelines.sources.sql import epoch_milliseconds, instant, json_fields, key_hash, key_lists

_FIELDS = {
    "notification": "$.notificationType",
    "receipt_id": "$.receiptId",
    "cancelled_receipt": "$.relatedReceipts.cancelledReceiptId",
    "app_user": "$.appUserId",
    "timestamp_text": "$.timestamp",
    "beta_text": "$.betaProductTransaction",
    "fetched_text": "$.fetchedAt",
    "receipt_user": "$.userId",
    "own_customer": "$.customerId",
    "receipt": "$.receipt",
    "product": "$.receipt.productId",
    "term_text": "$.receipt.term",
    "purchase_text": "$.receipt.purchaseDate",
    "trial_text": "$.receipt.freeTrialEndDate",
    "beta_product": "$.receipt.betaProduct",
    "test_transaction": "$.receipt.testTransaction",
    "sale_type": '$."Transaction Type"',
    "sale_id": '$."Transaction ID"',
    "sale_id_2": '$."Transaction Id"',
    "sale_receipt": '$."Receipt ID"',
    "sale_receipt_2": '$."Receipt Id"',
    "sale_text": '$."Transaction Time"',
    "sku": '$."Vendor SKU"',
    "sale_term": '$."In-App Subscription Term"',
    "sale_status": '$."In-App Subscription Status (Trial / Paid)"',
    "price_text": '$."Sales Price (Marketplace Currency)"',
    "price_text_2": '$."Sales Price"',
    "earnings_text": '$."Estimated Earnings (Marketplace Currency)"',
    "earnings_text_2": '$."Estimated Earnings"',
    "currency_text": '$."Marketplace Currency"',
    "country": '$."Country/Region Code"',
}
# The envelope's type, id and time stay known beside the message, whose text is JSON again. Nothing else of the envelope
# is signed, so nothing else of it may say what a message does.
_ENVELOPE = {"message": "$.Message", "envelope": "$.Type", "message_id": "$.MessageId", "sent_text": "$.Timestamp"}
_OPENED = f"""(
    select * exclude (message, payload), {key_lists("message")} as document_keys,
        {key_hash("message", inner="relatedReceipts")} as document_hash,
        case when json_valid(message) then message else payload end as document
    from ({json_fields(_ENVELOPE)})
)"""


def _moment(text: str) -> str:
    return f"coalesce({epoch_milliseconds(text)}, {instant(f'''replace({text}, ' UTC', 'Z')''')})"


_TERM = "lower(coalesce(term_text, sale_term))"
_PARSED = f"""
    select
        * exclude (
            document, document_keys, sale_id, sale_id_2, sale_receipt, sale_receipt_2, country, receipt_id, sale_type
        ),
        case when notification is not null then 'notification' when receipt is not null then 'receipt'
            when sale_type is not null then 'sale' when envelope is not null then 'envelope' end as source_kind,
        coalesce(receipt_id, sale_receipt, sale_receipt_2) as subscription_id,
        coalesce(sale_id, sale_id_2) as transaction_id,
        lower(sale_type) as sale_type,
        {_moment("coalesce(timestamp_text, sale_text, purchase_text, sent_text)")} as event_at,
        {_moment("trial_text")} as trial_ends_at,
        'amazon_user:' || coalesce(app_user, receipt_user) as amazon_customer,
        coalesce(lower(beta_text) = 'true', false) or coalesce(lower(beta_product) = 'true', false)
            or coalesce(lower(test_transaction) = 'true', false) as is_test,
        abs(try_cast(coalesce(price_text, price_text_2) as DECIMAL(18,4))) as price,
        abs(try_cast(coalesce(earnings_text, earnings_text_2) as DECIMAL(18,4))) as earnings,
        upper(currency_text) as currency,
        upper(country) as country,
        case when {_TERM} like '%semi%' then 'month'
            when {_TERM} like '%year%' or {_TERM} like '%annual%' then 'year' when {_TERM} like '%week%' then 'week'
            when {_TERM} like '%day%' then 'day' when {_TERM} like '%month%' or {_TERM} like '%quarter%' then 'month'
            end as billing_interval,
        coalesce(try_cast(regexp_extract({_TERM}, '[0-9]+') as BIGINT),
            case when {_TERM} like '%semi%' then 6 when {_TERM} like '%bi%month%' or {_TERM} like '%bi%week%' then 2
            when {_TERM} like '%quarter%' then 3 else 1 end) as term_count
    from ({json_fields(_FIELDS, document="document", relation=_OPENED)})
"""
_IS_PRICED = "notification in ('SUBSCRIPTION_PURCHASED', 'SUBSCRIPTION_RENEWED', 'SUBSCRIPTION_MODIFIED_IMMEDIATE', \
'SUBSCRIPTION_CONVERTED_FREE_TRIAL_TO_PAID')"
# The sales beside a notification: the last at or before it, and the first after it. Trials are sold for nothing.
_SALES = """
    (select distinct purchase_id, recorded_at, offer_id, amount, currency, billing_interval, billing_interval_count
    from known_store_purchases where provider = 'amazon' and currency is not null
        and purchase_id in (select subscription_id from delivered))
"""
_SALE = """{'sold_at': sale.recorded_at, 'offer_id': sale.offer_id, 'amount': sale.amount, 'currency': sale.currency,
    'unit': sale.billing_interval, 'count': sale.billing_interval_count}"""


def _store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - Amazon tells the currency
    return """
    select
        file_number, row_number, 'amazon' as provider, subscription_id as purchase_id, event_at as recorded_at,
        coalesce(own_customer, amazon_customer) as customer_id, coalesce(product, sku) as offer_id,
        transaction_id as order_id,
        case when source_kind = 'sale' then price end as amount,
        case when source_kind = 'sale' then currency end as currency,
        billing_interval, case when billing_interval is not null then term_count end as billing_interval_count,
        case when source_kind = 'receipt' then trial_ends_at end as trial_ends_at,
        country
    from delivered
    where not is_test and (source_kind = 'receipt' and billing_interval is not null
        or source_kind = 'sale' and sale_type = 'charge' and billing_interval is not null)
    """


def _subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - Amazon tells the currency
    return f"""
    with notices as (from delivered where source_kind = 'notification' and not is_test),

    beside as (
        select file_number, row_number,
            max({_SALE}) filter (sale.recorded_at <= event_at and sale.amount > 0) as before,
            min({_SALE}) filter (sale.recorded_at > event_at and sale.amount > 0) as after,
            min({_SALE}) as first,
            coalesce(bool_or(sale.amount = 0 and abs(epoch(sale.recorded_at - event_at)) < 172800), false) as is_free
        from notices join {_SALES} as sale on notices.subscription_id = sale.purchase_id
        where {_IS_PRICED}
        group by file_number, row_number
    ),

    receipts as (
        select purchase_id, max(trial_ends_at) as trial_end
        from known_store_purchases where provider = 'amazon' and currency is null group by purchase_id
    ),

    informed as (
        select notices.*, receipts.trial_end,
            coalesce(
                case when before.sold_at >= event_at - interval 2 days then before end,
                case when after.sold_at < event_at + interval 2 days then after end,
                before, after, first) as sale,
            coalesce(is_free, false) or coalesce(trial_end > event_at, false) as is_trial
        from notices left join beside using (file_number, row_number)
        left join receipts on notices.subscription_id = receipts.purchase_id
    ),

    told as (
        select *, 1 as part, subscription_id as told_id,
            case notification
                when 'SUBSCRIPTION_PURCHASED' then case when is_trial then 'trial_started' else 'started' end
                when 'SUBSCRIPTION_MODIFIED_IMMEDIATE' then 'started'
                when 'SUBSCRIPTION_RENEWED' then 'renewed'
                when 'SUBSCRIPTION_CONVERTED_FREE_TRIAL_TO_PAID' then 'trial_converted'
                when 'SUBSCRIPTION_AUTO_RENEWAL_OFF' then 'cancel_scheduled'
                when 'SUBSCRIPTION_SCHEDULED_TO_END' then 'cancel_scheduled'
                when 'SUBSCRIPTION_AUTO_RENEWAL_ON' then 'cancel_reverted'
                when 'SUBSCRIPTION_IN_GRACE_PERIOD' then 'grace_entered'
                when 'SUBSCRIPTION_EXPIRED' then 'ended'
                when 'SUBSCRIPTION_CANCELLED' then 'ended'
            end as event_type
        from informed
        union all
        select *, 2, cancelled_receipt, 'ended'
        from informed where notification = 'SUBSCRIPTION_MODIFIED_IMMEDIATE' and cancelled_receipt is not null
    ),

    priced as (
        select *, part = 1 and {_IS_PRICED} as is_priced, sale.unit as unit, sale.count as count,
            -- A trial that was sold for nothing and never paid for does not tell what would have followed it.
            event_type = 'trial_started' and sale.amount = 0 as is_price_unknown
        from told where event_type is not null
    )

    select
        file_number, row_number,
        concat_ws(':', 'amazon', notification, subscription_id, epoch_us(event_at), part) as event_id,
        event_type, event_at as occurred_at, event_at as recorded_at,
        amazon_customer as customer_id, told_id as subscription_id,
        case when is_priced then sale.offer_id end as offer_id,
        case when is_priced and not is_price_unknown then sale.amount end as amount,
        case when is_priced then sale.currency end as currency,
        case when is_priced then unit end as billing_interval, case when is_priced then count end
            as billing_interval_count,
        case when is_priced then event_at end as period_start,
        case when event_type = 'trial_started' then trial_end when is_priced then event_at + count * case unit
            when 'year' then interval 1 year when 'month' then interval 1 month when 'week' then interval 7 days
            else interval 1 day end end as period_end,
        'fire_tv' as channel, 'amazon' as provider,
        case when part = 2 then 'switched' end as end_reason,
        notification as provider_code,
        case when part = 1 and event_type = 'started' then cancelled_receipt end as replaces_subscription_id,
        case when is_priced and is_price_unknown then true end as price_unknown
    from priced
    """


def _payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - Amazon tells the currency
    return """
    select
        file_number, row_number, concat_ws(':', 'amazon:sale', transaction_id, sale_type) as event_id,
        case sale_type when 'charge' then 'succeeded' when 'refund' then 'refunded' when 'chargeback' then 'chargeback'
            else 'chargeback_reversed' end as event_type,
        event_at as occurred_at, 'purchase_token:' || subscription_id as customer_id, transaction_id,
        case when billing_interval is not null then subscription_id end as subscription_id,
        sku as offer_id, price as amount, currency,
        case when billing_interval is null then 'other' else 'subscription' end as product_kind,
        case when earnings <= price then price - earnings end as fee_amount,
        'amazon' as provider, country, 'fire_tv' as channel
    from delivered where source_kind = 'sale' and price > 0
    """


def _identity_links(reporting_currency: str) -> str:  # noqa: ARG001 - a link has no money
    return """
    select file_number, row_number, 'purchase_token' as alias_kind, subscription_id as alias_value,
        amazon_customer as customer_id
    from delivered where amazon_customer is not null and subscription_id is not null and not is_test
        and (source_kind = 'receipt' or notification like '%_PURCHASED' or notification like '%_MODIFIED_IMMEDIATE')
    union all
    select file_number, row_number, 'amazon_user', receipt_user, own_customer
    from delivered where source_kind = 'receipt' and own_customer is not null and receipt_user is not null
        and not is_test
    """


def _other_events(reporting_currency: str) -> str:  # noqa: ARG001 - no number follows from these
    return """
    select
        file_number, row_number,
        concat_ws(':', 'amazon', coalesce(notification, sale_type, source_kind), coalesce(subscription_id, message_id),
            epoch_us(event_at), transaction_id) as event_id,
        coalesce(notification, sale_type, envelope, source_kind) as event_type, event_at as occurred_at,
        'amazon' as provider, subscription_id as subject_id
    from delivered
    where is_test or source_kind = 'envelope' or source_kind = 'sale' and price = 0
        or source_kind = 'receipt' and billing_interval is null
        or notification in ('SUBSCRIPTION_OUT_OF_GRACE_PERIOD', 'SUBSCRIPTION_MODIFIED_DEFERRED')
        or notification like 'CONSUMABLE_%' or notification like 'ENTITLEMENT_%'
    """


_NOTIFICATIONS = (
    *(f"{product}_{change}" for product in ("CONSUMABLE", "ENTITLEMENT") for change in ("PURCHASED", "CANCELLED")),
    *(
        f"SUBSCRIPTION_{change}"
        for change in (
            *("PURCHASED", "RENEWED", "CANCELLED", "EXPIRED", "IN_GRACE_PERIOD", "OUT_OF_GRACE_PERIOD"),
            *("AUTO_RENEWAL_ON", "AUTO_RENEWAL_OFF", "SCHEDULED_TO_END", "MODIFIED_IMMEDIATE", "MODIFIED_DEFERRED"),
            "CONVERTED_FREE_TRIAL_TO_PAID",
        )
    ),
)

SOURCE = Source(
    name="amazon",
    title="Amazon Appstore notifications, receipts and sales reports",
    cannot_know="why a subscription ended, holds, coupons, taxes, which payment a refund concerns",
    parsed=_PARSED,
    documents=f"select document_keys, document_hash from {_OPENED}",
    mappings={
        "store_purchases": _store_purchases,
        "subscription_events": _subscription_events,
        "payment_events": _payment_events,
        "identity_links": _identity_links,
        "other_events": _other_events,
    },
    rejections=(
        ("source_kind is null", "unknown_type"),
        (f"notification not in ({', '.join(repr(name) for name in _NOTIFICATIONS)})", "unknown_type"),
        (
            "source_kind = 'envelope' and envelope not in ('SubscriptionConfirmation', 'UnsubscribeConfirmation')",
            "invalid:Message",
        ),
        ("event_at is null", "invalid:timestamp"),
        ("subscription_id is null and source_kind <> 'envelope'", "missing:receiptId"),
        ("source_kind = 'notification' and amazon_customer is null", "missing:appUserId"),
        (
            "source_kind = 'sale' and sale_type not in ('charge', 'refund', 'chargeback', 'chargeback reversal')",
            "unknown_type",
        ),
        ("source_kind = 'sale' and transaction_id is null", "missing:Transaction ID"),
        ("source_kind = 'sale' and price is null", "invalid:Sales Price"),
        ("source_kind = 'sale' and currency is null", "missing:Marketplace Currency"),
    ),
    context=("store_purchases",),
    waiting=(
        (
            f"delivered.source_kind = 'notification' and not delivered.is_test and {_IS_PRICED} and not exists "
            "(select 1 from known_store_purchases as known where known.provider = 'amazon' "
            "and known.purchase_id = delivered.subscription_id and known.currency is not null "
            "and (known.amount > 0 or delivered.notification = 'SUBSCRIPTION_PURCHASED'))",
            "waiting:price",
        ),
    ),
)
