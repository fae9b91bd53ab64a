"""Payment events: one money movement is told by many of Stripe's objects, and is booked by one of them.

A payment is booked by its invoice, else by its charge, else by the invoice's payment, else by the payment intent:
whichever of these was ever delivered, found by the ids that they have of one another. An invoice that was paid in
several payments books each of them, and what none of them tells.

Belongs here: invoices, charges, refunds, disputes. Does not belong here: prices and periods, payouts (``reference``).
"""

from __future__ import annotations

from pipelines.sources.sql import instant
from pipelines.sources.stripe.links import REFUNDED_TOTAL, RETURNED
from pipelines.sources.stripe.objects import money


def _known(condition: str) -> str:
    return f"(select * from known_sender_objects where provider = 'stripe' and {condition})"


def _one(target: str, by: str, condition: str = "true") -> str:
    """The id of an object that those which name another one name beside it."""
    known = _known(f"{target} is not null and {by} is not null and {condition}")
    return f"(select {by}, min({target}) as {target} from {known} group by {by})"


# A payment intent may have many charges, of which one succeeded.
_SETTLED = "object_kind not in ('charge failed', 'intent failed', 'charge', 'released')"
_LINKED = f"""
    select own.*,
        coalesce(own.own_invoice, of_charge.invoice_id, of_intent.invoice_id) as invoice_id,
        coalesce(own.own_intent, intent_of_charge.payment_intent_id) as first_intent
    from own
    left join {_one("invoice_id", "charge_id")} as of_charge on of_charge.charge_id = own.own_charge
    left join {_one("payment_intent_id", "charge_id")} as intent_of_charge
        on intent_of_charge.charge_id = own.own_charge
    left join {_one("invoice_id", "payment_intent_id")} as of_intent
        on of_intent.payment_intent_id = coalesce(own.own_intent, intent_of_charge.payment_intent_id)
"""
_RESOLVED = f"""
    select linked.*,
        coalesce(linked.first_intent, of_invoice.payment_intent_id) as intent_id,
        coalesce(linked.own_charge, case when role <> 'invoice part paid' then charge_of_invoice.charge_id end,
            charge_of_intent.charge_id) as charge_id
    from linked
    left join {_one("payment_intent_id", "invoice_id")} as of_invoice on of_invoice.invoice_id = linked.invoice_id
    left join {_one("charge_id", "invoice_id", _SETTLED)} as charge_of_invoice
        on charge_of_invoice.invoice_id = linked.invoice_id
    left join {_one("charge_id", "payment_intent_id", _SETTLED)} as charge_of_intent
        on charge_of_intent.payment_intent_id = coalesce(linked.first_intent, of_invoice.payment_intent_id)
"""


def _told(kind: str, column: str, mine: str) -> str:
    known = _known(f"object_kind = '{kind}' and {column} is not null")
    return f"coalesce({mine} in (select {column} from {known}), false)"


def _told_before(outcome: str) -> str:
    """Whether an object that goes before another one tells of the same payment, or failure."""
    by_invoice = _told(f"invoice {outcome}", "invoice_id", "invoice_id")
    by_charge = (
        f"({_told(f'charge {outcome}', 'charge_id', 'charge_id')} or "
        + _told(f"charge {outcome}", "payment_intent_id", "intent_id")
        + ")"
    )
    if outcome == "failed":
        by_charge = _told("charge failed", "charge_id", "charge_id")
    by_part = _told("invoice payment paid", "payment_intent_id", "intent_id")
    return f"""case role
        when 'charge {outcome}' then {by_invoice}
        when 'invoice payment {outcome}' then {by_invoice} or {by_charge}
        when 'intent {outcome}' then {by_invoice} or {by_charge} or {by_part}
        else false end"""


_REFUND_OF = _known("object_kind in ('refund', 'refund failed', 'refund pending')")
_TOTALS = _known("object_kind = 'refunded total'")
_REFUNDED = _known("object_kind = 'refund' and object_id is not null")
_HAD_SUCCEEDED = "coalesce(previous_status = 'succeeded', false)"
# What a charge released when it was captured in part, or never, is told as its first refund.
_RELEASES = f"""
    select arg_min(refunds.object_id, (refunds.recorded_at, refunds.object_id)) as id
    from {_known("object_kind = 'refund'")} as refunds
    join (
        select charge_id, arg_max(facts, version) as facts from {_known("object_kind = 'released'")} as told
        group by charge_id
    ) as released on released.charge_id = refunds.charge_id
        and json_extract_string(refunds.facts, '$.amount') = json_extract_string(released.facts, '$.amount')
    where json_extract_string(released.facts, '$.amount') <> json_extract_string(released.facts, '$.of')
        or refunds.charge_id not in (select object_id from {_known("object_kind = 'charge paid'")})
    group by refunds.charge_id
"""
_AT = "make_timestamp(cast(try_cast(json_extract_string(facts, '$.at') as DOUBLE) * 1000000 as BIGINT))"
_IS_TIMED = "json_extract_string(facts, '$.timed') = 'true'"
# A charge says how much of it was refunded in all: what refunds of their own do not tell, and earlier totals did not. A
# charge in a list says it of a time that nobody tells, so any refund may be in its total.
_UNCOVERED = f"""
    select charge_id, total_minor, moment, uncovered - coalesce(max(uncovered) over earlier, 0) as minor
    from (
        select totals.charge_id, totals.total_minor, totals.moment, greatest(totals.total_minor - coalesce(sum(
            refunds.minor) filter (where refunds.moment <= totals.moment or not is_timed), 0), 0) as uncovered
        from (
            select charge_id, cast(json_extract_string(facts, '$.total') as DECIMAL(18,4)) as total_minor,
                coalesce(min({_AT}) filter (where {_IS_TIMED}), min({_AT})) as moment, bool_or({_IS_TIMED}) as is_timed
            from {_TOTALS} where charge_id in (select id from stripe_objects where {REFUNDED_TOTAL}) group by all
        ) as totals
        left join (
            select charge_id, object_id, min({_AT}) as moment,
                min(recorded_at) filter (where object_kind = 'refund failed') as failed_at,
                max(cast(json_extract_string(facts, '$.amount') as DECIMAL(18,4))) as minor
            from {_REFUND_OF} where object_id not in ({_RELEASES}) group by charge_id, object_id
        ) as refunds on refunds.charge_id = totals.charge_id
            and coalesce(refunds.failed_at >= totals.moment or not is_timed, true)
        group by totals.charge_id, totals.total_minor, totals.moment, is_timed
    )
    window earlier as (partition by charge_id order by total_minor rows between unbounded preceding and 1 preceding)
"""

# What an invoice was paid in: several payments, or one that is less than the whole. One that is all of it says no more
# than the invoice.
_PARTS = f"""
    select told.*, invoice_id, sum(minor) over (partition by invoice_id) as minor_of_all,
        count(*) over (partition by invoice_id) as parts
    from (
        select invoice_id, json_extract_string(facts, '$.part') as part, min(charge_id) as part_charge,
            min(payment_intent_id) as part_intent, min({_AT}) as part_at,
            max(try_cast(json_extract_string(facts, '$.amount') as DECIMAL(18,4))) as minor
        from {_known("object_kind in ('link', 'invoice payment paid') and facts is not null")}
        where invoice_id is not null group by all
    ) as told
    where part is not null and minor > 0
"""
_OF_PARTS = f"""
    select movements.*, parts.* exclude (invoice_id)
    from movements join ({_PARTS}) as parts on parts.invoice_id = movements.id
    where role = 'invoice paid' and (parts.parts > 1 or parts.minor < try_cast(amount_paid as DECIMAL(18,4)))
"""

# role: (part of the event id, event type, when, minor units)
_BOOKED = {
    "invoice paid": ("id || ':paid'", "succeeded", "coalesce(paid_at, known_at)", "amount_paid"),
    "invoice part paid": ("id || ':paid:' || part", "succeeded", "coalesce(part_at, paid_at, known_at)", "amount_paid"),
    "invoice failed": ("coalesce(event_id, id) || ':failed'", "failed", "known_at", "amount_due"),
    "invoice payment paid": ("id || ':paid'", "succeeded", "coalesce(paid_at, created, known_at)", "amount_paid"),
    "charge paid": (
        "id || ':succeeded'",
        "succeeded",
        "coalesce(created, known_at)",
        "coalesce(amount_captured, amount_text)",
    ),
    "charge failed": ("id || ':failed'", "failed", "coalesce(created, known_at)", "amount_text"),
    "intent paid": ("id || ':succeeded'", "succeeded", "coalesce(event_at, created, known_at)", "amount_received"),
    "intent failed": ("coalesce(event_id, id) || ':failed'", "failed", "known_at", "amount_text"),
    "refund": ("id || ':refunded'", "refunded", "coalesce(created, known_at)", "amount_text"),
    "refund failed": ("id || ':failed'", "chargeback_reversed", "coalesce(event_at, synced, created)", "amount_text"),
    "charge refunded": ("id || ':refunded:' || amount_text", "refunded", "refunded_at", "refunded_minor"),
    "dispute": ("id || ':chargeback'", "chargeback", "coalesce(created, known_at)", "amount_text"),
    "dispute won": (
        "id || ':chargeback_reversed'",
        "chargeback_reversed",
        "coalesce(event_at, synced, created)",
        "amount_text",
    ),
}
_REVERSALS = "('refund', 'refund failed', 'charge refunded', 'dispute', 'dispute won')"


def _of_role(position: int) -> str:
    return " ".join(f"when '{role}' then {parts[position]}" for role, parts in _BOOKED.items())


_TYPES = " ".join(f"when '{role}' then '{parts[1]}'" for role, parts in _BOOKED.items())
_ROLES = ", ".join(f"'{role}'" for role in _BOOKED)


def _sum_of(taxes: str) -> str:
    return f"""case when {taxes} is not null then list_sum(list_transform(json_extract_string({taxes}, '$[*].amount'),
        lambda amount: cast(amount as DECIMAL(18,0)))) end"""


_TAX = f"""coalesce(try_cast(tax_text as DECIMAL(18,4)), {_sum_of("taxes")}, {_sum_of("tax_amounts")},
    try_cast(total as DECIMAL(18,4)) - try_cast(total_untaxed as DECIMAL(18,4)))"""
# An invoice that was paid in part from the customer's balance brought that part of its tax elsewhere.
_PAID_TAX = f"""case when try_cast(amount_paid as DECIMAL(18,4)) < try_cast(total as DECIMAL(18,4))
    then cast(round(cast({_TAX} as DOUBLE) * try_cast(amount_paid as DOUBLE) / try_cast(total as DOUBLE), 4) as VARCHAR)
    else cast({_TAX} as VARCHAR) end"""

_COLUMNS = """file_number, row_number, ordinal, role, kind, id, event_id, event_type, event_at, created, synced,
    known_at, paid_at, customer_id, own_customer, invoice, charge, payment_intent, invoice_subscription, currency,
    is_major, amount_text, amount_captured, amount_received, amount_refunded, amount_paid, amount_due, total,
    total_untaxed, tax_text, taxes, tax_amounts, fee_text, product_kind, metadata_offer, payment_method, failure_code,
    attempt, access_start_text, access_end_text, country_text, previous_status"""
BOOKED = f"""
    with movements as (
        select {_COLUMNS}, refunds from stripe_objects
        where kind in ('invoice', 'invoice_payment', 'charge', 'payment_intent', 'refund', 'dispute')
    ),

    in_parts as ({_OF_PARTS}),

    candidates as (
        select * from movements where role in ({_ROLES})
            and not (role = 'invoice paid' and id in (select id from in_parts))
        union all by name
        select * exclude (minor, minor_of_all, parts, part_charge, part_intent) replace (
            'invoice part paid' as role, cast(minor as VARCHAR) as amount_paid, part_charge as charge,
            part_intent as payment_intent)
        from in_parts
        union all by name
        -- The rest of what was paid, of which no payment was told.
        select distinct * exclude (minor, minor_of_all, parts, part, part_at, part_charge, part_intent) replace (
            cast(try_cast(amount_paid as DECIMAL(18,4)) - minor_of_all as VARCHAR) as amount_paid)
        from in_parts where try_cast(amount_paid as DECIMAL(18,4)) > minor_of_all
        union all by name
        -- A dispute that was won is a chargeback, too, which no earlier payload may have told.
        select * replace ('dispute' as role) from movements where role = 'dispute won'
        union all by name
        -- So is a refund that failed after it had succeeded.
        select * replace ('refund' as role) from movements where role = 'refund failed' and {_HAD_SUCCEEDED}
        union all by name
        -- The refunds that a charge lists are what objects of their own would tell.
        select * exclude (told) replace (
            case when coalesce(told ->> '$.status', 'succeeded') = 'succeeded' then 'refund' else 'refund failed' end
                as role,
            told ->> '$.id' as id, told ->> '$.amount' as amount_text, id as charge,
            make_timestamp(try_cast(told ->> '$.created' as BIGINT) * 1000000) as created,
            told ->> '$.metadata.customer_id' as own_customer, 'refund' as kind
        )
        from (
            select *, unnest(json_extract(refunds, '$[*]')) as told
            from movements where kind = 'charge' and refunds is not null
        )
        where told ->> '$.id' is not null
            and coalesce(told ->> '$.status', 'succeeded') in ('succeeded', 'failed', 'canceled')
        union all by name
        select movements.* replace ('charge refunded' as role, {RETURNED} as amount_text),
            uncovered.moment as refunded_at, cast(uncovered.minor as VARCHAR) as refunded_minor
        from movements
        join ({_UNCOVERED}) as uncovered on uncovered.charge_id = movements.id and uncovered.minor > 0
            and uncovered.total_minor = try_cast({RETURNED} as DECIMAL(18,4))
        where {REFUNDED_TOTAL}
    ),

    own as (
        select *,
            case when kind = 'invoice' then id else invoice end as own_invoice,
            case when kind = 'charge' then id else charge end as own_charge,
            case when kind = 'payment_intent' then id else payment_intent end as own_intent
        from candidates
    ),

    linked as ({_LINKED}),

    resolved as ({_RESOLVED})

    select *,
        coalesce(charge_id, intent_id, invoice_id, id) as payment_id,
        case
            when role in ('charge paid', 'invoice payment paid', 'intent paid') then {_told_before("paid")}
            when role in ('charge failed', 'intent failed') then {_told_before("failed")}
            when role = 'refund' then id in ({_RELEASES})
            when role = 'refund failed' then not {_HAD_SUCCEEDED} and id not in (select object_id from {_REFUNDED})
            else false end as is_told_otherwise
    from resolved
"""
"""The select of the table ``stripe_booked``: a row for each movement of money that an object tells of."""

_CUSTOMER = """case
    when role in ('refund', 'refund failed', 'charge refunded', 'dispute', 'dispute won') then
        -- Refunds and disputes name the charge, not the customer; a link leads on from there.
        coalesce(case when kind = 'charge' then null else own_customer end,
            'stripe_charge:' || own_charge, 'stripe_payment_intent:' || own_intent)
    when role = 'invoice payment paid' then coalesce(customer_id, 'stripe_invoice:' || own_invoice)
    else coalesce(customer_id, 'stripe_charge:' || own_charge, 'stripe_payment_intent:' || own_intent) end"""


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Payment events; the same movement has the same id and content from whichever object or event tells it."""
    return f"""
    select
        file_number, row_number,
        'stripe:' || case role {_of_role(0)} end as event_id,
        case role {_TYPES} end as event_type,
        case role {_of_role(2)} end as occurred_at,
        {_CUSTOMER} as customer_id,
        case when role in {_REVERSALS} then case when role = 'charge refunded' then id || ':' || amount_text else id end
            else payment_id end as transaction_id,
        case when starts_with(role, 'invoice') then invoice_subscription end as subscription_id,
        case when starts_with(role, 'charge') then metadata_offer end as offer_id,
        {money(f"case role {_of_role(3)} end")} as amount,
        currency,
        case
            when role in {_REVERSALS} then null
            when product_kind in ('subscription', 'pass', 'ppv', 'rental', 'other') then product_kind
            when invoice_subscription is not null and starts_with(role, 'invoice') then 'subscription'
            when kind <> 'invoice' and invoice_id is not null then null
            else 'other'
        end as product_kind,
        case when role in ('invoice paid', 'invoice part paid') then {money(_PAID_TAX)} end as tax_amount,
        case when role = 'charge paid' then {money("fee_text")} end as fee_amount,
        'stripe' as provider,
        case when role in ('charge paid', 'charge failed') then payment_method end as payment_method,
        case when ends_with(role, 'failed') and role <> 'refund failed' then failure_code end as failure_code,
        case when role in ('invoice paid', 'invoice failed') then try_cast(attempt as BIGINT) end as attempt,
        case when role in {_REVERSALS} then payment_id end as original_transaction_id,
        case when role in ('charge paid', 'intent paid') then {instant("access_start_text")} end as access_start,
        case when role in ('charge paid', 'intent paid') then {instant("access_end_text")} end as access_end,
        case when role not in {_REVERSALS} then nullif(upper(country_text), '') end as country,
        'web' as channel
    from stripe_booked where not is_told_otherwise
    """
