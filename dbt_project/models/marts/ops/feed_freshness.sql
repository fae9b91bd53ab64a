{%- set feeds = {
    'subscription_events': ['recorded_at', 'occurred_at'],
    'payment_events': ['recorded_at', 'occurred_at'],
    'customer_events': ['recorded_at', 'occurred_at'],
    'journey_events': ['recorded_at', 'occurred_at'],
    'engagement_daily': ['recorded_at', 'cast(activity_date as timestamp)'],
    'support_tickets': ['recorded_at', 'opened_at'],
    'fx_rates': ['recorded_at', 'cast(rate_date as timestamp)'],
    'payouts': ['recorded_at', 'paid_at'],
} -%}
{% for feed, columns in feeds.items() %}
    select
        '{{ feed }}' as feed,
        count(*) as known_rows,
        max({{ columns[1] }}) as last_occurred_at,
        max({{ columns[0] }}) as last_recorded_at
    from {{ source('raw', feed) }}
    where {{ is_known('coalesce(' ~ columns[0] ~ ', ' ~ columns[1] ~ ')', columns[1]) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
