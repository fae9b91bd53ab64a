"""Chargebee: webhook events (and the same objects listed by its API), product catalogs 1.0 and 2.0.

Read: the types of Chargebee's own client (chargebee-node of August 2026), which are made from its OpenAPI document: the
list of event types, Subscription with its items, Transaction, Invoice. Not available: the OpenAPI document of version 2
itself, and the prose of the API reference, so that when each event is sent is from knowledge. Choices that the format
forces:

- An event carries the whole subscription as it is after it, and so a start, a renewal or a change of plan has its
  price: the sum of the plan's and the add-ons' amounts, in minor units, each brought to the plan's interval. Charges
  that do not recur do not count. An amount told in decimals only is in major units.
- A discount is what coupons and discounts take off the invoice beside the event, until the term ends; credits that the
  invoice uses up are none. An event without its invoice, or with one of a part of the term, has the subscription's own
  discounts, and its coupons, of which other events tell (``chargebee_coupons``).
- A step with backdating is an event of its own, beside no plain one; it happened when the subscription says so.
- A reversal of a payment (``payment_reversal``, told as ``transaction_created``) is a chargeback.
- What was sold in the app stores ("omnichannel") tells nothing here: the stores tell it.
- Whether prices hold tax is a setting of the site: amounts are taken as they stand.
- A payment that failed while the subscription stays active is grace; one that then succeeds recovers it. Chargebee ends
  the subscription itself when dunning is over (``cancel_reason`` ``not_paid``).
- A cancellation without a reason is the customer's where the customer did it (``source`` portal or hosted page).
- Test sites send the same events: they must have a URL of their own.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.base import IdentifierPlace
from pipelines.sources.billing import billing_source, chosen, one_event
from pipelines.sources.chargebee_coupons import COUPONS, TOLD
from pipelines.sources.sql import epoch_seconds, json_fields, major_units

EVENTS = {
    "subscription_created": "started",
    "subscription_started": "started",
    "subscription_activated": "trial_converted",
    "subscription_renewed": "renewed",
    "subscription_changed": "plan_changed",
    "subscription_trial_extended": "plan_changed",
    "subscription_cancellation_scheduled": "cancel_scheduled",
    "subscription_scheduled_cancellation_removed": "cancel_reverted",
    "subscription_reactivated": "started",
    "subscription_paused": "paused",
    "subscription_resumed": "resumed",
    "subscription_cancelled": "ended",
    "subscription_deleted": "ended",
    "payment_failed": "grace_entered",
    "payment_succeeded": "recovered",
    "subscription_created_with_backdating": "started",
    "subscription_activated_with_backdating": "trial_converted",
    "subscription_changed_with_backdating": "plan_changed",
    "subscription_ramp_applied": "plan_changed",
    "subscription_reactivated_with_backdating": "started",
    "subscription_canceled_with_backdating": "ended",
}
"""What an event does to its subscription, but for what the state after it changes in that."""
OTHER = (
    "subscription_advance_invoice_schedule_added",
    "subscription_advance_invoice_schedule_removed",
    "subscription_advance_invoice_schedule_updated",
    "subscription_business_entity_changed",
    "subscription_cancellation_reminder",
    "subscription_changes_scheduled",
    "subscription_entitlements_created",
    "subscription_entitlements_updated",
    "subscription_items_renewed",
    "subscription_moved_in",
    "subscription_moved_out",
    "subscription_movement_failed",
    "subscription_pause_scheduled",
    "subscription_ramp_created",
    "subscription_ramp_deleted",
    "subscription_ramp_drafted",
    "subscription_ramp_updated",
    "subscription_renewal_reminder",
    "subscription_resumption_scheduled",
    "subscription_scheduled_changes_removed",
    "subscription_scheduled_pause_removed",
    "subscription_scheduled_resumption_removed",
    "subscription_shipping_address_updated",
    "subscription_trial_end_reminder",
)
"""Events of subscriptions that move no number by themselves."""
_BACKDATED = {
    "subscription_created_with_backdating": "started_at",
    "subscription_activated_with_backdating": "activated_at",
    "subscription_reactivated_with_backdating": "activated_at",
    "subscription_canceled_with_backdating": "cancelled_at",
}
"""Where a subscription says when what is told with backdating happened."""
END_REASONS = {
    "not_paid": "payment_failed",
    "no_card": "payment_failed",
    "fraud_review_failed": "fraud",
    "currency_incompatible_with_gateway": "publisher_terminated",
    "non_compliant_customer": "publisher_terminated",
    "non_compliant_eu_customer": "publisher_terminated",
    "tax_calculation_failed": "publisher_terminated",
}
_S, _I, _T = "$.content.subscription", "$.content.invoice", "$.content.transaction"
_FIELDS = {
    "id": "$.id",
    "kind": "$.event_type",
    "told": "$.occurred_at",
    "source": "$.source",
    "subscription": f"{_S}.id",
    "customer": f"{_S}.customer_id",
    "status": f"{_S}.status",
    "money": f"{_S}.currency_code",
    "unit": f"{_S}.billing_period_unit",
    "count": f"{_S}.billing_period",
    "term_start": f"{_S}.current_term_start",
    "term_end": f"{_S}.current_term_end",
    "trial_end": f"{_S}.trial_end",
    "cancel_reason": f"{_S}.cancel_reason",
    "items": f"{_S}.subscription_items",
    "plan": f"{_S}.plan_id",
    "plan_amount": f"{_S}.plan_amount",
    "plan_price": f"{_S}.plan_unit_price",
    "plan_quantity": f"{_S}.plan_quantity",
    "addons": f"{_S}.addons",
    "own_discounts": f"{_S}.discounts",
    **{name: f"{_S}.{name}" for name in sorted(set(_BACKDATED.values()))},
    "sold_through": f"{_S}.channel",
    "coupons": f"{_S}.coupons",
    "coupon": f"{_S}.coupons[0].coupon_id",
    "told_coupon": "$.content.coupon",
    "told_coupon_id": "$.content.coupon.id",
    "coupon_1": f"{_S}.coupon",
    "email": "$.content.customer.email",
    "customer_alone": "$.content.customer.id",
    "nation": "$.content.customer.billing_address.country",
    "invoice_customer": f"{_I}.customer_id",
    "invoice_subscription": f"{_I}.subscription_id",
    "invoice_tax": f"{_I}.tax",
    "invoice_total": f"{_I}.total",
    "invoice_discounts": f"{_I}.discounts",
    "billed_from": f"{_I}.line_items[0].date_from",
    "dunning": f"{_I}.dunning_status",
    "dunning_attempts": f"{_I}.dunning_attempts",
    "transaction": f"{_T}.id",
    "transaction_subscription": f"{_T}.subscription_id",
    "transaction_customer": f"{_T}.customer_id",
    "transaction_amount": f"{_T}.amount",
    "transaction_money": f"{_T}.currency_code",
    "transaction_at": f"{_T}.date",
    "method": f"{_T}.payment_method",
    "error": f"{_T}.error_code",
    "transaction_type": f"{_T}.type",
    "transaction_status": f"{_T}.status",
    "reversed": f"{_T}.reference_transaction_id",
    "refunded": f"{_T}.refunded_txn_id",
    "refunded_first": f"{_T}.linked_payments[0].id",
}
_KNOWN = ", ".join(f"'{name}'" for name in (*EVENTS, *OTHER))
# How often an interval of one comes in a year; and what makes hundredths of a minor unit of a major one.
_A_YEAR = "case {} when 'day' then 365 when 'week' then 52 when 'month' then 12 when 'year' then 1 end"
_SCALE = major_units("1000000", "upper(money)")
_ITEMS = """[{"item_price_id": "VARCHAR", "item_type": "VARCHAR", "amount": "BIGINT", "unit_price": "BIGINT",
    "quantity": "BIGINT", "metered_quantity": "VARCHAR",
    "amount_in_decimal": "VARCHAR", "billing_period": "BIGINT", "billing_period_unit": "VARCHAR"}]"""
# Usage has no recurring price.
_IN_HUNDREDTHS = f"""coalesce(
    100 * coalesce(item.amount, case when item.metered_quantity is not null then 0 end,
        item.unit_price * coalesce(item.quantity, 1)),
    cast(round(try_cast(item.amount_in_decimal as DECIMAL(18,6)) * 100000000 / ({_SCALE})) as BIGINT)
)"""
# An item's amount times how often it comes, over how often the plan comes, in whole numbers and rounded half up.
_ITEM_YEAR = _A_YEAR.format("coalesce(item.billing_period_unit, unit)")
_OVER = f"(2 * coalesce(item.billing_period, plan_count) * ({_A_YEAR.format('unit')}))"
_TIMES = f"({_ITEM_YEAR}) * plan_count"
_ITEM = f"(2 * {_IN_HUNDREDTHS} * {_TIMES} + {_OVER} // 2) // {_OVER}"
_PLAN = """100 * coalesce(try_cast(plan_amount as BIGINT),
    try_cast(plan_price as BIGINT) * coalesce(try_cast(plan_quantity as BIGINT), 1))"""
_RECURRING = f"""coalesce(
    list_sum(list_transform(
        list_filter(from_json(items, '{_ITEMS}'), lambda item: coalesce(item.item_type, 'plan') <> 'charge'),
        lambda item: {_ITEM}
    )),
    {_PLAN} + coalesce(list_sum(list_transform(from_json(addons, '{_ITEMS}'), lambda item: {_IN_HUNDREDTHS})), 0)
)"""
_DISCOUNTS = """100 * list_sum(list_transform(list_filter(
    from_json(invoice_discounts, '[{"amount": "BIGINT", "entity_type": "VARCHAR"}]'),
    lambda discount: coalesce(discount.entity_type, '') not in ('promotional_credits', 'prorated_credits')
), lambda discount: discount.amount))"""
_OWN_ITEM = f"""list_sum(list_transform(list_filter(from_json(items, '{_ITEMS}'),
    lambda item: item.item_price_id = discount.item_price_id), lambda item: {_ITEM}))"""
_OWN_DISCOUNTS = f"""list_sum(list_transform(list_filter(
    from_json(own_discounts, '[{{"amount": "BIGINT", "percentage": "DECIMAL(9,6)", "apply_on": "VARCHAR",
        "item_price_id": "VARCHAR", "apply_till": "BIGINT"}}]'),
    lambda discount: coalesce(discount.apply_till > try_cast(told as BIGINT), true)
), lambda discount: coalesce(100 * discount.amount, cast(round(0.01 * discount.percentage
    * case when discount.apply_on = 'specific_item_price' then {_OWN_ITEM} else recurring end) as BIGINT))))"""


# The coupons of a subscription that have not run out, and what there is for them to take off.
_COUPONS = """coalesce(list_transform(list_filter(
    from_json(coupons, '[{"coupon_id": "VARCHAR", "apply_till": "BIGINT"}]'),
    lambda it: coalesce(it.apply_till > try_cast(told as BIGINT), true)
), lambda it: it.coupon_id), case when coupon_1 is not null then [coupon_1] end)"""
_LINES = f"""coalesce(list_transform(
    list_filter(from_json(items, '{_ITEMS}'), lambda item: coalesce(item.item_type, 'plan') <> 'charge'),
    lambda item: {{'price': item.item_price_id, 'type': coalesce(item.item_type, 'plan'), 'sum': {_ITEM}}}
), [{{'price': plan, 'type': null, 'sum': recurring}}])"""
# An invoice of a change within a term bills the rest of it, and takes no more off than that of it.
_BILLS_THE_TERM = """coalesce(invoice_total is not null
    and coalesce(try_cast(billed_from as BIGINT) <= try_cast(term_start as BIGINT) + 86400, true), false)"""


_EARLIER = f"({chosen('kind', _BACKDATED)})"
_STARTS = ", ".join(f"'{kind}'" for kind, event in EVENTS.items() if event == "started")
_CHANGES = "'subscription_changed', 'subscription_changed_with_backdating', 'subscription_ramp_applied'"


def _hundredths(amount: str) -> str:
    """The money of an amount in hundredths of minor units."""
    return f"cast({major_units(amount, 'upper(money)')} * 0.01 as DECIMAL(18,4))"


_FACTS = f"""
    select
        file_number, row_number,
        case when kind is null then 'missing:event_type'
            when (starts_with(kind, 'subscription_') or kind in ('payment_failed', 'payment_succeeded'))
                and kind not in ({_KNOWN}) then 'unknown_type'
            when starts_with(kind, 'subscription_') and kind not in {
    OTHER
} and status is null then 'missing:subscription'
        end as flaw,
        id as notice, kind as word,
        least({epoch_seconds("told")}, coalesce({epoch_seconds(_EARLIER)}, {epoch_seconds("told")})) as occurred_at,
        {epoch_seconds("told")} as recorded_at,
        coalesce(customer, invoice_customer, transaction_customer, customer_alone) as customer_id,
        coalesce(subscription, invoice_subscription, transaction_subscription) as subscription_id,
        case
            when kind in ({_STARTS}) then
                case status when 'in_trial' then ['trial_started'] when 'active' then ['started']
                    when 'non_renewing' then ['started', 'cancel_scheduled'] else [] end
            -- What it resumes at is the price from then on, as of a renewal.
            when kind = 'subscription_resumed' and recurring is not null then ['resumed', 'renewed']
            when kind in ({_CHANGES}) and status in ('future', 'cancelled', 'transferred') then []
            when kind = 'payment_failed' and (subscription is null or status not in ('active', 'non_renewing')) then []
            when kind = 'payment_succeeded'
                and (subscription is null or coalesce(dunning_attempts, '[]') = '[]' or status = 'cancelled') then []
            else {one_event("kind", EVENTS)}
        end as events,
        coalesce(json_extract_string(items, '$[0].item_price_id'), plan) as offer_id,
        {_hundredths("recurring")} as amount,
        case when discounted > 0 then {_hundredths("least(discounted, recurring)")} end as discount_amount,
        {epoch_seconds("term_end")} as discount_ends_at,
        upper(money) as currency,
        lower(unit) as billing_interval,
        try_cast(count as BIGINT) as billing_interval_count,
        {epoch_seconds("term_start")} as period_start,
        {epoch_seconds("case when status = 'in_trial' then trial_end else term_end end")} as period_end,
        {chosen("sold_through", {"app_store": "'ios'", "play_store": "'android'"}, otherwise="'web'")} as channel,
        upper(nation) as country, coalesce(coupon, coupon_1, told_coupon_id) as coupon_code,
        case when kind in {TOLD} then told_coupon
            when starts_with(kind, 'subscription_') and not bills_the_term and len({_COUPONS}) > 0
            then cast(to_json({{'coupons': {_COUPONS}, 'lines': {_LINES}}}) as VARCHAR) end as terms,
        coalesce({chosen("cancel_reason", {word: f"'{reason}'" for word, reason in END_REASONS.items()})},
            case when source in ('portal', 'hosted_page') then 'customer_cancelled' end) as end_reason,
        case when is_reversal then 'chargeback' else {
    chosen("kind", {"payment_succeeded": "'succeeded'", "payment_failed": "'failed'", "payment_refunded": "'refunded'"})
} end as payment,
        transaction as transaction_id,
        case when kind = 'payment_refunded' then coalesce(refunded, refunded_first) when is_reversal then reversed end
            as original_transaction_id,
        {major_units("transaction_amount", "upper(transaction_money)")} as paid,
        upper(transaction_money) as paid_currency,
        case when kind = 'payment_succeeded' and transaction_amount = invoice_total
            then {major_units("invoice_tax", "upper(transaction_money)")} end as tax_amount,
        error as failure_code, method as payment_method, email
    from (
        select *, {_RECURRING} as recurring,
            {_BILLS_THE_TERM} as bills_the_term,
            case when bills_the_term then {_DISCOUNTS} else {_OWN_DISCOUNTS} end as discounted,
            coalesce(kind = 'transaction_created' and transaction_type = 'payment_reversal'
                and transaction_status = 'success', false) as is_reversal
        from (select *, coalesce(try_cast(count as BIGINT), 1) as plan_count from ({json_fields(_FIELDS)}))
    )
"""

_IDENTIFIERS = (
    IdentifierPlace("content.subscription.id", "subscription"),
    IdentifierPlace("content.customer.id", "customer"),
    IdentifierPlace("content.transaction.id", "transaction"),
)
SOURCE = billing_source(
    "chargebee",
    "Chargebee webhooks",
    facts=_FACTS,
    terms=COUPONS,
    cannot_know="coupons of which no event tells, whether prices hold tax, intervals of add-ons of product "
    "catalog 1.0 that differ from the plan's, fees, whether an event is of a test site",
    flaws=("missing:event_type",),
    identifiers=_IDENTIFIERS,
)
