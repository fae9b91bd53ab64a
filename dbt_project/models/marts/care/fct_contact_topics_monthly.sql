{%- set minimum_contacts = 30 %}

-- Every contact counts twice: for its topic, and for the month as a whole.
with ways as (
    select false as is_whole
    union all
    select true as is_whole
),

counted as (
    select
        {{ month_of('contacts.opened_date') }} as month,
        case when ways.is_whole then '(all)' else contacts.topic end as topic,
        contacts.topic_source,
        contacts.mrr,
        contacts.closed_at,
        contacts.hours_to_close,
        contacts.csat,
        contacts.churned_within_30_days
    from {{ ref('fct_support_contacts') }} as contacts
    cross join ways
),

contacts as (
    select
        month,
        topic,
        count(*) as contacts,
        sum(case when topic_source = 'labelled' then 1 else 0 end) as labelled_contacts,
        sum(case when topic_source = 'predicted' then 1 else 0 end) as predicted_contacts,
        sum(case when mrr > 0 then 1 else 0 end) as paying_contacts,
        count(closed_at) as closed_contacts,
        percentile_cont(0.5) within group (order by hours_to_close) as median_hours_to_close,
        count(csat) as csat_answers,
        sum(cast(csat as decimal(18, 4))) as csat_sum,
        count(churned_within_30_days) as measured_contacts,
        sum(case when churned_within_30_days then 1 else 0 end) as churned_contacts
    from counted
    group by month, topic
),

paying as (
    select
        {{ month_of('day') }} as month,
        sum(paying_customers) as paying_days,
        count(*) as days,
        sum(case when churned_customers is null then 0 else paying_customers end) as measured_days,
        sum(churned_customers) as churned_days
    from {{ ref('int_care_paying_days') }}
    group by {{ month_of('day') }}
),

paying_years as (
    select
        *,
        sum(measured_days) over year_to_month as yearly_measured_days,
        sum(churned_days) over year_to_month as yearly_churned_days
    from paying
    window year_to_month as (order by month range between interval '11' month preceding and current row)
),

joined as (
    select
        contacts.*,
        paying_years.paying_days,
        paying_years.days,
        sum(contacts.measured_contacts) over year_to_month as yearly_measured_contacts,
        sum(contacts.churned_contacts) over year_to_month as yearly_churned_contacts,
        {{ ratio('paying_years.churned_days', 'paying_years.measured_days') }} as paying_churn_rate,
        {{ ratio('paying_years.yearly_churned_days', 'paying_years.yearly_measured_days') }}
            as yearly_paying_churn_rate
    from contacts
    left join paying_years on contacts.month = paying_years.month
    window
        year_to_month as (
            partition by contacts.topic
            order by contacts.month range between interval '11' month preceding and current row
        )
),

rates as (
    select
        *,
        {{ ratio('churned_contacts', 'measured_contacts') }} as contact_churn_rate,
        {{ ratio('yearly_churned_contacts', 'yearly_measured_contacts') }} as yearly_contact_churn_rate
    from joined
)

select
    month,
    topic,
    cast(contacts as bigint) as contacts,
    cast(labelled_contacts as bigint) as labelled_contacts,
    cast(predicted_contacts as bigint) as predicted_contacts,
    cast(paying_contacts as bigint) as paying_contacts,
    {{ ratio('1000 * paying_contacts * days', 'paying_days') }} as contacts_per_1000_paying,
    cast(closed_contacts as bigint) as closed_contacts,
    cast(median_hours_to_close as double) as median_hours_to_close,
    cast(csat_answers as bigint) as csat_answers,
    {{ ratio('csat_sum', 'csat_answers') }} as csat_mean,
    cast(measured_contacts as bigint) as measured_contacts,
    cast(churned_contacts as bigint) as churned_contacts,
    contact_churn_rate,
    paying_churn_rate,
    case
        when measured_contacts >= {{ minimum_contacts }} then {{ ratio('contact_churn_rate', 'paying_churn_rate') }}
    end as churn_lift,
    cast(yearly_measured_contacts as bigint) as yearly_measured_contacts,
    cast(yearly_churned_contacts as bigint) as yearly_churned_contacts,
    yearly_contact_churn_rate,
    yearly_paying_churn_rate,
    case
        when yearly_measured_contacts >= {{ minimum_contacts }}
            then {{ ratio('yearly_contact_churn_rate', 'yearly_paying_churn_rate') }}
    end as yearly_churn_lift,
    {{ date_plus(date_plus('month', 1, 'month'), 29, 'day') }} <= {{ report_date(as_of()) }} as is_complete
from rates
