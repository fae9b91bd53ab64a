-- The months by each step from the default to a convention: one rule more is the convention's at every step.
with steps as (
    {{ convention_step_rows() }}
),

parts as (
    select
        months.month,
        steps.metric,
        steps.convention,
        steps.step_number,
        steps.rule_name,
        steps.rule_value,
        steps.is_last,
        case steps.metric
            when 'customer_churn_rate'
                then
                    case steps.same_month_churn
                        when 'left_out' then months.lost_units
                        when 'counted' then months.gone_units
                        when 'each_churn' then months.each_churn_units
                        else months.churning_units
                    end
                    - case steps.resubscribes when 'subtracted' then months.returning_units else 0 end
            when 'mrr' then months.closing_mrr
            when 'gross_mrr_churn_rate' then -(months.churn_mrr + months.contraction_mrr)
            else
                -(months.churn_mrr + months.contraction_mrr + months.expansion_mrr)
                - case steps.returning_mrr when 'netted' then months.reactivation_mrr else 0 end
        end as numerator,
        case steps.metric
            when 'customer_churn_rate'
                then
                    case steps.denominator_rule
                        when 'opening' then months.opening_units
                        when 'opening_plus_new' then months.opening_units + months.new_units
                        when 'opening_plus_joined' then months.opening_units + months.joined_units
                        else months.due_customers
                    end
            when 'mrr' then null
            else months.opening_mrr
        end as denominator
    from steps
    inner join {{ ref('int_convention_months') }} as months on steps.basis = months.basis
)

select
    month,
    metric,
    convention,
    step_number,
    rule_name,
    rule_value,
    is_last,
    cast(numerator as {{ money() }}) as numerator,
    cast(denominator as {{ money() }}) as denominator,
    case metric
        when 'mrr' then cast(numerator as {{ convention_value() }})
        else cast({{ ratio('numerator', 'denominator') }} as {{ convention_value() }})
    end as variant_value
from parts
