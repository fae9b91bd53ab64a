-- Prevents a cut that loses or doubles cases: every dimension of the months sums to the cases, outcome by outcome, in
-- cases, money and MRR, and the attempts of the cases are those listed and those by number.
{{ config(meta={'dagster': {'ref': {'name': 'fct_dunning_monthly'}}}) }}
with told as (
    select
        dimension,
        sum(recovered_cases) as recovered_cases,
        sum(lost_cases) as lost_cases,
        sum(open_cases) as open_cases,
        sum(amount_recovered) as amount_recovered,
        sum(amount_lost) as amount_lost,
        sum(amount_open) as amount_open,
        sum(mrr_recovered) as mrr_recovered,
        sum(mrr_lost) as mrr_lost,
        sum(mrr_open) as mrr_open
    from {{ ref('fct_dunning_monthly') }}
    group by dimension
),

cases as (
    select
        sum(case when outcome = 'recovered' then 1 else 0 end) as recovered_cases,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost_cases,
        sum(case when outcome = 'open' then 1 else 0 end) as open_cases,
        sum(case when outcome = 'recovered' then amount_due_reporting else 0 end) as amount_recovered,
        sum(case when outcome = 'lost' then amount_due_reporting else 0 end) as amount_lost,
        sum(case when outcome = 'open' then amount_due_reporting else 0 end) as amount_open,
        sum(case when outcome = 'recovered' then mrr_at_opening else 0 end) as mrr_recovered,
        sum(case when outcome = 'lost' then mrr_at_opening else 0 end) as mrr_lost,
        sum(case when outcome = 'open' then mrr_at_opening else 0 end) as mrr_open,
        count(*) as cases,
        sum(attempts) as attempts
    from {{ ref('fct_dunning_cases') }}
),

counted as (
    select
        (select count(*) from {{ ref('fct_dunning_attempts') }}) as listed,
        (
            select coalesce(sum(by_number.attempts), 0)
            from {{ ref('fct_dunning_by_attempt') }} as by_number
            where by_number.dimension = 'total'
        ) as numbered,
        (select count(*) from told) as dimensions
)

select told.dimension as found
from told
cross join cases
where
    told.recovered_cases <> cases.recovered_cases
    or told.lost_cases <> cases.lost_cases
    or told.open_cases <> cases.open_cases
    or told.amount_recovered <> cases.amount_recovered
    or told.amount_lost <> cases.amount_lost
    or told.amount_open <> cases.amount_open
    or told.mrr_recovered <> cases.mrr_recovered
    or told.mrr_lost <> cases.mrr_lost
    or told.mrr_open <> cases.mrr_open
union all
select 'attempts' as found
from cases
cross join counted
where
    coalesce(cases.attempts, 0) <> counted.listed
    or coalesce(cases.attempts, 0) <> counted.numbered
    or counted.dimensions <> case when cases.cases = 0 then 0 else 5 end
