-- Prevents contacts lost between topics: the topics of a month sum to (all), and (all) to the contacts.
{{ config(meta={'dagster': {'ref': {'name': 'fct_contact_topics_monthly'}}}) }}
with differences as (
    select
        month,
        contacts,
        paying_contacts,
        closed_contacts,
        csat_answers,
        measured_contacts,
        churned_contacts,
        0 as is_all
    from {{ ref('fct_contact_topics_monthly') }}
    where topic <> '(all)'
    union all
    select
        month,
        -contacts,
        -paying_contacts,
        -closed_contacts,
        -csat_answers,
        -measured_contacts,
        -churned_contacts,
        1 as is_all
    from {{ ref('fct_contact_topics_monthly') }}
    where topic = '(all)'
),

sums as (
    select
        month,
        sum(is_all) as all_rows,
        sum(case when is_all = 1 then -contacts else 0 end) as all_contacts
    from differences
    group by month
    having
        sum(is_all) <> 1
        or sum(contacts) <> 0
        or sum(paying_contacts) <> 0
        or sum(closed_contacts) <> 0
        or sum(csat_answers) <> 0
        or sum(measured_contacts) <> 0
        or sum(churned_contacts) <> 0
)

select cast(month as varchar) as what
from sums
union all
select 'total' as what
from (
    select coalesce(sum(contacts), 0) as contacts
    from {{ ref('fct_contact_topics_monthly') }}
    where topic = '(all)'
) as monthly
where contacts <> (select count(*) from {{ ref('fct_support_contacts') }})
