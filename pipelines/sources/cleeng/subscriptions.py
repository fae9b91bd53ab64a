"""Cleeng's subscriptions: webhooks are steps of their life, a row of the Subscription report is a state of it.

Belongs here: subscription events, and the priced states they read. Does not belong here: payments, customers.
"""

from __future__ import annotations

from pipelines.sources.sql import sets_price

STARTS = ("subscriptionCreated",)
RENEWALS = ("subscriptionRenewed",)
SWITCHES = ("subscriptionSwitched",)
CANCELLATIONS = ("subscriptionStopped", "subscriptionCanceled", "subscriptionCancelled")
ENDS = ("subscriptionTerminated",)
REJECTIONS = ("paymentRejected",)
TOPICS = (*STARTS, *RENEWALS, *SWITCHES, *CANCELLATIONS, *ENDS, *REJECTIONS)
CANCELLED = "status in ('cancelled', 'canceled', 'stopped')"
TERMINATED = "status in ('terminated', 'churned', 'expired')"


def _in(topics: tuple[str, ...]) -> str:
    return "topic in (" + ", ".join(f"'{topic}'" for topic in topics) + ")"


PRICED_WEBHOOK = f"kind = 'webhook' and ({_in(STARTS)} or {_in(RENEWALS)} or {_in(SWITCHES)})"
SUBSCRIPTION_WEBHOOK = f"kind = 'webhook' and {_in(TOPICS)} and subscription_id is not null"

# In the order in which a state implies them: condition, canonical type, time. A state names the newest period only, so
# the first period is told by its start, and what lies between is unknown.
_STEPS_OF_A_STATE = (
    ("in_trial or trial_end_at is not null", "trial_started", "start_at"),
    ("not in_trial and trial_end_at is null", "started", "start_at"),
    ("not in_trial and payment_at >= trial_end_at - interval 1 day", "trial_converted", "trial_end_at"),
    ("not in_trial and payment_at > coalesce(trial_end_at, start_at) + interval 1 day", "renewed", "payment_at"),
    (f"payment_at > start_at + interval 1 day and not ({CANCELLED} or {TERMINATED})", "cancel_reverted", "payment_at"),
    (f"{CANCELLED} or cancel_at is not null", "cancel_scheduled", "coalesce(cancel_at, payment_at, start_at)"),
    (TERMINATED, "ended", "coalesce(termination_at, end_at)"),
)


def store_purchases(reporting_currency: str) -> str:  # noqa: ARG001 - every price has its currency
    """Each priced state of a subscription, from the start of the period for which it was seen."""
    return f"""
    select file_number, row_number, 'cleeng' as provider, subscription_id as purchase_id,
        case when kind = 'subscription' then coalesce(payment_at, start_at) else happened_at end
            as recorded_at,
        customer_id, offer_id, cast(price as DECIMAL(18,4)) as amount, currency,
        billing_interval, billing_interval_count, end_at as period_end, trial_end_at as trial_ends_at
    from delivered
    where (kind = 'subscription' or {PRICED_WEBHOOK})
        and try_cast(price as DECIMAL(18,4)) is not null and currency is not null and billing_interval is not null
    """


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - every price has its currency
    """The steps of webhooks and those that a reported state implies, priced by the nearest known state."""
    steps = "\nunion all by name\n".join(
        f"select *, '{event_type}' as event_type, {time} as occurs_at, {number} as step "
        f"from delivered where kind = 'subscription' and ({condition})"
        for number, (condition, event_type, time) in enumerate(_STEPS_OF_A_STATE)
    )
    return f"""
    with steps as (
        {steps}
        union all by name
        select *,
            case
                when {_in(STARTS)} and (in_trial or trial_end_at is not null) then 'trial_started'
                when {_in(STARTS)} then 'started'
                when {_in(RENEWALS)} then 'renewed'
                when {_in(SWITCHES)} then 'plan_changed'
                when {_in(CANCELLATIONS)} then 'cancel_scheduled'
                when {_in(ENDS)} then 'ended'
                else 'grace_entered'
            end as event_type,
            case when {_in(STARTS)} then coalesce(start_at, event_at) else happened_at end as occurs_at,
            0 as step
        from delivered where {SUBSCRIPTION_WEBHOOK}
    ),

    states as (
        select purchase_id, recorded_at, max((
            coalesce(period_end, recorded_at), amount, currency, billing_interval, billing_interval_count,
            coalesce(offer_id, '')
        )) as state
        from known_store_purchases
        where provider = 'cleeng' and purchase_id in (select subscription_id from steps)
        group by purchase_id, recorded_at
    ),

    placed as (
        select steps.*, before.state as before_state, after.state as after_state,
            coalesce(before.state, after.state) as state,
            {sets_price()} as is_priced
        from steps
        asof left join states as before
            on before.purchase_id = steps.subscription_id and steps.occurs_at >= before.recorded_at
        asof left join states as after
            on after.purchase_id = steps.subscription_id and steps.occurs_at <= after.recorded_at
    ),

    priced as (
        select *,
            case when is_priced then nullif(struct_extract_at(state, 6), '') end as known_offer_id,
            case when is_priced then struct_extract_at(state, 2) end as amount,
            case when is_priced then struct_extract_at(state, 3) end as known_currency,
            case when is_priced then struct_extract_at(state, 4) end as known_interval,
            case when is_priced then struct_extract_at(state, 5) end as known_interval_count,
            case
                when event_type = 'trial_started' then coalesce(trial_end_at, case when in_trial then end_at end)
                when not is_priced then null
                when kind = 'webhook' then end_at
                when struct_extract_at(before_state, 1) > occurs_at then struct_extract_at(before_state, 1)
            end as period_end,
            case
                when event_type <> 'ended' then null
                when regexp_matches(churn, 'payment|dunning|declin') then 'payment_failed'
                when regexp_matches(churn, 'broadcaster|publisher') then 'publisher_terminated'
                when churn <> '' then 'customer_cancelled'
            end as end_reason
        from placed
    )

    select
        file_number, row_number,
        -- What a price is taken from may become known later: a row with a better price must not contradict this one,
        -- which is done again when it comes.
        concat_ws(
            ':', 'cleeng', subscription_id, event_type, cast(occurs_at as VARCHAR), end_reason,
            case when is_priced then left(md5(concat_ws(
                '|', amount, known_currency, known_interval, known_interval_count, known_offer_id, period_end
            )), 8) end
        ) as event_id,
        event_type,
        occurs_at as occurred_at,
        customer_id,
        subscription_id,
        case when kind = 'webhook' then greatest(happened_at, occurs_at) end as recorded_at,
        known_offer_id as offer_id,
        amount,
        known_currency as currency,
        known_interval as billing_interval,
        known_interval_count as billing_interval_count,
        period_end,
        'cleeng' as provider,
        case when kind = 'webhook' then country end as country,
        end_reason,
        case when kind = 'webhook' then concat_ws('/', topic, nullif(churn_text, ''))
            when event_type = 'ended' then concat_ws('/', status, nullif(churn_text, '')) end as provider_code
    from priced
    """
