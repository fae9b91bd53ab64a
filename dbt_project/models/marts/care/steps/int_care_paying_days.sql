{%- set window = 30 %}

/*
    What the churn after contacts is measured against: of the customers who pay as a day begins, those who do not pay at
    the close of the 30th day from it, that day being the first. By differences over islands of paying days, so that no
    customer is joined to a calendar: who stays pays as the day begins, in one island, and at that close, in it or in a
    later one.
*/
with turns as (
    {{ paying_turns() }}
),

islands as (
    select
        customer_id,
        {{ date_plus('movement_date', 1, 'day') }} as valid_from,
        {{ date_plus("coalesce(next_date, date '9000-01-01')", 1, 'day') }} as valid_to
    from turns
    where movement_type <> 'churn'
),

-- Days on which a customer pays who also pays at the close of the 30th day: in the same island, or back in a later one.
stays as (
    select
        valid_from,
        {{ date_plus('valid_to', -window, 'day') }} as valid_to
    from islands
    where {{ days_between('valid_from', 'valid_to') }} > {{ window }}
    union all
    select
        greatest(earlier.valid_from, {{ date_plus('later.valid_from', -window, 'day') }}) as valid_from,
        least(earlier.valid_to, {{ date_plus('later.valid_to', -window, 'day') }}) as valid_to
    from islands as earlier
    inner join islands as later
        on earlier.customer_id = later.customer_id
            and earlier.valid_from < later.valid_from
            and {{ date_plus('later.valid_from', -window, 'day') }} < earlier.valid_to
            and {{ date_plus('later.valid_to', -window, 'day') }} > earlier.valid_from
),

changes as (
    select
        valid_from as day,
        1 as paying,
        0 as staying
    from islands
    union all
    select
        valid_to as day,
        -1 as paying,
        0 as staying
    from islands
    union all
    select
        valid_from as day,
        0 as paying,
        1 as staying
    from stays
    union all
    select
        valid_to as day,
        0 as paying,
        -1 as staying
    from stays
),

daily as (
    select
        day,
        sum(paying) as paying,
        sum(staying) as staying
    from changes
    group by day
),

bounds as (
    select
        min(day) as first_day,
        {{ report_date(as_of()) }} as last_day
    from daily
),

days as (
    select {{ dates_every(1, 'first_day', 'last_day') }} as day
    from bounds
),

running as (
    select
        days.day,
        sum(coalesce(daily.paying, 0)) over (order by days.day rows unbounded preceding) as paying,
        sum(coalesce(daily.staying, 0)) over (order by days.day rows unbounded preceding) as staying
    from days
    left join daily on days.day = daily.day
)

select
    day,
    cast(paying as bigint) as paying_customers,
    case
        when {{ date_plus('day', window, 'day') }} <= {{ report_date(as_of()) }} then cast(paying - staying as bigint)
    end as churned_customers
from running
