"""The KKBox export: one row a transaction of a music-streaming service, in New Taiwan dollars.

Each row stands alone, so delivery order cannot matter: a purchase renews the membership to its expiry and sets
auto-renew by its flag, a cancellation row ends auto-renew (or the membership, when the expiry is not after it).
A member is one customer with one subscription. Choices that the format forces:

- The list price is the price, what was paid less than that is a discount; a list price below what was paid
  (plans of 0 days state none) is replaced by what was paid. A plan that lists and costs nothing is a trial.
- A plan of 0 days says nothing of its length: the interval is the days from the transaction to the expiry.
- Days have no time of day: everything happens at midnight UTC, in the order of the event ids.

It cannot know why a membership lapsed, payment failures, refunds, taxes, fees or offers.
"""

from pipelines.sources.base import Source

_FIELDS = (
    "msno",
    "payment_method_id",
    "payment_plan_days",
    "plan_list_price",
    "actual_amount_paid",
    "is_auto_renew",
    "transaction_date",
    "membership_expire_date",
    "is_cancel",
)
_TYPED = f"""
    select
        file_number, row_number,
        concat_ws(
            ':', 'kkbox', transaction_date, is_cancel, membership_expire_date,
            md5(concat_ws('|', {", ".join(_FIELDS)}))
        ) as purchase_id,
        msno as customer_id,
        try_strptime(transaction_date, '%Y%m%d') as transacted_at,
        try_strptime(membership_expire_date, '%Y%m%d') as expires_at,
        cast(payment_plan_days as INTEGER) as plan_days,
        cast(plan_list_price as DECIMAL(18,4)) as list_price,
        cast(actual_amount_paid as DECIMAL(18,4)) as paid,
        is_auto_renew = '1' as is_auto_renew,
        is_cancel = '1' as is_cancel,
        'method-' || payment_method_id as payment_method
    from delivered
"""


def _subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - the export is in one currency
    return f"""
    with typed as ({_TYPED}),

    steps as (
        select *, 1 as step,
            case
                when is_cancel and expires_at > transacted_at then 'cancel_scheduled'
                when is_cancel then 'ended'
                when list_price = 0 and paid = 0 then 'trial_started'
                else 'renewed'
            end as event_type
        from typed
        union all
        select *, 2 as step, case when is_auto_renew then 'cancel_reverted' else 'cancel_scheduled' end
        from typed where not is_cancel
    )

    select
        file_number, row_number,
        purchase_id || ':' || step as event_id,
        event_type,
        transacted_at as occurred_at,
        customer_id,
        customer_id as subscription_id,
        case when priced then greatest(list_price, paid) end as amount,
        case when priced then greatest(list_price, paid) - paid end as discount_amount,
        case when priced then 'TWD' end as currency,
        case when priced then 'day' end as billing_interval,
        case when priced then cast(
            case when plan_days > 0 then plan_days else date_diff('day', transacted_at, expires_at) end as BIGINT
        ) end as billing_interval_count,
        case when priced then transacted_at end as period_start,
        case when priced or event_type = 'cancel_scheduled' and is_cancel then expires_at end as period_end,
        'web' as channel,
        'kkbox' as provider,
        'TW' as country,
        case when event_type = 'ended' then 'customer_cancelled' end as end_reason,
        case when is_cancel then 'is_cancel' when step = 2 then 'is_auto_renew=' || cast(is_auto_renew as INTEGER) end
            as provider_code
    from (select *, event_type in ('trial_started', 'renewed') as priced from steps)
    """


def _payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - the export is in one currency
    return f"""
    select
        file_number, row_number,
        purchase_id || ':paid' as event_id,
        'succeeded' as event_type,
        transacted_at as occurred_at,
        customer_id,
        purchase_id as transaction_id,
        customer_id as subscription_id,
        paid as amount,
        'TWD' as currency,
        'subscription' as product_kind,
        'kkbox' as provider,
        payment_method,
        'TW' as country,
        'web' as channel
    from ({_TYPED})
    where not is_cancel and paid > 0
    """


SOURCE = Source(
    name="kkbox",
    title="KKBox transactions",
    cannot_know="why a membership lapsed, payment failures, refunds, taxes, fees, offers",
    required=_FIELDS,
    mappings={"subscription_events": _subscription_events, "payment_events": _payment_events},
    rejections=(
        ("nullif(msno, '') is null", "missing:msno"),
        *(
            (f"try_strptime({name}, '%Y%m%d') is null", f"invalid:{name}")
            for name in ("transaction_date", "membership_expire_date")
        ),
        *(
            (f"coalesce(not regexp_full_match({name}, '[0-9]{{1,9}}'), true)", f"invalid:{name}")
            for name in ("payment_plan_days", "plan_list_price", "actual_amount_paid")
        ),
        *(
            (f"coalesce({name} not in ('0', '1'), true)", f"not_allowed:{name}")
            for name in ("is_auto_renew", "is_cancel")
        ),
        (
            "is_cancel = '0' and membership_expire_date <= transaction_date",
            "order:transaction_date>membership_expire_date",
        ),
    ),
)
