{#- The counts of a group of trials (int_retention_trials) of one month, which the relation has as a column, by outcome. -#}
{% macro trial_outcomes() -%}
    cast(sum(case when outcome <> 'running' then 1 else 0 end) as bigint) as ended_trials,
    cast(sum(case when outcome = 'converted' then 1 else 0 end) as bigint) as converted_trials,
    cast(sum(case when outcome = 'lost' then 1 else 0 end) as bigint) as lost_trials,
    cast(sum(case when outcome = 'undecided' then 1 else 0 end) as bigint) as undecided_trials,
    cast(sum(case when outcome = 'running' then 1 else 0 end) as bigint) as running_trials,
    {{ churniq.ratio(
        "sum(case when outcome = 'converted' then 1 else 0 end)",
        "sum(case when outcome <> 'running' then 1 else 0 end)"
    ) }} as conversion_rate,
    month < {{ churniq.month_of(churniq.report_date(churniq.as_of())) }}
    and sum(case when outcome in ('running', 'undecided') then 1 else 0 end) = 0 as is_complete
{%- endmacro %}
