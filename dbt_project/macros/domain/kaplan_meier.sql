{#-
    Kaplan and Meier's estimator with its uncertainty, as a select over a relation of days: one row a duration (day_number)
    and stratum, each of which gets a curve of its own, with churned_customers and leaving_customers, the churned and
    the censored together.

    S(t)   = product of 1 - d/n over the durations up to t: d churned of n at risk (Kaplan and Meier, 1958).
    V(t)   = sum of d / (n (n - d)); the standard error of S is S sqrt(V) (Greenwood, 1926).
    Bounds = S ^ exp(+z sqrt(V) / |ln S|) below and S ^ exp(-z sqrt(V) / |ln S|) above, z the normal's 97.5 % point: the
    95 % band that is symmetric for log(-log S) (Kalbfleisch and Prentice, 1980). It stays between 0 and 1; clipping
    catches only the last binary digit.

    While nobody has churned S is 1 and so are the bounds. Once everybody at risk has, S is 0 and V infinite: the standard
    error and the bounds are null.
-#}
{% macro kaplan_meier(days, strata=[]) -%}
{%- set stratum_columns = strata | map("string") | join(", ") ~ (", " if strata else "") -%}
{%- set by_stratum = ("partition by " ~ strata | join(", ") ~ " ") if strata else "" -%}
with at_risk as (
    select
        {{ stratum_columns }}day_number,
        churned_customers,
        leaving_customers - churned_customers as censored_customers,
        sum(leaving_customers) over (
            {{ by_stratum }}order by day_number desc rows unbounded preceding
        ) as customers_at_risk
    from {{ days }}
),

-- A product is the exponential of a sum of logarithms; once everybody at risk has churned it is 0 for good.
terms as (
    select
        *,
        case
            when churned_customers < customers_at_risk
                then ln(1.0e0 - {{ churniq.ratio("churned_customers", "customers_at_risk") }})
            else 0.0e0
        end as log_survival_term,
        case
            when churned_customers < customers_at_risk
                then {{ churniq.ratio(
                    "churned_customers", "customers_at_risk * (customers_at_risk - churned_customers)"
                ) }}
            else 0.0e0
        end as variance_term,
        case when churned_customers = customers_at_risk then 1 else 0 end as is_last
    from at_risk
),

sums as (
    select
        *,
        sum(log_survival_term) over ({{ by_stratum }}order by day_number rows unbounded preceding) as log_survival,
        sqrt(
            sum(variance_term) over ({{ by_stratum }}order by day_number rows unbounded preceding)
        ) as deviation,
        max(is_last) over ({{ by_stratum }}order by day_number rows unbounded preceding) as is_over
    from terms
),

scaled as (
    select
        *,
        case
            when is_over = 1 then null
            when log_survival < 0 then 1.959963984540054e0 * deviation / -log_survival
            else 0.0e0
        end as band_exponent
    from sums
)

select
    {{ stratum_columns }}cast(day_number as integer) as day_number,
    cast(customers_at_risk as bigint) as customers_at_risk,
    cast(churned_customers as bigint) as churned_customers,
    cast(censored_customers as bigint) as censored_customers,
    case when is_over = 1 then 0.0e0 else exp(log_survival) end as survival_probability,
    case when is_over = 0 then exp(log_survival) * deviation end as standard_error,
    case
        when band_exponent is not null then greatest(0.0e0, least(1.0e0, exp(log_survival * exp(band_exponent))))
    end as lower_bound,
    case
        when band_exponent is not null then greatest(0.0e0, least(1.0e0, exp(log_survival * exp(-band_exponent))))
    end as upper_bound
from scaled
{%- endmacro %}
