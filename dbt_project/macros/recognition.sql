{#- The UTC instant at which a DATE begins in the report time zone. -#}
{% macro start_of_date(day) -%}
    {{ return(adapter.dispatch("start_of_date", "churniq")(day)) }}
{%- endmacro %}

{% macro default__start_of_date(day) -%}
    {%- if churniq.build_variable("timezone") == "UTC" -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        cast({{ day }} as timestamp) at time zone '{{ churniq.build_variable("timezone") }}' at time zone 'UTC'
    {%- endif -%}
{%- endmacro %}

{% macro spark__start_of_date(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ churniq.build_variable("timezone") }}')
{%- endmacro %}

{#- Whole seconds from one instant to another, fractions of each cut off before. -#}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch("seconds_between", "churniq")(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (cast(floor(epoch({{ later }})) as bigint) - cast(floor(epoch({{ earlier }})) as bigint))
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    (unix_timestamp({{ later }}) - unix_timestamp({{ earlier }}))
{%- endmacro %}

{#- Part of some money of 0 or more, numerator / denominator of it, rounded half up to four decimals. -#}
{% macro share_of(amount, numerator, denominator) -%}
    {{ return(adapter.dispatch("share_of", "churniq")(amount, numerator, denominator)) }}
{%- endmacro %}

{#- Whole numbers of 64 bits are ten times as fast as those of 128, and hold all but the largest amounts and terms. -#}
{% macro default__share_of(amount, numerator, denominator) -%}
    case
        when {{ amount }} < 1000000 and {{ numerator }} < 400000000 and {{ denominator }} < 400000000
            then {{ churniq.exact_share(amount, numerator, denominator, "bigint", "decimal(18, 4)", "decimal(18, 0)") }}
        else {{ churniq.exact_share(
            amount, "cast((" ~ numerator ~ ") as hugeint)", "cast((" ~ denominator ~ ") as hugeint)"
        ) }}
    end
{%- endmacro %}

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

{#- A select expression that makes one row for each string of a JSON array. -#}
{% macro strings_of_json_array(json) -%}
    {{ return(adapter.dispatch("strings_of_json_array", "churniq")(json)) }}
{%- endmacro %}

{% macro default__strings_of_json_array(json) -%}
    unnest(from_json({{ json }}, '["VARCHAR"]'))
{%- endmacro %}

{% macro spark__strings_of_json_array(json) -%}
    explode(from_json({{ json }}, 'array<string>'))
{%- endmacro %}
