{#-
    The instant after which a subscription has lapsed if nothing was heard by then; null in a status that cannot lapse,
    and without a period end. Dunning may take long while access goes on, so grace waits longer.
-#}
{% macro lapses_at(period_end, status) -%}
    case
        when {{ status }} = 'grace' then {{ plus_days(period_end, var('grace_lapse_days')) }}
        when {{ has_access(status) }} then {{ plus_days(period_end, var('lapse_days')) }}
    end
{%- endmacro %}
