{#- What has been recognised by an instant of a payment's revenue_reporting, without its sign. -#}
{% macro recognised_by(instant) -%}
    case
        when paid_to is null or {{ instant }} >= paid_to or {{ churniq.seconds_between('paid_from', 'paid_to') }} = 0
            then abs(revenue_reporting)
        when {{ instant }} <= paid_from then cast(0 as {{ churniq.money() }})
        else {{ churniq.share_of(
            'abs(revenue_reporting)', churniq.seconds_between('paid_from', instant),
            churniq.seconds_between('paid_from', 'paid_to')
        ) }}
    end
{%- endmacro %}
