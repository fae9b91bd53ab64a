-- Prevents a cut that loses or doubles cases: every dimension of the months sums to the cases, outcome by outcome, in
-- cases, money and MRR, and the attempts of the cases are those listed and those by number.
{{ config(meta={'dagster': {'ref': {'name': 'fct_dunning_monthly'}}}) }}
{%- set measures = [] %}
{%- for outcome in ["recovered", "lost", "open"] %}
    {%- do measures.extend([outcome ~ "_cases", "amount_" ~ outcome, "mrr_" ~ outcome]) %}
{%- endfor %}
with dimensions as (
    select distinct dimension from {{ ref('fct_dunning_monthly') }}
),

cases as (
    select
        dimensions.dimension,
        {%- for outcome in ["recovered", "lost", "open"] %}
            case when cases.outcome = '{{ outcome }}' then 1 else 0 end as {{ outcome }}_cases,
            case when cases.outcome = '{{ outcome }}' then cases.amount_due_reporting else 0 end
                as amount_{{ outcome }},
            case when cases.outcome = '{{ outcome }}' then cases.mrr_at_opening else 0 end as mrr_{{ outcome }},
        {%- endfor %}
        cases.attempts
    from {{ ref('fct_dunning_cases') }} as cases
    cross join dimensions
),

counted as (
    select
        (select coalesce(sum(told.attempts), 0) from {{ ref('fct_dunning_cases') }} as told) as attempts,
        (select count(*) from {{ ref('fct_dunning_attempts') }}) as listed,
        (
            select coalesce(sum(by_number.attempts), 0)
            from {{ ref('fct_dunning_by_attempt') }} as by_number
            where by_number.dimension = 'total'
        ) as numbered,
        (select count(*) from dimensions) as dimensions,
        (select count(*) from {{ ref('fct_dunning_cases') }}) as cases
)

select dimension as found
from (
    {{ sums_that_differ(ref('fct_dunning_monthly'), 'cases', ['dimension'], measures) }}
) as differences
union all
select 'attempts' as found
from counted
where
    attempts <> listed
    or attempts <> numbered
    or dimensions <> case when cases = 0 then 0 else 5 end
