"""PayPal's invoices: the payments and refunds that each event of an invoice lists, as payment events.

Every event of an invoice lists all of its payments again, each with a day and no time. One that was recorded by hand
(cash, a transfer) is told by nothing else; one by way of PayPal may come as a sale or a capture as well, which then
tells it, since it knows the time, the fee and the subscription.

Belongs here: what an invoice lists. Does not belong here: invoices as documents, which move no money.
"""

from __future__ import annotations

from pipelines.sources.sql import email_hash, json_fields

_INVOICE = {
    "state": "$.status",
    "recipient": "$.primary_recipients[0].billing_info.email_address",
    "recipient_1": "$.billing_info[0].email",
    "invoice_currency": "$.detail.currency_code",
    "invoice_total": "$.amount.value",
    "total_1": "$.total_amount.value",
    "currency_1": "$.total_amount.currency",
    "invoice_tax": "$.amount.breakdown.tax_total.value",
    "paid": "$.payments.transactions",
    "paid_1": "$.payments",
    "returned": "$.refunds.transactions",
    "returned_1": "$.refunds",
}
_ENTRY = {
    "payment_id": "$.payment_id",
    "refund_id": "$.refund_id",
    "recipient_transaction_id": "$.recipient_transaction_id",
    "paid_on": "$.payment_date",
    "returned_on": "$.refund_date",
    "method": "$.method",
    "type": "$.type",
    "status": "$.transaction_status",
    "value": "$.amount.value",
    "value_currency": "$.amount.currency_code",
    "transaction_1": "$.transaction_id",
    "date_1": "$.date",
    "value_currency_1": "$.amount.currency",
}
_READ = f"""(
    select * replace (
        case when starts_with(paid_1, '[') then paid_1 else paid end as paid,
        case when starts_with(returned_1, '[') then returned_1 else returned end as returned
    ) from ({
    json_fields(
        _INVOICE,
        document="invoice",
        relation="(select file_number, row_number, resource, invoice from delivered where is_invoice)",
    )
})
)"""
_ENTRIES = json_fields(
    _ENTRY,
    document="entry",
    relation=f"""(
        select * exclude (paid, returned), 'COMPLETED' as step, unnest(json_extract(paid, '$[*]')) as entry,
            generate_subscripts(json_extract(paid, '$[*]'), 1) as place, null as only_payment,
            json_array_length(paid) = 1 as is_only
        from {_READ}
        union all
        select * exclude (paid, returned), 'REFUNDED', unnest(json_extract(returned, '$[*]')),
            generate_subscripts(json_extract(returned, '$[*]'), 1),
            case when json_array_length(paid) = 1 then coalesce(
                json_extract_string(paid, '$[0].payment_id'), json_extract_string(paid, '$[0].transaction_id'),
                concat_ws(':', resource, 'COMPLETED', 1)) end, false
        from {_READ}
    )""",
)
# Version 1 tells a time in PayPal's own zone, or a day; of all that was paid at once it need not tell the amount.
_ZONED = "replace(replace(date_1, ' PDT', '-07:00'), ' PST', '-08:00')"
_DATE_1 = f"""case when length(date_1) > 15 then try_cast({_ZONED} as TIMESTAMPTZ) at time zone 'UTC'
    else try_cast(left(date_1, 10) as TIMESTAMP) end"""
_IS_PAID = "('PAID', 'MARKED_AS_PAID')"
MOVEMENTS = f"""
    select * replace (coalesce(invoice_total, total_1) as invoice_total),
        coalesce('email_hash:' || {email_hash("coalesce(recipient, recipient_1)")}, 'paypal_invoice:' || resource)
            as customer_id,
        coalesce(payment_id, refund_id, recipient_transaction_id, transaction_1,
            concat_ws(':', resource, step, place)) as transaction_id,
        coalesce(try_cast(coalesce(paid_on, returned_on) as TIMESTAMP), {_DATE_1}) as moved_at,
        abs(try_cast(coalesce(value, case when is_only and state in {_IS_PAID} then total_1 end) as DECIMAL(18,4)))
            as moved,
        upper(coalesce(value_currency, value_currency_1, invoice_currency, currency_1)) as currency,
        coalesce(status, case when state = 'PAYMENT_PENDING' and type = 'PAYPAL' then 'PENDING' end, 'SUCCESS')
            = 'SUCCESS' as is_settled
    from ({_ENTRIES})
"""
"""The select of the table ``paypal_invoiced``: a row for each payment and refund that an event of an invoice lists."""

IS_UNTOLD = f"""is_invoice and json_type(invoice, '$.payments') = 'ARRAY'
    and len(json_extract_string(invoice, '$.payments[*].amount.value')) < json_array_length(invoice, '$.payments')
    and not (json_array_length(invoice, '$.payments') = 1 and json_extract_string(invoice, '$.status') in {_IS_PAID})"""
"""The condition that an invoice of version 1 has payments of which nothing says what was paid."""

CONTEXT = """
    select file_number, row_number, 'paypal', 'sale:' || transaction_id, moved_at, customer_id, 'INVOICE', null,
        null, null, null, null, null, null, null, null, null, null, null
    from paypal_invoiced where step = 'COMPLETED'
"""
"""Whose an invoice's payment is, for what is told of it later, in the columns of ``rows.store_purchases``."""

PAYMENT_EVENTS = """
    select
        file_number, row_number,
        'paypal:' || step || ':' || transaction_id || ':paid' as event_id,
        case step when 'COMPLETED' then 'succeeded' else 'refunded' end as event_type,
        moved_at as occurred_at, moved_at as recorded_at,
        customer_id, transaction_id, moved as amount, currency, 'other' as product_kind,
        case when step = 'COMPLETED' and try_cast(invoice_total as DECIMAL(18,4)) > 0 then cast(round(
            try_cast(invoice_tax as DECIMAL(18,4)) * moved / try_cast(invoice_total as DECIMAL(18,4)), 4)
            as DECIMAL(18,4)) end as tax_amount,
        'paypal' as provider, lower(coalesce(method, 'paypal')) as payment_method,
        case when step = 'REFUNDED' then only_payment end as original_transaction_id,
        'web' as channel
    from paypal_invoiced
    where coalesce(moved > 0, true) and is_settled and not exists (select 1 from paypal_told as told
        where told.id = paypal_invoiced.transaction_id and told.teller in ('SALE', 'CAPTURE'))
"""
"""Payments and refunds of invoices that no sale and no capture tells."""
