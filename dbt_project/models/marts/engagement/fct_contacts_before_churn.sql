/*
    Of those who pay as a day begins, who had a contact on any of the 30 days before it: the churners of the day against
    those who stayed, day by day. The stayers of a month weigh as its churners do, so that both are looked at on the
    same days. By sets: contacts and payment are spans of days, and only their changes are summed.
*/
{%- set window = 30 %}

with marked as (
    select
        customer_id,
        {{ report_date('opened_at') }} as opened_date,
        lag({{ report_date('opened_at') }}) over (partition by customer_id order by opened_at) as previous_date
    from {{ ref('fct_support_contacts') }}
),

numbered as (
    select
        *,
        sum(
            case when {{ days_between('previous_date', 'opened_date') }} <= {{ window }} then 0 else 1 end
        ) over (partition by customer_id order by opened_date rows unbounded preceding) as spell_number
    from marked
),

-- Days that have a contact on one of the 30 before, half open; those of neighbouring contacts are one.
contacts as (
    select
        customer_id,
        {{ date_plus('min(opened_date)', 1, 'day') }} as valid_from,
        {{ date_plus('max(opened_date)', window + 1, 'day') }} as valid_to
    from numbered
    group by customer_id, spell_number
),

turns as (
    {{ paying_turns() }}
),

-- Days that begin with MRR, half open: the day of the churn is one of them.
both_kinds as (
    select
        greatest({{ date_plus('turns.movement_date', 1, 'day') }}, contacts.valid_from) as valid_from,
        least({{ date_plus("coalesce(turns.next_date, date '9000-01-01')", 1, 'day') }}, contacts.valid_to) as valid_to
    from turns
    inner join contacts on turns.customer_id = contacts.customer_id
    where turns.movement_type <> 'churn'
),

changes as (
    select
        valid_from as day,
        1 as contacted
    from both_kinds
    where valid_from < valid_to
    union all
    select
        valid_to as day,
        -1 as contacted
    from both_kinds
    where valid_from < valid_to
),

daily as (
    select
        day,
        sum(contacted) as contacted
    from changes
    group by day
),

churned as (
    select
        turns.movement_date as day,
        count(*) as churned,
        count(contacts.customer_id) as churned_contacted
    from turns
    left join contacts
        on turns.customer_id = contacts.customer_id
            and turns.movement_date >= contacts.valid_from
            and turns.movement_date < contacts.valid_to
    where turns.movement_type = 'churn'
    group by turns.movement_date
),

running as (
    select
        days.day,
        days.paying_customers,
        coalesce(churned.churned, 0) as churned,
        coalesce(churned.churned_contacted, 0) as churned_contacted,
        sum(coalesce(daily.contacted, 0)) over (order by days.day rows unbounded preceding) as contacted
    from {{ ref('int_care_paying_days') }} as days
    left join daily on days.day = daily.day
    left join churned on days.day = churned.day
),

monthly as (
    select
        {{ month_of('day') }} as month,
        sum(churned) as churned,
        sum(churned_contacted) as churned_contacted,
        sum(case when paying_customers > churned then churned else 0 end) as weight,
        sum(
            cast(
                {{ ratio('churned * (contacted - churned_contacted)', '(paying_customers - churned)') }}
                as decimal(28, 12)
            )
        ) as expected_contacted
    from running
    -- Before the first contact and its 30 days nothing is known.
    where day >= (select {{ date_plus('min(opened_date)', window, 'day') }} from marked)
    group by {{ month_of('day') }}
),

rates as (
    select
        *,
        {{ ratio('churned_contacted', 'churned') }} as churned_contact_rate,
        {{ ratio('expected_contacted', 'weight') }} as staying_contact_rate
    from monthly
)

select
    month,
    cast(churned as bigint) as churned_customers,
    cast(churned_contacted as bigint) as churned_with_contact,
    churned_contact_rate,
    staying_contact_rate,
    case when churned >= 30 then {{ ratio('churned_contact_rate', 'staying_contact_rate') }} end as contact_lift,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from rates
