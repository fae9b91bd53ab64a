-- Prevents contacts lost between topics: the topics of a month sum to (all), and (all) to the contacts.
{{ config(meta={'dagster': {'ref': {'name': 'fct_contact_topics_monthly'}}}) }}
{%- set measures = [
    "contacts", "paying_contacts", "closed_contacts", "csat_answers", "measured_contacts", "churned_contacts",
] %}
with sums as (
    select
        month,
        {%- for measure in measures %}
            sum(case when topic = '(all)' then -{{ measure }} else {{ measure }} end) as {{ measure }},
        {%- endfor %}
        sum(case when topic = '(all)' then 1 else 0 end) as all_rows
    from {{ ref('fct_contact_topics_monthly') }}
    group by month
)

select cast(month as varchar) as what
from sums
where all_rows <> 1 or {{ measures | join(" <> 0 or ") }} <> 0
union all
select 'total' as what
from (
    select coalesce(sum(contacts), 0) as contacts
    from {{ ref('fct_contact_topics_monthly') }}
    where topic = '(all)'
) as monthly
where contacts <> (select count(*) from {{ ref('fct_support_contacts') }})
