{#-
    A select of what each customer of an experiment has paid from its beginning to the end of the outcome day. It reads
    `complete` as `mrr_at_outcome` does; `since` is the condition on `transactions` that they came after the assignment.
-#}
{% macro revenue_until_outcome(experiment, since) -%}
    select
        complete.{{ experiment }},
        complete.customer_id,
        complete.horizon_days,
        sum(transactions.revenue_reporting) as revenue
    from complete
    inner join {{ ref('fct_transactions') }} as transactions
        on complete.customer_id = transactions.customer_id
            and {{ since }}
            and {{ churniq.report_date('transactions.occurred_at') }} <= complete.outcome_date
    group by complete.{{ experiment }}, complete.customer_id, complete.horizon_days
{%- endmacro %}
