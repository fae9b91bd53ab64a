{#-
    Bases: whose value counts, as what is added to the default MRR. A basis has the rule values that lead to it and the
    additions (int_convention_changes) it takes in. A convention may combine only what stands here.
-#}
{% macro convention_bases() -%}
    {{ return({
        "paid": {"when": {}, "additions": []},
        "paid_or_free": {"when": {"counted_access": "paid_or_free"}, "additions": ["free"]},
        "paid_free_or_trial": {"when": {"counted_access": "paid_free_or_trial"}, "additions": ["free", "trial"]},
        "entitled_subscriptions": {
            "when": {"counted_access": "paid_free_or_trial", "unit": "subscription"}, "additions": ["free", "trial"],
        },
        "past_due_kept": {"when": {"past_due": "kept_until_end"}, "additions": ["past_due"]},
        "until_cancelled": {"when": {"churn_date": "cancelled"}, "additions": ["cancelled"]},
        "lasting_discounts": {"when": {"discounts": "lasting_only"}, "additions": ["finite_discount"]},
        "four_week_month": {"when": {"weekly_factor": "4"}, "additions": ["weekly_factor"]},
        "four_weeks_or_thirty_days": {
            "when": {"weekly_factor": "4", "daily_factor": "30_or_weeks"}, "additions": ["weekly_factor", "daily_or_weeks"],
        },
        "four_weeks_or_thirty_days_by_subscription": {
            "when": {"weekly_factor": "4", "daily_factor": "30_or_weeks", "unit": "subscription"},
            "additions": ["weekly_factor", "daily_or_weeks"],
        },
        "thirty_day_month": {"when": {"daily_factor": "30"}, "additions": ["daily_factor"]},
    }) }}
{%- endmacro %}
