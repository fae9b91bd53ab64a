"""Where Cleeng's webhooks, reports and offers keep each fact, and its text as a type.

Belongs here: names, times, codes. Does not belong here: what follows from a payload (``subscriptions``, ``payments``).
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.sources.sql import alpha_2, email_hash, json_fields

# For each fact: the names in a webhook's data, then the display names of report columns. Reports may also come with
# unformatted names: those are tried in snake_case and camelCase. Column names that Cleeng's public pages cut off
# (lifecycle, amounts of transactions) are assumptions, several spellings each.
_FACTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "transaction_id": (("transactionId",), ("Transaction ID",)),
    "subscription_id": (("subscriptionId",), ("Subscription ID",)),
    "pass_id": ((), ("Pass ID",)),
    "customer_number": (("customerId",), ("Customer ID",)),
    "external_id": (("customerExternalId",), ("Customer external ID", "External customer ID")),
    "email": (("customerEmail", "email"), ("Customer email", "Email", "email")),
    "offer_id": (("offerId", "toOfferId"), ("Offer ID",)),
    "event_time": (("eventDate", "occurredAt", "timestamp", "updatedAt", "createdAt", "dunningAttemptDate"), ()),
    "transaction_time": (("transactionDate",), ("Date/Time", "Date")),
    "gross": (("transactionPriceInclTax",), ("Transaction price incl. tax", "Price incl. tax", "Total price")),
    "tax": (("applicableTax",), ("Applicable tax", "Tax value", "Tax")),
    "price": (("offerPrice", "nextPaymentPrice", "price"), ("Offer price",)),
    "currency": (
        ("transactionCurrency", "offerCurrency", "nextPaymentCurrency", "currency"),
        ("Transaction currency", "Offer currency", "Customer currency"),
    ),
    "country": (
        ("transactionCountry", "paymentCountry", "country"),
        ("Transaction Country", "Customer country", "Country"),
    ),
    "payment_method": (("paymentMethod",), ("Payment method",)),
    "offer_period": (("period", "offerPeriod"), ("Offer period",)),
    "coupon_code": (("couponCode",), ("Coupon code",)),
    "start_time": (("startedAt",), ("Subscription start date", "Pass start date", "Start date")),
    "end_time": (
        ("expiresAt", "expirationDate"),
        ("Subscription expiration date", "Pass expiration date", "Expiration date", "Next payment date", "End date"),
    ),
    "payment_time": ((), ("Last payment date", "Last Transaction Date Time", "Last transaction date")),
    "cancel_time": (("cancelledAt",), ("Cancellation date", "Cancelation date")),
    "termination_time": (("terminatedAt",), ("Termination date", "Churn date")),
    "trial_end_time": (("trialEndsAt",), ("Trial end date",)),
    "status_text": (("status",), ("Subscription status", "Pass status", "Status")),
    "churn_text": (("churnType", "cancellationReason", "reason"), ("Churn type", "Churn reason")),
    "rejection": (("rejectionReason", "errorCode", "reason"), ()),
    "trial_text": (("inTrial",), ("In trial",)),
    "activation_time": ((), ("Account activation date", "Account Activation")),
    "consent_name": (("consentName",), ()),
    "consent_state": (("newState", "state", "value"), ()),
    "transaction_type": ((), ("Transaction type", "Transaction status", "Type")),
}
_OTHER_PATHS = {
    "topic": "/topic",
    "has_data": "/data",
    "broadcaster_id": "/broadcasterId",
    "long_id": "/longId",
    "title": "/title",
    "object_type": "/type",
    "is_active": "/active",
    "object_price": "/price",
    "object_currency": "/currency",
    "cycle_unit": "/billingCycle/periodUnit",
    "cycle_count": "/billingCycle/amount",
    "free_days": "/freeTrial/duration",
    "free_type": "/freeTrial/type",
    "object_updated_time": "/updatedAt",
    "envelope_time": "/timestamp",
}
TIMES = (
    "event_time",
    "transaction_time",
    "start_time",
    "end_time",
    "payment_time",
    "cancel_time",
    "termination_time",
    "trial_end_time",
    "activation_time",
    "object_updated_time",
    "envelope_time",
)


def instant_in_cet(text: str) -> str:
    """A TIMESTAMP in UTC of epoch seconds or milliseconds, of ISO 8601 with an offset, or else of CET/CEST."""
    return f"""case
        when regexp_full_match({text}, '[0-9]{{9,10}}') then make_timestamp(try_cast({text} as BIGINT) * 1000000)
        when regexp_full_match({text}, '[0-9]{{12,13}}') then make_timestamp(try_cast({text} as BIGINT) * 1000)
        when regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$')
            then try_cast({text} as TIMESTAMPTZ) at time zone 'UTC'
        else timezone('UTC', timezone('Europe/Amsterdam', try_cast({text} as TIMESTAMP))) end"""


def money(text: str) -> str:
    """A DECIMAL(18,4) of a text in major units, without a detour over floats."""
    return f"try_cast({text} as DECIMAL(18,4))"


def typed_select() -> str:
    """A select over ``payloads`` of one row each: the facts as text, times as ``<fact without _time>_at``, codes."""
    paths = dict(_OTHER_PATHS)
    names: dict[str, list[str]] = {}
    for fact in _FACTS:
        names[fact] = []
        for number, path in enumerate(_paths(fact)):
            paths[f"{fact}_{number}"] = path
            names[fact].append(f'"{fact}_{number}"')
    facts = ",\n        ".join(f"coalesce({', '.join(columns)}) as {fact}" for fact, columns in names.items())
    others = ", ".join(_OTHER_PATHS)
    times = ",\n        ".join(f"{instant_in_cet(name)} as {name.removesuffix('_time')}_at" for name in TIMES)
    return f"""
    select *,
        {times},
        case
            when topic is not null then 'webhook'
            when long_id is not null then 'offer'
            when pass_id is not null then 'pass'
            when transaction_id is not null then 'transaction'
            when subscription_id is not null then 'subscription'
        end as kind,
        coalesce(external_id, 'cleeng_customer:' || customer_number, 'email_hash:' || email_hash) as customer_id,
        case
            when regexp_matches(period_text, '^[0-9]*-?(week|month|year)') and period_text not like '%quarter%'
                then regexp_extract(period_text, '(week|month|year)')
            when period_text like 'annual%' or period_text like 'season%' then 'year'
            when period_text like 'quarter%' then 'month'
        end as billing_interval,
        case
            when period_text like 'quarter%' then 3
            else coalesce(try_cast(nullif(regexp_extract(period_text, '^[0-9]+'), '') as BIGINT), 1)
        end as billing_interval_count,
        {alpha_2("country_text")} as country,
        lower(coalesce(trial_text, '')) in ('true', '1', 'yes') as in_trial,
        case when currency_text <> '' then currency_text end as currency
    from (
        select * exclude (country, currency, offer_period, status_text, churn_text),
            {email_hash("email")} as email_hash,
            upper(country) as country_text,
            upper(currency) as currency_text,
            lower(offer_period) as period_text,
            lower(status_text) as status,
            churn_text,
            lower(coalesce(churn_text, '')) as churn
        from (
            select file_number, row_number, {others},
            {facts}
            from ({json_fields(paths)})
        )
    )
    """


def _paths(fact: str) -> Iterator[str]:
    of_webhook, of_report = _FACTS[fact]
    yield from (f"/data/{name}" for name in of_webhook)
    found = set()
    for name in of_report:
        words = [word for word in name.lower().replace(".", "").replace("/", " ").split() if word]
        camel = words[0] + "".join(word.capitalize() for word in words[1:])
        for spelling in (name, "_".join(words), camel):
            if spelling not in found:
                found.add(spelling)
                yield "/" + spelling.replace("/", "~1")
