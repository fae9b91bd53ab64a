{{
    newest_known(
        source('raw', 'fx_rates'),
        key=['rate_date', 'currency'],
        columns=['rate_date', 'currency', 'rate_to_reporting', 'recorded_at'],
        tie_break=['rate_to_reporting desc'],
    )
}}
