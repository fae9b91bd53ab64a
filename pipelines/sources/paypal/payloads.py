"""PayPal events and plans as columns: times, money and billing cycles read once.

Belongs here: where a fact stands in a payload. Does not belong here: what it makes of a subscription (``rows``).
"""

from pipelines.sources.sql import instant, json_fields, json_text, json_texts
from pipelines.sources.store_intervals import is_whole_period, period_interval

_FIELDS = {
    "notice": "$.id",
    "kind_text": "$.event_type",
    "created_text": "$.create_time",
    "own_id": "$.resource.id",
    "plan_ref": "$.resource.plan_id",
    "custom_id": "$.resource.custom_id",
    "custom": "$.resource.custom",
    "quantity_text": "$.resource.quantity",
    "changed_text": "$.resource.status_update_time",
    "resource_created": "$.resource.create_time",
    "updated_text": "$.resource.update_time",
    "payer": "$.resource.subscriber.payer_id",
    "email": "$.resource.subscriber.email_address",
    "country_text": "$.resource.subscriber.shipping_address.address.country_code",
    "next_billing_text": "$.resource.billing_info.next_billing_time",
    "failures_text": "$.resource.billing_info.failed_payments_count",
    "failed_value": "$.resource.billing_info.last_failed_payment.amount.value",
    "failed_currency": "$.resource.billing_info.last_failed_payment.amount.currency_code",
    "failed_text": "$.resource.billing_info.last_failed_payment.time",
    "failure_code": "$.resource.billing_info.last_failed_payment.reason_code",
    "outstanding_value": "$.resource.billing_info.outstanding_balance.value",
    "outstanding_currency": "$.resource.billing_info.outstanding_balance.currency_code",
    "executions": "$.resource.billing_info.cycle_executions",
    "inline_cycles": "$.resource.plan.billing_cycles",
    "plan_cycles": "$.resource.billing_cycles",
    "plan_name": "$.resource.name",
    "plan_status": "$.resource.status",
    "agreement": "$.resource.billing_agreement_id",
    "sale_text": "$.resource.sale_id",
    "total_value": "$.resource.amount.total",
    "total_currency": "$.resource.amount.currency",
    "tax_value": "$.resource.amount.details.tax",
    "shipping_value": "$.resource.amount.details.shipping",
    "fee_value": "$.resource.transaction_fee.value",
    "captured_value": "$.resource.amount.value",
    "captured_currency": "$.resource.amount.currency_code",
    "captured_fee": "$.resource.seller_receivable_breakdown.paypal_fee.value",
    "related_ids": "$.resource.supplementary_data.related_ids",
    "denial": "$.resource.status_details.reason",
    "dispute": "$.resource.dispute_id",
    "disputed_payment": "$.resource.disputed_transactions[0].seller_transaction_id",
    "disputed_custom": "$.resource.disputed_transactions[0].custom",
    "disputed_value": "$.resource.dispute_amount.value",
    "disputed_currency": "$.resource.dispute_amount.currency_code",
    "dispute_stage": "$.resource.dispute_life_cycle_stage",
    "dispute_outcome": "$.resource.dispute_outcome.outcome_code",
    "lost_value": "$.resource.dispute_outcome.amount_refunded.value",
    "event_link": "$.links[0].href",
    "resource_link": "$.resource.links[0].href",
    "invoice_link": "$.resource.invoice.links[0].href",
}
# Whatever links to PayPal's sandbox is of a sandbox account.
_SANDBOX = "^https://[a-z.-]+[.]sandbox[.]paypal[.]com/"
# A dispute that is decided thus, or given up, leaves the money with the seller.
_WON = "('RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED', 'NONE')"


_PRICE_AND_LENGTH = {
    "price": "$.pricing_scheme.fixed_price.value",
    "currency": "$.pricing_scheme.fixed_price.currency_code",
    "unit": "$.frequency.interval_unit",
    "count": "$.frequency.interval_count",
    "cycles": "$.total_cycles",
    "tiers": "$.pricing_scheme.tiers",
    "model": "$.pricing_scheme.pricing_model",
}


def _cycle(cycles: str, tenure: str) -> str:
    """The first billing cycle of a tenure, as JSON."""
    found = f"list_position(json_extract_string({cycles}, '$[*].tenure_type'), '{tenure}')"
    return f"json_extract_string({cycles}, '$[' || ({found} - 1) || ']')"


def _of(cycle: str, name: str) -> str:
    """A text of the cycle ``regular`` or ``trial``, all of which are read at once."""
    return json_text(_PRICE_AND_LENGTH[name], _PRICE_AND_LENGTH.values(), texts=cycle)


# Few documents have taxes, and to look for a word is cheaper than to look up four paths, most so for a rare letter.
_TAXES = [f"json_extract_string(document, '$.resource{plan}.taxes.{{}}')" for plan in ("", ".plan")]
_INCLUSIVE, _PERCENTAGE = (
    f"coalesce({', '.join(path.format(name) for path in _TAXES)})" for name in ("inclusive", "percentage")
)


def _without_tax(price: str) -> str:
    """A price as DECIMAL(18,4) without the tax that its plan has within it."""
    net = f"cast(round({price} * 100 / (100 + tax_within), 4) as DECIMAL(18,4))"
    return f"case when tax_within > 0 then {net} else {price} end as {price}"


_OPENED = """(
    select file_number, row_number,
        case when contains(payload, '"event_type"') then payload
            when json_extract_string(payload, '$.id') like 'P-%' then cast(json_object(
                'id', json_extract_string(payload, '$.id') || ':'
                    || coalesce(json_extract_string(payload, '$.update_time'), ''),
                'event_type', 'PLAN',
                'create_time', coalesce(json_extract_string(payload, '$.update_time'),
                    json_extract_string(payload, '$.create_time')),
                'resource', json(payload)) as VARCHAR)
            else payload end as document
    from payloads
)"""
_UNIT, _COUNT = period_interval("event_at", "next_billing_at")
# Events that the reference has of what no payment or subscription follows from.
_ABOUT_OTHER = (
    *("CATALOG.PRODUCT.", "CHECKOUT.", "CUSTOMER.ACCOUNT-LIMITATION.", "CUSTOMER.MANAGED-ACCOUNT."),
    *("CUSTOMER.MERCHANT-INTEGRATION.", "IDENTITY.AUTHORIZATION-CONSENT.", "MERCHANT.", "PAYMENT.AUTHORIZATION."),
    *("PAYMENT.ORDER.", "PAYMENT.PAYOUTS-ITEM.", "PAYMENT.PAYOUTSBATCH.", "PAYMENT.REFERENCED-PAYOUT-ITEM."),
    *("PAYMENTS.PAYMENT.", "RISK.DISPUTE.", "VAULT."),
)
_KINDS = f"""
    select * exclude (kind_text),
        kind_text as kind,
        kind = 'PLAN' or starts_with(kind, 'BILLING.PLAN.') as is_plan,
        starts_with(kind, 'BILLING.SUBSCRIPTION.') as is_subscription,
        starts_with(kind, 'CUSTOMER.DISPUTE.') as is_about_dispute,
        starts_with(kind, 'INVOICING.INVOICE.') as is_invoice,
        case when is_invoice
            then coalesce(json_extract(document, '$.resource.invoice'), json_extract(document, '$.resource'))
        end as invoice,
        case when kind like 'PAYMENT.SALE.%' or kind like 'PAYMENT.CAPTURE.%' or kind like 'PAYMENT.REFUND.%'
            then replace(split_part(kind, '.', 3), 'DECLINED', 'DENIED') end as money,
        case when money is not null then split_part(kind, '.', 2) end as teller,
        case when is_subscription or money is not null then false
            else {" or ".join(f"starts_with(kind, '{name}')" for name in _ABOUT_OTHER)} end as is_about_other,
        coalesce(regexp_matches(coalesce(event_link, resource_link, invoice_link), '{_SANDBOX}'), false) as is_sandbox,
        coalesce(money in ('REFUNDED', 'REVERSED', 'FAILED'), false) as is_reversal
    from ({json_fields(_FIELDS, document="document", relation=_OPENED)})
"""
_CYCLES = f"""
    select *, {json_texts(_PRICE_AND_LENGTH.values(), document=_cycle("cycles", "REGULAR"))} as regular,
        {json_texts(_PRICE_AND_LENGTH.values(), document=_cycle("cycles", "TRIAL"))} as trial
    from (
        select *, case when is_plan then plan_cycles when is_subscription then inline_cycles end as cycles
        from ({_KINDS})
    )
"""
_READ = f"""
    select
        * exclude (
            document, own_id, created_text, custom_id, custom, quantity_text, changed_text, resource_created,
            updated_text, sale_text, next_billing_text, failures_text, failed_value, failed_currency, failed_text,
            outstanding_value, outstanding_currency, executions, inline_cycles, plan_cycles, cycles, regular, trial,
            total_value, total_currency, tax_value, shipping_value, fee_value, captured_value, captured_currency,
            captured_fee, related_ids, dispute, disputed_payment, disputed_custom, disputed_value, disputed_currency,
            dispute_stage, dispute_outcome, lost_value, event_link, resource_link, invoice_link
        ),
        coalesce(own_id, dispute, json_extract_string(invoice, '$.id')) as resource,
        -- As a number: the text of a time in an id would be taken for an identifier of a person.
        epoch_us({
    instant(
        "case when kind like '%.PAYMENT.FAILED' then failed_text "
        "when kind like '%.UPDATED' then updated_text else changed_text end"
    )
}) as step_at,
        {instant("created_text")} as recorded_at,
        least(coalesce(case when is_subscription and kind not like '%.PAYMENT.FAILED' then {instant("changed_text")}
            when money in ('COMPLETED', 'DENIED') or kind = 'CUSTOMER.DISPUTE.CREATED'
                then {instant("resource_created")}
            when kind like '%.PAYMENT.FAILED' then {instant("failed_text")} end, recorded_at), recorded_at) as event_at,
        case when is_subscription then resource when starts_with(kind, 'PAYMENT.SALE.') then agreement end
            as subscription_id,
        coalesce(sale_text, disputed_payment, case when is_reversal then coalesce(
            json_extract_string(related_ids, '$.capture_id'), nullif(nullif(regexp_extract(
                document, '/payments/(?:sale|captures?)/([A-Za-z0-9-]+)"', 1), ''), resource)) end) as sale,
        coalesce(custom_id, custom, disputed_custom) as own_customer,
        coalesce(
            own_customer, 'paypal_subscriber:' || payer, 'paypal_subscription:' || subscription_id,
            case when kind like 'PAYMENT.CAPTURE.%' and not is_reversal then coalesce(
                'paypal_order:' || json_extract_string(related_ids, '$.order_id'), 'paypal_capture:' || resource) end
        ) as customer_id,
        coalesce(try_cast(quantity_text as DECIMAL(18,4)), 1) as quantity,
        -- Each webhook that an account has tells of a sale under an id of its own: a sale is known by its own id, and
        -- a step of a subscription by its time.
        case when money is not null then concat_ws(':', split_part(kind, '.', 3), resource)
            when is_subscription and step_at is not null then concat_ws(':', kind, resource, step_at)
            else notice end as told,
        concat_ws('|', kind, cast(quantity as VARCHAR), told) as order_id,
        {instant("next_billing_text")} as next_billing_at,
        coalesce(try_cast(failures_text as INTEGER), 0) > 0 as has_failed,
        coalesce(list_contains(json_extract_string(executions, '$[*].tenure_type'), 'TRIAL')
            and coalesce(json_extract_string({_cycle("executions", "REGULAR")}, '$.cycles_completed'), '0') = '0',
            false) as is_trial,
        coalesce(failed_value, outstanding_value) as unpaid_text,
        abs(try_cast(coalesce(failed_value, outstanding_value) as DECIMAL(18,4))) as unpaid,
        upper(case when failed_value is null then outstanding_currency else failed_currency end) as unpaid_currency,
        abs(try_cast(coalesce(total_value, captured_value, disputed_value) as DECIMAL(18,4))) as total,
        upper(coalesce(total_currency, captured_currency, disputed_currency)) as sale_currency,
        abs(try_cast(tax_value as DECIMAL(18,4))) as tax,
        abs(try_cast(shipping_value as DECIMAL(18,4))) as shipping,
        abs(try_cast(coalesce(fee_value, captured_fee) as DECIMAL(18,4))) as fee,
        case when kind = 'CUSTOMER.DISPUTE.RESOLVED' or dispute_outcome is not null
                then case when dispute_outcome in {_WON} then 'WON' else 'LOST' end
            when is_about_dispute then case when dispute_stage = 'INQUIRY' then 'INQUIRY' else 'CLAIM' end
        end as dispute_step,
        try_cast(lost_value as DECIMAL(18,4)) as lost,
        try_cast({_of("regular", "price")} as DECIMAL(18,4)) as price,
        upper(coalesce({_of("regular", "currency")},
            json_extract_string({_of("regular", "tiers")}, '$[0].amount.currency_code'))) as currency,
        lower({_of("regular", "unit")}) as billing_interval,
        coalesce(try_cast({_of("regular", "count")} as BIGINT), 1) as interval_count,
        lower({_of("trial", "unit")}) as trial_unit,
        coalesce(try_cast({_of("trial", "count")} as BIGINT), 1)
            * greatest(coalesce(try_cast({_of("trial", "cycles")} as BIGINT), 1), 1) as trial_count,
        try_cast({_of("trial", "price")} as DECIMAL(18,4)) as trial_price,
        case when contains(document, 'xes"') and {_INCLUSIVE} = 'true'
            then try_cast({_PERCENTAGE} as DECIMAL(9,4)) end as tax_within,
        case when json_array_length({_of("regular", "tiers")}) > 0 then json_object('model', {_of("regular", "model")},
            'tiers', json({_of("regular", "tiers")}), 'tax_within', tax_within) end as tiers
    from ({_CYCLES})
"""
# What is made of other columns stands apart: within one select each mention of a column is computed anew.
_IS_WHOLE = is_whole_period("event_at", "next_billing_at", "next_unit", "period_count")
PARSED = f"""
    select * exclude (next_unit), case when {_IS_WHOLE} then next_unit end as period_unit
    from (
        select * replace ({_without_tax("price")}, {_without_tax("trial_price")}),
            case when starts_at_once then {_UNIT} end as next_unit,
            case when starts_at_once then {_COUNT} end as period_count
        from (select *, kind = 'BILLING.SUBSCRIPTION.ACTIVATED' and not is_trial as starts_at_once from ({_READ}))
    )
"""
