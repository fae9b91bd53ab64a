/*
    The shares of event types in the last seven complete days against those in the 28 before: half the sum of their
    absolute differences, the total variation distance.

    Added as decimals, not as floats: a sum of floats depends on the order in which the engine meets them.

    Two samples of one mix differ, too: the mean absolute difference of two shares is about the square root of
    2 p (1 - p) / pi times (1 / n + 1 / m), the normal approximation of the binomial.
*/
with windows as (
    select
        feed,
        event_type,
        sum(case when recorded_day >= {{ date_plus(report_date(as_of()), -7, 'day') }} then row_count else 0 end)
            as rows_now,
        sum(case when recorded_day < {{ date_plus(report_date(as_of()), -7, 'day') }} then row_count else 0 end)
            as rows_before
    from {{ ref('feed_volume_daily') }}
    where
        event_type is not null
        and recorded_day >= {{ date_plus(report_date(as_of()), -35, 'day') }}
        and recorded_day < {{ report_date(as_of()) }}
    group by feed, event_type
),

totals as (
    select
        feed,
        cast(sum(rows_now) as double) as rows_now,
        cast(sum(rows_before) as double) as rows_before
    from windows
    group by feed
    having sum(rows_now) > 0 and sum(rows_before) > 0
),

shares as (
    select
        windows.feed,
        windows.rows_now / totals.rows_now as share_now,
        windows.rows_before / totals.rows_before as share_before,
        (windows.rows_now + windows.rows_before) / (totals.rows_now + totals.rows_before) as share,
        1 / totals.rows_now + 1 / totals.rows_before as sampling
    from windows
    inner join totals on windows.feed = totals.feed
),

distances as (
    select
        feed,
        sum(cast(abs(share_now - share_before) as decimal(18, 12))) / 2 as mix_change,
        sum(cast(sqrt(2 * share * (1 - share) / 3.141592653589793 * sampling) as decimal(18, 12))) / 2
            as expected_change
    from shares
    group by feed
)

select
    feed,
    cast(mix_change as double) as mix_change,
    mix_change > greatest(0.1, 3 * expected_change) as is_mix_unusual
from distances
