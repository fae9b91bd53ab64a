{#-
    The feeds that are watched, which are those of the contract: when a row was recorded, when it happened, the day and
    the instant at which it counts as having come, and its type. A row that does not say when it was recorded goes by
    its own date; feeds without a date of their own have a time only where the sender says one.
-#}
{% macro watched_feeds() -%}
    {%- set event = {"happened": "occurred_at", "event_type": "event_type"} -%}
    {{ return({
        "subscription_events": event,
        "payment_events": event,
        "customer_events": event,
        "journey_events": event,
        "engagement_daily": {"date": "activity_date"},
        "support_tickets": {"happened": "opened_at"},
        "offers": {},
        "coupons": {},
        "fx_rates": {"date": "rate_date"},
        "payouts": {"happened": "paid_at"},
        "identity_links": {},
        "store_purchases": {},
        "sender_objects": {},
        "other_events": event,
        "campaign_assignments": event,
        "content_calendar": {},
        "annotations": {"date": "starts_on"},
        "price_tests": {"happened": "started_at"},
        "price_test_assignments": event,
        "acquisition_costs": {"date": "cost_date"},
    }) }}
{%- endmacro %}
