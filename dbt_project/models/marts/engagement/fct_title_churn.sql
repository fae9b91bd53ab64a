/*
    The others are those with another last title at the same opens, month by month, in the proportions of the title's
    own months: so that a title of a bad month does not look like a bad title.
*/
{%- set minimum_customers = 30 %}

with months as (
    select
        month,
        last_title_id as title_id,
        sum(paying_customers) as paying_customers,
        sum(churned_customers) as churned_customers,
        max(last_seen_date) as last_seen_date,
        {{ date_plus('month', 30, 'day') }} <= {{ report_date(as_of()) }} as is_complete
    from {{ ref('int_engagement_openings') }}
    group by month, last_title_id
),

totals as (
    select
        month,
        sum(paying_customers) as paying_customers,
        sum(churned_customers) as churned_customers
    from months
    group by month
),

compared as (
    select
        months.*,
        max(months.last_seen_date) over (partition by months.title_id) as title_last_seen_date,
        max(months.last_seen_date) over () as feed_last_date,
        totals.paying_customers - months.paying_customers as other_customers,
        cast(
            {{ ratio(
                'months.paying_customers * (totals.churned_customers - months.churned_customers)',
                '(totals.paying_customers - months.paying_customers)'
            ) }} as decimal(28, 12)
        ) as expected_churned
    from months
    inner join totals on months.month = totals.month
),

-- The open right after the day on which a title was seen for the last time.
summed as (
    select
        title_id,
        min(month) as first_month,
        max(month) as last_month,
        max(title_last_seen_date) as last_seen_date,
        max({{ date_plus('title_last_seen_date', 30, 'day') }}) < max(feed_last_date) as audience_ended,
        sum(case when is_complete then paying_customers else 0 end) as measured_customers,
        sum(case when is_complete then churned_customers else 0 end) as churned_customers,
        sum(case when is_complete and other_customers > 0 then paying_customers end) as compared_customers,
        sum(case when is_complete then expected_churned end) as expected_churned,
        sum(
            case
                when is_complete and month = {{ date_plus(month_of('title_last_seen_date'), 1, 'month') }}
                    then paying_customers
                else 0
            end
        ) as end_customers,
        sum(
            case
                when is_complete and month = {{ date_plus(month_of('title_last_seen_date'), 1, 'month') }}
                    then churned_customers
                else 0
            end
        ) as end_churned_customers
    from compared
    group by title_id
),

-- What a title is called by the calendar, as it was told last.
titles as (
    select
        title_id,
        title,
        row_number() over (
            partition by title_id order by recorded_at desc nulls last, season desc, title asc
        ) as rank_from_newest
    from {{ ref('stg_content_calendar') }}
    where title is not null
),

rates as (
    select
        summed.*,
        titles.title,
        {{ ratio('summed.churned_customers', 'summed.measured_customers') }} as churn_rate,
        {{ ratio('summed.expected_churned', 'summed.compared_customers') }} as other_churn_rate
    from summed
    left join titles on summed.title_id = titles.title_id and titles.rank_from_newest = 1
)

select
    title_id,
    title,
    first_month,
    last_month,
    last_seen_date,
    audience_ended,
    cast(measured_customers as bigint) as measured_customers,
    cast(churned_customers as bigint) as churned_customers,
    churn_rate,
    other_churn_rate,
    case
        when measured_customers >= {{ minimum_customers }} then {{ ratio('churn_rate', 'other_churn_rate') }}
    end as churn_lift,
    case when audience_ended then cast(end_customers as bigint) end as end_customers,
    case when audience_ended then cast(end_churned_customers as bigint) end as end_churned_customers,
    case when audience_ended then {{ ratio('end_churned_customers', 'end_customers') }} end as end_churn_rate
from rates
