"""Plans of Recurly: a subscription names its plan by its code, the plan says how often it is billed.

Without its plan the interval of a subscription is that of its period, where this is a whole one. A plan tells any
other, such as two weeks, the interval of a first period that is shorter, and the price that follows a trial.

Read: Plan in the OpenAPI document of version v2021-02-25, whose intervals are days or months.

Belongs here: what is kept of plans, and the intervals that know them. Does not belong here: fields (``recurly``).
"""

from __future__ import annotations

from pipelines.sources.billing_terms import Terms, told_objects
from pipelines.sources.sql import facts_in_time

_LENGTH = "try_cast(interval_length as BIGINT)"
TERMS = f"""case when {_LENGTH} > 0 and interval_unit in ('months', 'days') then cast(json_object(
    'unit', case when interval_unit = 'months' and {_LENGTH} % 12 = 0 then 'year'
        when interval_unit = 'months' then 'month' when {_LENGTH} % 7 = 0 then 'week' else 'day' end,
    'count', case when interval_unit = 'months' and {_LENGTH} % 12 = 0 then {_LENGTH} // 12
        when interval_unit = 'days' and {_LENGTH} % 7 = 0 then {_LENGTH} // 7 else {_LENGTH} end
) as VARCHAR) end"""
"""What is kept of a plan: how often it is billed, as a subscription's own period would say it."""

_PLANNED = f"""(
    select * exclude (facts) replace (
        case when facts is not null then list_transform(events, lambda event:
            case when event = 'recovered' then 'renewed' else event end) else events end as events,
        case when facts is not null then json_extract_string(facts, '$.unit') else billing_interval end
            as billing_interval,
        case when facts is not null then cast(json_extract_string(facts, '$.count') as BIGINT)
            else billing_interval_count end as billing_interval_count,
        case when facts is not null then false else price_unknown end as price_unknown
    )
    from (
        select delivered.*, facts from delivered left join ({facts_in_time("recurly", "plan")}) as known
            on known.object_id = delivered.offer_id and delivered.amount is not null
            and occurred_at >= known.valid_from and occurred_at < known.valid_to
    )
)"""
_CONCERNED = """
    select distinct event.source_file from accepted_subscription_events as event
    join added_sender_objects as news on news.object_id = event.offer_id
    where event.provider = 'recurly' and news.provider = 'recurly' and news.object_kind = 'plan'
"""
PLANS = Terms(
    told_objects("recurly", "plan", object_id="offer_id", where="terms is not null and offer_id is not null"),
    priced=_PLANNED,
    concerned=_CONCERNED,
)
"""How often each plan is billed, and the subscriptions of plans that are told now."""
