"""Patreon: webhooks of members, version 2 of its API (``members:*`` and ``members:pledge:*``).

Read: the sources of Patreon's documentation (repository Patreon/platform-documentation of December 2024): version 2's
"Webhooks" with its sample and signature, and the resource Member with all its attributes. Not documented, and so not
known: which attributes a webhook carries, and the currency (read where the campaign is included). Choices that the
format forces:

- A webhook is the member as it is now, without the time of the change: what is told is dated by the last charge. An
  active patron is a renewal at that time, and a free trial a trial; a declined charge is grace.
- A former patron's membership ended with the time that the last charge paid for (``pledge_cadence`` months), and where
  that charge was declined with that charge: grace is no longer for a year by the year than by the month.
- Amounts are cents of the campaign's currency, named only where the webhook includes it; else they are of the reporting
  currency. Patreon's amounts are what the member pays; its fee and taxes are not told.
- The price is what the member is entitled to now; another one for the next cycle counts from its charge. A charge that
  was paid is one payment of that price, however many webhooks repeat it. One that was refunded had been paid: all of it
  is given back, at an unknown time and so at that of the charge; of a part the amount is not told. A refund that is
  pending or declined leaves the payment as it is, and deleted charges move no money.
- What a webhook is about (``X-Patreon-Event``) is no part of its body: a trial that is deleted is not told.
- Gifts and follows have no price: other events.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.billing import billing_source
from pipelines.sources.sql import instant, json_fields

TAKEN = ("Paid", "Refunded", "Refunded by Patreon", "Partially Refunded", "Refund Pending", "Refund Declined")
"""States of a charge that was paid, whatever became of it since."""
UNPAID = ("Declined", "Fraud")
"""States of a charge that paid for nothing: what was paid for before ended with it."""
STATES = {"active_patron": "renewed", "declined_patron": "grace_entered", "former_patron": "ended"}
"""What a member with a ``patron_status`` has come to; one without is a follower or was never charged."""
_A = "$.data.attributes"
_FIELDS = {
    "kind": "$.data.type",
    "id": "$.data.id",
    "status": f"{_A}.patron_status",
    "cents": f"{_A}.currently_entitled_amount_cents",
    "will_pay": f"{_A}.will_pay_amount_cents",
    "cadence": f"{_A}.pledge_cadence",
    "charged": f"{_A}.last_charge_date",
    "charge": f"{_A}.last_charge_status",
    "next_charge": f"{_A}.next_charge_date",
    "began": f"{_A}.pledge_relationship_start",
    "trial": f"{_A}.is_free_trial",
    "gift": f"{_A}.is_gifted",
    "email": f"{_A}.email",
    "user": "$.data.relationships.user.data.id",
    "tier": "$.data.relationships.currently_entitled_tiers.data[0].id",
    "included": "$.included",
}
_CURRENCY = """list_filter(list_transform(
    from_json(included, '[{"attributes": {"currency": "VARCHAR", "currency_code": "VARCHAR"}}]'),
    lambda entry: coalesce(entry.attributes.currency_code, entry.attributes.currency)
), lambda code: code is not null)[1]"""
# What a member is entitled to is what was paid for, or is promised; what will be paid next is told by its charge.
_PRICE = "cast(coalesce(nullif(try_cast(cents as BIGINT), 0), try_cast(will_pay as BIGINT)) * 0.01 as DECIMAL(18,4))"
_FACTS = f"""
    select
        file_number, row_number,
        case when kind is null then 'missing:data.type' when kind <> 'member' then 'unknown_type' end as flaw,
        -- What a member is entitled to rises within a month and falls with the next charge: the larger amount is later.
        concat_ws(':', id, status, charged, charge, lpad(coalesce(nullif(cents, '0'), will_pay), 12, '0'), next_charge)
            as notice,
        concat_ws('/', 'member', status, charge) as word,
        case when status = 'former_patron' then paid_until else coalesce(charged_at, began_at) end as occurred_at,
        coalesce(charged_at, began_at) as recorded_at,
        'patreon_user:' || coalesce(user, id) as customer_id,
        id as subscription_id,
        case when gift = 'true' or status is null then []
            when status = 'active_patron' and trial = 'true' then ['trial_started']
            when status = 'active_patron' and {_PRICE} > 0 then ['renewed']
            when status = 'declined_patron' then ['grace_entered']
            when status = 'former_patron' then ['ended'] else [] end as events,
        tier as offer_id, {_PRICE} as amount, upper(currency_code) as currency,
        'month' as billing_interval, months as billing_interval_count,
        coalesce(charged_at, began_at) as period_start,
        case when charge in {UNPAID} then paid_until else coalesce({instant("next_charge")}, paid_until) end
            as period_end,
        'web' as channel,
        case when charge = 'Declined' then 'payment_failed' when charge = 'Fraud' then 'fraud' end as end_reason,
        concat_ws(':', id, charged, case when charge in {TAKEN} then 'Paid' else charge end) as payment_notice,
        charged_at as paid_at,
        case when charged_at is null or not coalesce({_PRICE} > 0, false) then null
            when charge in {TAKEN} then 'succeeded' when charge = 'Declined' then 'failed' end as payment,
        concat_ws(':', id, charged) as transaction_id,
        {_PRICE} as paid,
        case when charged_at is not null and charge in ('Refunded', 'Refunded by Patreon')
            then [{{'id': 'all', 'amount': {_PRICE}}}] end as refunds, email
    from (
        select *, case when charge in {UNPAID} then charged_at else charged_at + to_months(cast(months as INTEGER)) end
            as paid_until
        from (
            select *, {instant("charged")} as charged_at, {instant("began")} as began_at,
                coalesce(try_cast(cadence as BIGINT), 1) as months, {_CURRENCY} as currency_code
            from ({json_fields(_FIELDS)})
        )
    )
"""

SOURCE = billing_source(
    "patreon",
    "Patreon webhooks of members",
    facts=_FACTS,
    cannot_know="when a change was made, why a member left, what exactly a charge was, when and in what part "
    "it was refunded, fees, taxes, "
    "often the currency",
    flaws=("missing:data.type",),
    is_in_reporting_currency=True,
    repeats_payments=True,
)
