"""Plans of Recurly: a subscription names its plan by its code, the plan says how often it is billed.

Without its plan the interval of a subscription is that of its period, where this is a whole one. A plan tells any
other, such as two weeks, the interval of a first period that is shorter, and the price that follows a trial.

Read: Plan in the OpenAPI document of version v2021-02-25, whose intervals are days or months.

Belongs here: what is kept of plans, and the intervals that know them. Does not belong here: fields (``recurly``).
"""

from __future__ import annotations

_LENGTH = "try_cast(interval_length as BIGINT)"
TERMS = f"""case when {_LENGTH} > 0 and interval_unit in ('months', 'days') then cast(json_object(
    'unit', case when interval_unit = 'months' and {_LENGTH} % 12 = 0 then 'year'
        when interval_unit = 'months' then 'month' when {_LENGTH} % 7 = 0 then 'week' else 'day' end,
    'count', case when interval_unit = 'months' and {_LENGTH} % 12 = 0 then {_LENGTH} // 12
        when interval_unit = 'days' and {_LENGTH} % 7 = 0 then {_LENGTH} // 7 else {_LENGTH} end
) as VARCHAR) end"""
"""What is kept of a plan: how often it is billed, as a subscription's own period would say it."""

_KNOWN = """
    select object_id, arg_max(facts, version) as rule from known_sender_objects
    where provider = 'recurly' and object_kind = 'plan' group by object_id
"""
PLANNED = f"""(
    select * exclude (rule) replace (
        case when rule is not null then list_transform(events, lambda event:
            case when event = 'recovered' then 'renewed' else event end) else events end as events,
        case when rule is not null then json_extract_string(rule, '$.unit') else billing_interval end
            as billing_interval,
        case when rule is not null then cast(json_extract_string(rule, '$.count') as BIGINT)
            else billing_interval_count end as billing_interval_count,
        case when rule is not null then false else price_unknown end as price_unknown
    )
    from (
        select delivered.*, rule from delivered left join ({_KNOWN}) as known
            on known.object_id = delivered.offer_id and delivered.amount is not null
    )
)"""
"""The rows delivered, with the intervals that their plans tell."""

CONCERNED = """
    select distinct event.source_file from accepted_subscription_events as event
    join added_sender_objects as news on news.object_id = event.offer_id
    where event.provider = 'recurly' and news.provider = 'recurly' and news.object_kind = 'plan'
"""
"""The files whose subscriptions are of a plan that is told now."""


def sender_objects(reporting_currency: str) -> str:  # noqa: ARG001 - a plan's interval has no currency
    """How often each plan is billed."""
    return """
    select file_number, row_number, 'recurly' as provider, 'plan' as object_kind, offer_id as object_id,
        occurred_at as recorded_at, null as subscription_id, null as invoice_id, null as charge_id,
        null as payment_intent_id, terms as facts
    from delivered where terms is not null and offer_id is not null
    """
