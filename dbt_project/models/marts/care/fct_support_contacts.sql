with tickets as (
    select
        tickets.ticket_id,
        tickets.customer_id,
        tickets.opened_at,
        {{ report_date('tickets.opened_at') }} as opened_date,
        {{ date_plus(report_date('tickets.opened_at'), 30, 'day') }} as window_end,
        case when tickets.closed_at <= {{ as_of() }} then tickets.closed_at end as closed_at,
        tickets.channel,
        tickets.topic as labelled_topic,
        topics.topic as predicted_topic,
        case when tickets.topic is null then topics.topic_probability end as topic_probability,
        case when tickets.topic is null then topics.model_version end as topic_model_version,
        tickets.csat
    from {{ ref('stg_support_tickets') }} as tickets
    left join {{ ref('stg_ticket_topics') }} as topics on tickets.ticket_id = topics.ticket_id
),

-- What the customer had at the instant of the contact.
states as (
    select
        tickets.ticket_id,
        sum(periods.mrr) as mrr,
        max(case when periods.status = 'trial' then 1 else 0 end) as is_in_trial
    from tickets
    inner join {{ ref('fct_subscription_periods') }} as periods
        on tickets.customer_id = periods.customer_id
            and tickets.opened_at >= periods.valid_from
            and (periods.valid_to is null or tickets.opened_at < periods.valid_to)
    group by tickets.ticket_id
),

-- Whether the customer paid as the day of the contact began, and at the close of the 30th day from it.
payers as (
    select
        tickets.ticket_id,
        max(
            case
                when
                    spans.valid_from < tickets.opened_date
                    and (spans.valid_to is null or spans.valid_to >= tickets.opened_date)
                    then 1
                else 0
            end
        ) as paid_before,
        max(
            case
                when
                    spans.valid_from < tickets.window_end
                    and (spans.valid_to is null or spans.valid_to >= tickets.window_end)
                    then 1
                else 0
            end
        ) as paid_after
    from tickets
    inner join {{ ref('fct_paying_spans') }} as spans on tickets.customer_id = spans.customer_id
    group by tickets.ticket_id
)

select
    tickets.ticket_id,
    tickets.customer_id,
    tickets.opened_at,
    tickets.opened_date,
    tickets.closed_at,
    tickets.channel,
    coalesce(tickets.labelled_topic, tickets.predicted_topic, 'unknown') as topic,
    case
        when tickets.labelled_topic is not null then 'labelled'
        when tickets.predicted_topic is not null then 'predicted'
        else 'unknown'
    end as topic_source,
    tickets.topic_probability,
    tickets.topic_model_version,
    cast({{ seconds_between('tickets.opened_at', 'tickets.closed_at') }} as double) / 3600 as hours_to_close,
    tickets.csat,
    case
        when states.mrr > 0 then 'paying'
        when states.is_in_trial = 1 then 'trial'
        when customers.first_paid_date < tickets.opened_date then 'churned'
        else 'registered'
    end as customer_status,
    cast(coalesce(states.mrr, 0) as {{ money() }}) as mrr,
    coalesce(payers.paid_before, 0) = 1 as counts_for_churn,
    tickets.window_end <= {{ report_date(as_of()) }} as is_complete,
    case
        when payers.paid_before = 1 and tickets.window_end <= {{ report_date(as_of()) }} then payers.paid_after = 0
    end as churned_within_30_days
from tickets
left join states on tickets.ticket_id = states.ticket_id
left join payers on tickets.ticket_id = payers.ticket_id
left join {{ ref('dim_customers') }} as customers on tickets.customer_id = customers.customer_id
