with ever_off as (
    select distinct subscription_id
    from {{ ref('int_subscription_spans') }}
    where not auto_renew
),

-- A subscription's state at the close of a day against the close before, for the days on which it may differ.
closings as (
    select
        spans.subscription_id,
        {{ report_date('spans.valid_from') }} as close_date,
        spans.status,
        spans.status <> 'ended' and not spans.auto_renew as is_set,
        spans.mrr,
        row_number() over (
            partition by spans.subscription_id, {{ report_date('spans.valid_from') }} order by spans.valid_from desc
        ) as rank_from_close
    from {{ ref('int_subscription_spans') }} as spans
    inner join ever_off on spans.subscription_id = ever_off.subscription_id
),

compared as (
    select
        close_date,
        status,
        is_set,
        mrr,
        coalesce(lag(is_set) over (partition by subscription_id order by close_date), false) as was_set,
        lag(mrr) over (partition by subscription_id order by close_date) as previous_mrr
    from closings
    where rank_from_close = 1
),

changes as (
    select
        close_date,
        sum(case when is_set and not was_set then 1 else 0 end) as newly_set_subscriptions,
        sum(case when was_set and not is_set and status <> 'ended' then 1 else 0 end) as reverted_subscriptions,
        sum(case when was_set and status = 'ended' then 1 else 0 end) as ended_subscriptions,
        sum(case when is_set and not was_set then mrr else 0 end) as newly_set_mrr,
        sum(case when was_set and not is_set and status <> 'ended' then previous_mrr else 0 end) as reverted_mrr,
        sum(case when was_set and status = 'ended' then previous_mrr else 0 end) as ended_mrr,
        sum(case when is_set and was_set then mrr - previous_mrr else 0 end) as mrr_change
    from compared
    where is_set or was_set
    group by close_date
),

bounds as (
    select
        {{ report_date('min(valid_from)') }} as first_date,
        {{ report_date(as_of()) }} as last_date
    from {{ ref('int_subscription_spans') }}
),

days as (
    select {{ dates_every(1, 'first_date', 'last_date') }} as close_date
    from bounds
),

filled as (
    select
        days.close_date,
        coalesce(changes.newly_set_subscriptions, 0) as newly_set_subscriptions,
        coalesce(changes.reverted_subscriptions, 0) as reverted_subscriptions,
        coalesce(changes.ended_subscriptions, 0) as ended_subscriptions,
        coalesce(changes.newly_set_mrr, 0) as newly_set_mrr,
        coalesce(changes.reverted_mrr, 0) as reverted_mrr,
        coalesce(changes.ended_mrr, 0) as ended_mrr,
        coalesce(changes.mrr_change, 0) as mrr_change
    from days
    left join changes on days.close_date = changes.close_date
),

closed as (
    select
        *,
        sum(newly_set_subscriptions - reverted_subscriptions - ended_subscriptions) over (
            order by close_date rows unbounded preceding
        ) as closing_subscriptions,
        sum(newly_set_mrr - reverted_mrr - ended_mrr + mrr_change) over (
            order by close_date rows unbounded preceding
        ) as closing_mrr
    from filled
)

select
    close_date,
    cast(
        closing_subscriptions - newly_set_subscriptions + reverted_subscriptions + ended_subscriptions as bigint
    ) as opening_subscriptions,
    cast(newly_set_subscriptions as bigint) as newly_set_subscriptions,
    cast(reverted_subscriptions as bigint) as reverted_subscriptions,
    cast(ended_subscriptions as bigint) as ended_subscriptions,
    cast(closing_subscriptions as bigint) as closing_subscriptions,
    cast(closing_mrr - newly_set_mrr + reverted_mrr + ended_mrr - mrr_change as {{ money() }}) as opening_mrr,
    cast(newly_set_mrr as {{ money() }}) as newly_set_mrr,
    cast(reverted_mrr as {{ money() }}) as reverted_mrr,
    cast(ended_mrr as {{ money() }}) as ended_mrr,
    cast(mrr_change as {{ money() }}) as mrr_change,
    cast(closing_mrr as {{ money() }}) as closing_mrr
from closed
