{#-
    A select of the MRR that each customer of an experiment pays on the outcome day of a horizon. It reads `complete`: a
    row a customer and horizon whose outcome day has closed; `experiment` is the column that names the experiment.
-#}
{% macro mrr_at_outcome(experiment) -%}
    select
        complete.{{ experiment }},
        complete.customer_id,
        complete.horizon_days,
        sum(spans.mrr) as mrr
    from complete
    inner join {{ ref('fct_paying_spans') }} as spans
        on complete.customer_id = spans.customer_id
            and complete.outcome_date >= spans.valid_from
            and (spans.valid_to is null or complete.outcome_date < spans.valid_to)
    group by complete.{{ experiment }}, complete.customer_id, complete.horizon_days
{%- endmacro %}
