"""Stripe's objects with typed facts, and the part that each plays: which feed it is for.

Belongs here: times, money, identity and the decision what an object says. Does not belong here: paths in JSON
(``fields``), the rows of feeds.
"""

from __future__ import annotations

from pipelines.sources.sql import epoch_seconds, instant, is_yes, listed
from pipelines.sources.stripe.fields import FACT_COLUMNS, facts_of

# docs.stripe.com/currencies: amounts of these have no minor unit, or three digits. ISK and UGX keep two in the API.
_WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))

_FAMILIES = (
    "account|application_fee|balance|balance_settings|billing|billing_portal|capability|cash_balance|charge|checkout"
    "|climate|coupon|credit_note|customer|customer_cash_balance_transaction|entitlements|file|financial_connections"
    "|identity|invoice|invoice_payment|invoiceitem|issuing_[a-z_]+|mandate|payment_[a-z_]+|payout|person|plan|price"
    "|product|promotion_code|quote|radar|refund|reporting|reserve|review|setup_intent|sigma|source|subscription_schedule"
    "|tax|tax_rate|terminal|test_helpers|topup|transfer|treasury"
)
IS_KNOWN_EVENT = f"regexp_full_match(event_type, '({_FAMILIES})\\.[a-z0-9_.]+')"
"""Whether the type of an event is of a family that Stripe has."""

# A row of a table does not say what it is of; empty fields are left out, so only columns that are always filled count.
TABLE_TYPE = """case
    when delinquent is not null or starts_with(id, 'cus_') then 'customer'
    when refundable is not null then 'dispute'
    when capture_method is not null or starts_with(id, 'pi_') then 'payment_intent'
    when amount_due is not null or starts_with(id, 'in_') then 'invoice'
    when proration is not null then 'line_item'
    when net is not null and captured_text is null and arrival_text is null then 'balance_transaction'
    when captured_text is not null or starts_with(id, 'ch_') then 'charge'
    when arrival_text is not null or starts_with(id, 'po_') then 'payout'
    when payout is not null and balance_transaction is not null and created_text is null then 'payout_line'
    when starts_with(id, 'sub_sched_') then 'subscription_schedule'
    when anchor is not null or starts_with(id, 'sub_') then 'subscription'
    when exported_coupon is not null then 'discount'
    when duration is not null then 'coupon'
    when starts_with(id, 'price_') then 'price'
    when interval_text is not null and unit_text is not null then 'plan'
    when price_id is not null and invoice_subscription is not null then 'subscription_item'
    -- What else is about a charge: fees of applications, warnings of fraud, reviews.
    when regexp_matches(id, '^(fee|issfr|prv)_') then 'of a charge'
    when charge is not null or starts_with(id, 're_') then 'refund'
end"""
"""What a row of a table is of, named as in the API; null when its columns do not tell."""


def moment(text: str) -> str:
    """A TIMESTAMP in UTC of epoch seconds or of a time as databases write it; Snowflake sets the zone apart."""
    joined = rf"regexp_replace(regexp_replace({text}, ' Z$', 'Z'), ' ([+-]\d{{2}}):?(\d{{2}})$', '\1:\2')"
    return (
        f"coalesce({epoch_seconds(text)}, {instant(text)}, case when contains({text}, ' ') then {instant(joined)} end)"
    )


def money(minor: str, currency: str = "currency") -> str:
    """A DECIMAL of an amount as Stripe writes it: in minor units, except that its own exports have major ones."""
    return f"""case when is_major is not null then try_cast(replace({minor}, ',', '') as DECIMAL(18,4))
        else {minor_money(f"try_cast({minor} as DECIMAL(24,6))", currency)} end"""


def minor_money(minor: str, currency: str = "currency") -> str:
    """A DECIMAL(18,4) of a DECIMAL of minor units, which may have decimals of its own."""
    return f"""cast(cast({minor} as DECIMAL(24,6)) * case
        when {currency} in ({listed(_WHOLE)}) then 1.000
        when {currency} in ({listed(_THOUSANDTHS)}) then 0.001
        else 0.010 end as DECIMAL(18,4))"""


def in_minor(amount: str) -> str:
    """The minor units of an amount in major ones, of the column currency."""
    return f"""{amount} * case
        when currency in ({listed(_WHOLE)}) then 1
        when currency in ({listed(_THOUSANDTHS)}) then 1000
        else 100 end"""


_TIMES = {
    name: f"{name}_text"
    for name in ("created", "synced", "start", "period_start", "period_end", "trial_start", "trial_end", "cancel_at")
} | {
    "canceled_at": "canceled_text",
    "ended_at": "ended_text",
    "event_at": "event_created",
    "ends": "end_text",
    "paid_at": "paid_at_text",
    "arrival": "arrival_text",
    "redeem_by": "redeem_by_text",
    "previous_start": "previous_period_start",
    "previous_end": "previous_period_end",
    "previous_trial": "previous_trial_end",
}

_IS_PAID_INVOICE = """(event_type in ('invoice.paid', 'invoice.payment_succeeded')
    or event_type is null and (status = 'paid' or paid_flag))"""
_ROLE = f"""case
    when event_type = 'customer.subscription.deleted' and kind = 'subscription' then 'subscription'
    when deleted and (kind not in ('customer', 'price', 'plan', 'coupon') or event_type is null and shape <> 'table')
        then 'other'
    when kind = 'subscription' and event_type like 'customer.subscription.%' then 'subscription event'
    when kind = 'subscription' and event_type is null then 'subscription'
    when kind = 'invoice' and {_IS_PAID_INVOICE} and try_cast(amount_paid as DECIMAL(18,4)) > 0
        and customer_id is not null then 'invoice paid'
    when event_type = 'invoice.payment_failed' and kind = 'invoice' and customer_id is not null then 'invoice failed'
    when kind = 'invoice_payment' and coalesce(event_type, 'invoice_payment.paid') = 'invoice_payment.paid'
        and status = 'paid' and try_cast(amount_paid as DECIMAL(18,4)) > 0 then 'invoice payment paid'
    when kind = 'charge' and coalesce(event_type, 'charge.captured') in ('charge.succeeded', 'charge.captured')
        and lower(status) in ('succeeded', 'paid') and captured then 'charge paid'
    when kind = 'charge' and coalesce(event_type, 'charge.failed') = 'charge.failed' and lower(status) = 'failed'
        then 'charge failed'
    when kind = 'payment_intent' and coalesce(event_type, 'payment_intent.succeeded') = 'payment_intent.succeeded'
        and status = 'succeeded' and try_cast(amount_received as DECIMAL(18,4)) > 0 then 'intent paid'
    when kind = 'payment_intent' and event_type = 'payment_intent.payment_failed' then 'intent failed'
    when kind = 'refund' and status = 'succeeded' and coalesce(charge, payment_intent) is not null then 'refund'
    when kind = 'refund' and status in ('failed', 'canceled') and coalesce(charge, payment_intent) is not null
        then 'refund failed'
    when kind = 'dispute' and status = 'won' and coalesce(charge, payment_intent) is not null
        and coalesce(event_type, 'charge.dispute.closed') = 'charge.dispute.closed' then 'dispute won'
    when kind = 'dispute' and not starts_with(status, 'warning') and status <> 'prevented'
        and coalesce(charge, payment_intent) is not null then 'dispute'
    when kind = 'customer' and coalesce(event_type, 'customer.updated')
        in ('customer.created', 'customer.updated', 'customer.deleted') then 'customer'
    when kind in ('price', 'plan') then 'offer'
    when kind = 'coupon' or kind = 'promotion_code' and json_extract_string(coupon, '$.duration') is not null
        then 'coupon'
    when kind = 'payout' and coalesce(event_type, 'payout.paid') = 'payout.paid' and status = 'paid'
        and arrival is not null and not starts_with(amount_text, '-') then 'payout'
    else 'other' end"""

_DOCUMENTS = """(
    select file_number, row_number, ordinal, shape, extracted, document, cast(null as VARCHAR) as exported
    from (
        select file_number, row_number, shape, extracted, unnest(bundled) as document,
            generate_subscripts(bundled, 1) as ordinal
        from delivered where bundled is not null
    )
)"""
# What has no time of its own in a bundle has the newest one's, and a state in it is no older than anything it shows.
_SHOWN = ("created", "period_start", "canceled_at", "ended_at", "trial_start", "start")
BUNDLED = f"""
    select *, object_type as kind,
        max({moment("created_text")}) over bundle as newest,
        max(greatest({", ".join(moment(_TIMES[name]) for name in _SHOWN)})) over bundle as newest_shown
    from ({facts_of(_DOCUMENTS)})
    window bundle as (partition by file_number, row_number)
"""
"""The select of the table ``stripe_bundled``: a row for each object in a bundle."""

# Texts that are read as something else here; each column of the table takes time with every object.
_READ = (
    *_TIMES.values(),
    *("object_type", "deleted_text", "captured_text", "metadata_customer", "metadata_text", "client_reference"),
)
OBJECTS = f"""
    with found as (
        select * replace (
            coalesce(stripe_customer, case when kind = 'customer' then id end) as stripe_customer,
            case when extracted is not null and try_cast(updated_text as BIGINT) > try_cast(created_text as BIGINT)
                then updated_text else coalesce(synced_text, extracted) end as synced_text
        )
        from (
            select file_number, row_number, 0 as ordinal, shape, extracted, {FACT_COLUMNS}, kind,
                null as newest, null as newest_shown
            from delivered where bundled is null
            union all by name
            select * from stripe_bundled
        )
    ),

    timed as (
        select *,
            {", ".join(f"{moment(text)} as {name}" for name, text in _TIMES.items())},
            upper(coalesce(currency_text, price_currency)) as currency,
            {is_yes("deleted_text")} as deleted,
            {is_yes("captured_text")} as captured,
            coalesce(lower(status) = 'paid', false) as paid_flag,
            coalesce(metadata_customer, client_reference, json_extract_string(
                case when json_valid(metadata_text) then metadata_text end, '$.customer_id')) as own_customer
        from found
    ),

    known as (
        select *, coalesce(own_customer, 'stripe_customer:' || stripe_customer) as customer_id,
            -- What has no time of its own in a bundle is no older than the newest that has one.
            coalesce(event_at, created, start, newest, synced) as known_at,
            coalesce(event_at, synced, newest_shown, greatest({", ".join(_SHOWN)})) as seen_at
        from timed
    )

    select * exclude ({", ".join(_READ)}), {_ROLE} as role from known
"""
"""The select of the table ``stripe_objects``: a row for each object in the payloads, with its times and its role."""
