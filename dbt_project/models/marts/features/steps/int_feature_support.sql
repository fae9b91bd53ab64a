{{ config(**incremental_features()) }}
-- Support tickets of those who pay on a feature day, as known at its close; of a ticket told again the version then.
with versions as (
    select
        customers.feature_date,
        customers.customer_id,
        tickets.ticket_id,
        tickets.opened_at,
        tickets.csat,
        coalesce(tickets.recorded_at, tickets.opened_at) as known_at
    from {{ ref('stg_support_ticket_versions') }} as tickets
    inner join {{ ref('int_feature_customers') }} as customers
        on
            tickets.customer_id = customers.customer_id
            and {{ report_date('tickets.opened_at') }} <= customers.feature_date
            and customers.feature_date < {{ date_plus(report_date('tickets.opened_at'), 90, 'day') }}
    where
        {{ report_date('coalesce(tickets.recorded_at, tickets.opened_at)') }} <= customers.feature_date
        and {{ is_affected_feature_row('customers.feature_date', 'customers.customer_id') }}
),

newest_versions as (
    select
        feature_date,
        customer_id,
        ticket_id,
        max({{ ordered_values(['known_at', 'opened_at', 'cast(coalesce(csat, -1) as double)']) }}) as newest
    from versions
    group by feature_date, customer_id, ticket_id
),

tickets as (
    select
        feature_date,
        customer_id,
        {{ days_between(report_date(ordered_value('newest', 2)), 'feature_date') }} as age,
        nullif({{ ordered_value('newest', 3) }}, -1) as csat
    from newest_versions
)

select
    feature_date,
    customer_id,
    sum(case when age < 30 then 1 else 0 end) as support_tickets_30,
    count(*) as support_tickets_90,
    min(csat) as lowest_csat_90
from tickets
group by feature_date, customer_id
