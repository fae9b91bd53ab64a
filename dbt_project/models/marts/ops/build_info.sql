-- What the numbers of a snapshot are as of, and how they are reported.
select
    {{ as_of() }} as as_of,
    {{ report_date(as_of()) }} as as_of_date,
    '{{ build_variable("reporting_currency") }}' as reporting_currency,
    '{{ build_variable("timezone") }}' as timezone
