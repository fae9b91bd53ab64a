-- Months by basis: what is open, what moves, what closes. Every month of the default has every basis.
with bases as (
    {{ convention_basis_rows() }}
),

by_basis as (
    select
        basis,
        month,
        {{ convention_measures_as("sum(MEASURE) as MEASURE") }}
    from {{ ref('int_convention_customer_months') }}
    group by basis, month
),

due as (
    select
        month,
        count(*) as due_customers
    from {{ ref('int_convention_due_months') }}
    group by month
),

-- The first months too of a basis that counts somebody before the default does.
all_months as (
    select month from {{ ref('int_months') }}
    union
    select month from by_basis
),

filled as (
    select
        bases.basis,
        all_months.month,
        {{ convention_measures_as(
            "coalesce(defaults.MEASURE, 0) + case bases.basis when 'paid' then 0 else coalesce(other.MEASURE, 0) end as MEASURE"
        ) }}
    from all_months
    cross join bases
    left join by_basis as defaults on all_months.month = defaults.month and defaults.basis = 'paid'
    left join by_basis as other on all_months.month = other.month and bases.basis = other.basis
),

closed as (
    select
        *,
        new_mrr + expansion_mrr + contraction_mrr + churn_mrr + reactivation_mrr as mrr_change,
        sum(unit_change) over so_far as closing_units,
        sum(new_mrr + expansion_mrr + contraction_mrr + churn_mrr + reactivation_mrr) over so_far as closing_mrr
    from filled
    window so_far as (partition by basis order by month rows unbounded preceding)
)

select
    closed.basis,
    closed.month,
    cast(closed.closing_units - closed.unit_change as bigint) as opening_units,
    {{ convention_measures_as("cast(closed.MEASURE as bigint) as MEASURE", "units") }},
    cast(closed.closing_units as bigint) as closing_units,
    cast(coalesce(due.due_customers, 0) as bigint) as due_customers,
    cast(closed.closing_mrr - closed.mrr_change as {{ money() }}) as opening_mrr,
    {{ convention_measures_as("cast(closed.MEASURE as " ~ money() ~ ") as MEASURE", "mrr") }},
    cast(closed.closing_mrr as {{ money() }}) as closing_mrr
from closed
inner join {{ ref('int_months') }} as months on closed.month = months.month
left join due on closed.month = due.month
