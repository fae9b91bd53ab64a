{#-
    The registry of definition variants: how each vendor counts, as parameters over the same facts.

    rules: what a convention may do otherwise, in the order in which the gap to the default is explained, with what the
    default does. conventions: what each does otherwise, which metrics it defines, its formula and its source. A rule that a
    convention does not name is the default's. conventions.dim_conventions publishes it; docs/conventions.md explains it.
-#}
{% macro conventions_registry() -%}
    {{ return({
        "rules": {
            "counted_access": {"default": "paid", "words": "Whose access counts: paid, paid or free, or trials too"},
            "past_due": {"default": "leaves_at_hold", "words": "Whether a customer whose payments fail counts while access is on hold"},
            "churn_date": {"default": "access_lost", "words": "Churn is dated when access is lost, or when the customer cancels"},
            "discounts": {"default": "all", "words": "Whether discounts that will end are taken off MRR"},
            "weekly_factor": {"default": "52/12", "words": "How many weeks of a weekly price make a month"},
            "daily_factor": {"default": "365/12", "words": "How many days of a daily price make a month"},
            "unit": {"default": "customer", "words": "Whether customers or subscriptions are counted"},
            "same_month_churn": {"default": "left_out", "words": "Who came and went, or left and returned, within the month"},
            "resubscribes": {"default": "not_subtracted", "words": "Whether those who return are taken off those who leave"},
            "returning_mrr": {"default": "netted", "words": "Whether MRR of those who return is taken off the MRR lost"},
            "denominator": {"default": "opening", "words": "What the churned are divided by"},
        },
        "conventions": {
            "default": {
                "title": "ChurnIQ default",
                "metrics": {
                    "customer_churn_rate": "Paying at the open and not at the close / paying at the open",
                    "mrr": "MRR at the close: after discounts, weeks at 52/12, trials, holds and pauses left out",
                    "gross_mrr_churn_rate": "(Churn + contraction) / MRR at the open",
                    "net_mrr_churn_rate": "(Churn + contraction - expansion - reactivation) / MRR at the open",
                },
                "source": "The definitions of this project",
            },
            "cleeng_v1": {
                "title": "Cleeng churn rate 1 (adjusted)",
                "metrics": {
                    "customer_churn_rate": "Left in the month and not back by its close / (subscribers at the start + new in the month), trials and free access counted",
                },
                "rules": {"counted_access": "paid_free_or_trial", "same_month_churn": "counted", "denominator": "opening_plus_new"},
                "source": "Cleeng help centre article 360009081180",
            },
            "cleeng_v2": {
                "title": "Cleeng churn rate 2 (no new, no trials)",
                "metrics": {
                    "customer_churn_rate": "Subscribers at the start who left / subscribers at the start, without free trials and new subscribers",
                },
                "rules": {"counted_access": "paid_or_free"},
                "source": "Cleeng help centre article 17026658124828",
            },
            "cleeng_v3": {
                "title": "Cleeng churn rate 3 (due to expire)",
                "metrics": {
                    "customer_churn_rate": "Left in the month / subscribers with a period that was due to expire in the month",
                },
                "rules": {"counted_access": "paid_or_free", "same_month_churn": "counted", "denominator": "due_to_expire"},
                "source": "Cleeng release notes of 2026-04-23, named there as the previous formula",
            },
            "cleeng_v4": {
                "title": "Cleeng churn rate 4 (subscribers)",
                "metrics": {
                    "customer_churn_rate": "Active at the start of the month who left / active at the start, paid, free or on trial",
                },
                "rules": {"counted_access": "paid_free_or_trial"},
                "source": "Cleeng help centre article 26984549099164",
            },
            "cleeng_v4_subscription": {
                "title": "Cleeng churn rate 4 (subscriptions)",
                "metrics": {
                    "customer_churn_rate": "Subscriptions active at the start of the month that ended / subscriptions active at the start",
                },
                "rules": {"counted_access": "paid_free_or_trial", "unit": "subscription"},
                "source": "Cleeng help centre article 26984549099164",
            },
            "chartmogul": {
                "title": "ChartMogul",
                "metrics": {
                    "customer_churn_rate": "Customers lost in the month, those back within it left out / customers at the start; past due stays until an end",
                    "mrr": "MRR at the close, past-due subscriptions kept until they end",
                    "gross_mrr_churn_rate": "(Churn + contraction) / MRR at the start",
                    "net_mrr_churn_rate": "(Churn + contraction - expansion - reactivation) / MRR at the start",
                },
                "rules": {"past_due": "kept_until_end"},
                "source": "ChartMogul help centre articles 4414075567250 and 303 (past due); the netting of customer churn is second-hand (tidemill)",
            },
            "stripe": {
                "title": "Stripe Billing",
                "metrics": {
                    "customer_churn_rate": "Churns in the month, a second one of a subscriber too / (subscribers at the start + those who came in the month, for the first time or again)",
                    "mrr": "MRR at the close of active and past-due subscriptions; discounts that end do not reduce it",
                },
                "rules": {"discounts": "lasting_only", "same_month_churn": "each_churn", "denominator": "opening_plus_joined"},
                "source": "support.stripe.com, Calculating subscriber churn rate in Billing, and its older page on coupons; its rolling 30 days are read as the calendar month",
            },
            "profitwell": {
                "title": "ProfitWell (Paddle Metrics)",
                "metrics": {
                    "customer_churn_rate": "Cancelled at the end of the period or delinquent after dunning / active at the start; new and gone in one month ignored",
                    "mrr": "MRR at the close after all discounts, past due counted until dunning ends",
                },
                "rules": {"past_due": "kept_until_end"},
                "source": "ProfitWell / Paddle Metrics documentation and its pages on differences between vendors",
            },
            "revenuecat": {
                "title": "RevenueCat",
                "metrics": {
                    "customer_churn_rate": "Paid subscriptions active at the start that expired and did not resubscribe by the close / paid subscriptions active at the start",
                    "mrr": "MRR at the close with weekly prices times 4 and daily prices times 30; 7, 14 and 28 days are weeks",
                },
                "rules": {"weekly_factor": "4", "daily_factor": "30_or_weeks", "unit": "subscription"},
                "source": "RevenueCat documentation, Charts: Monthly Recurring Revenue (2.99 a week is 11.96) and Churn (churned actives / actives)",
            },
            "baremetrics": {
                "title": "Baremetrics",
                "metrics": {
                    "customer_churn_rate": "Cancelled in the month, also those who signed up in it / active at the start",
                    "mrr": "MRR at the close, after all discounts",
                    "gross_mrr_churn_rate": "MRR lost to downgrades and cancellations / MRR at the start",
                    "net_mrr_churn_rate": "(MRR lost to downgrades and cancellations - expansion) / MRR at the start",
                },
                "rules": {"same_month_churn": "counted", "returning_mrr": "not_netted"},
                "source": "help.baremetrics.com article 5380347 and its change log (who signs up and cancels counts); its rolling 30 days are read as the calendar month, its 30 days of delinquency as the hold",
            },
            "recurly": {
                "title": "Recurly",
                "metrics": {
                    "customer_churn_rate": "Subscribers whose last subscription expired in the month, also those who came in it / subscribers at the start",
                    "mrr": "MRR at the close with daily prices times 30",
                },
                "rules": {"daily_factor": "30", "same_month_churn": "counted"},
                "source": "recurly.com, Key terms related to churn and A better way to calculate your churn rate (1,000 customers, 50 of them and 12 of 500 new ones leave: 6.2 %), and support article 360027350412 (MRR)",
            },
            "chargebee": {
                "title": "Chargebee (RevenueStory)",
                "metrics": {
                    "customer_churn_rate": "Customers who cancelled or did not renew, without those activated in the month / customers at the start",
                    "mrr": "MRR at the close; coupons that end do not reduce it",
                    "gross_mrr_churn_rate": "(Cancellation + contraction) / MRR at the start",
                },
                "rules": {"discounts": "lasting_only"},
                "source": "support.chargebee.com article 264186 (churn), chargebee.com/docs/2.0/charts (not in the month of activation) and the ProfitWell page on differences (non-recurring coupons)",
            },
            "antenna_gross": {
                "title": "Antenna (gross)",
                "metrics": {
                    "customer_churn_rate": "Cancels in the month / subscribers at the end of the month before; a cancel counts when made, at Apple when it lapses",
                },
                "rules": {"churn_date": "cancelled", "same_month_churn": "every_churn"},
                "source": "Antenna methodology page",
            },
            "antenna_net": {
                "title": "Antenna (net)",
                "metrics": {
                    "customer_churn_rate": "(Cancels - resubscribes in the month, of those who had cancelled in the 12 months before) / subscribers at the end of the month before",
                },
                "rules": {"churn_date": "cancelled", "same_month_churn": "every_churn", "resubscribes": "subtracted"},
                "source": "Antenna methodology page, and A case for rethinking churn (resubscribers)",
            },
        },
    }) }}
{%- endmacro %}
