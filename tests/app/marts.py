"""The small business of ``snapshot.sql`` as the marts of revenue and retention tell it, and the glossary.

Belongs here: statements for ``write_snapshot``. Does not belong here: assertions. The tables are made from the
contracts of the models, so that a page that asks for a column that no mart has fails here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.publishing.descriptions import Description

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
SCHEMAS = ("revenue", "retention", "journey", "dunning", "offers", "engagement", "care", "conventions")


@cache
def contracts() -> dict[str, dict[str, Any]]:
    """The models that have a contract, by schema.table: all but steps."""
    return {
        f"{'core' if file.is_relative_to(MODELS / 'core') else file.parent.name}.{model['name']}": model
        for file in sorted([*MODELS.glob("core/*/*.yml"), *MODELS.glob("marts/*/*.yml")])
        for model in yaml.load(file.read_text(), yaml.CSafeLoader).get("models", [])
    }


def contract_tables() -> list[str]:
    """Statements that make every mart of revenue and retention, or give it the columns that it lacks."""
    statements = [f"create schema if not exists {schema}" for schema in SCHEMAS]
    for table, model in contracts().items():
        if not table.startswith(SCHEMAS):
            continue
        columns = [(column["name"], column["data_type"]) for column in model["columns"]]
        named = ", ".join(f"{name} {kind}" for name, kind in columns)
        statements.append(f"create table if not exists {table} ({named})")
        statements += [f"alter table {table} add column if not exists {name} {kind}" for name, kind in columns]
    return statements


@cache
def descriptions() -> list[Description]:
    """What publishing would say of every mart."""
    rows: list[Description] = []
    for table, model in contracts().items():
        schema, name = table.split(".")
        rows.append(Description(schema, name, None, model["description"].strip()))
        rows += [
            Description(schema, name, column["name"], column["description"].strip(), "x")
            for column in model["columns"]
            if column.get("description")
        ]
    return rows


ROWS = [
    # Cohorts and survival.
    """update retention.fct_cohort_retention set
        opening_mrr = case when cohort_month = '2025-01-01' then 1020 else 20 end,
        retained_mrr = case when cohort_month = '2025-03-01' then 20 when period_number = 0 then 1020
            when period_number = 1 then 1250 else 1260 end""",
    "update retention.fct_cohort_retention set mrr_retention_rate = retained_mrr / opening_mrr",
    """insert into retention.fct_cohort_retention_weekly by name
        select date '2024-12-30' as cohort_week, 0 as period_number, 2 as cohort_size, 2 as retained_customers,
            1 as retention_rate, 1010 as opening_mrr, 1010 as retained_mrr, 1 as mrr_retention_rate,
            true as is_complete""",
    """insert into retention.fct_cohort_retention_by_dimension by name
        select date '2025-01-01' as cohort_month, 0 as period_number, 'country' as dimension, value as dimension_value,
            size as cohort_size, size as retained_customers, 1 as retention_rate, mrr as opening_mrr,
            mrr as retained_mrr, 1 as mrr_retention_rate, true as is_complete
        from (values ('NL', 2, 1010), ('DE', 1, 10)) as cut (value, size, mrr)""",
    """insert into retention.dim_customer_cohorts by name
        select customer_id, first_paid_date, cast(date_trunc('month', first_paid_date) as date) as cohort_month,
            date_diff('day', first_paid_date, date '2025-03-20') as days_to_first_churn,
            current_mrr as opening_mrr, 'basic' as first_offer, 'web' as channel, '(none)' as first_coupon,
            '(none)' as acquisition_channel, '(none)' as acquisition_campaign, coalesce(country, '(none)') as country
        from core.dim_customers where first_paid_date is not null""",
    "update retention.fct_survival set lower_bound = survival_probability / 2, upper_bound = 1",
    """insert into retention.fct_survival_by_dimension by name
        select 'country' as dimension, value as dimension_value, 31 as day_number, followed as customers_at_risk,
            1 as churned_customers, 0 as censored_customers, 1 - 1 / followed as survival_probability
        from (values ('NL', 2), ('DE', 1)) as cut (value, followed)""",
    # Churn, trials, intents.
    """insert into retention.fct_churn_monthly by name
        select month, opening_customers, churned_customers, reactivated_customers, voluntary_churned_customers,
            involuntary_churned_customers, 0 as publisher_churned_customers, 0 as switched_churned_customers,
            0 as pause_churned_customers, 0 as unknown_churned_customers, 0 as churned_by_end_reason,
            involuntary_churned_customers as churned_by_state_hold, 0 as churned_by_state_grace,
            0 as churned_by_state_pause, voluntary_churned_customers as churned_by_auto_renew_off,
            0 as churned_by_stale, 0 as churned_by_none, customer_churn_rate,
            (churned_customers - reactivated_customers) / nullif(opening_customers, 0) as net_customer_churn_rate,
            new_customers as new_subscribers, 0 as churned_within_30_days, 0.25 as first_30_days_churn_rate,
            is_complete, is_complete as is_30_days_complete
        from revenue.fct_mrr_monthly""",
    """insert into retention.fct_churners by name
        select date '2024-02-01' as month, customer_id, date '2024-02-10' as churn_date, 'voluntary' as churn_kind,
            's-' || customer_id as churned_subscription_id, 'basic' as offer_id, 'web' as channel,
            'stripe' as provider, 'month' as price_interval, 'EUR' as price_currency, back as return_date,
            if(back is null, 'stayed_away', 'resubscribed') as outcome
        from (values ('anna', date '2024-03-01'), ('bert', null), ('cleo', null), ('dora', null)
        ) as churners (customer_id, back)""",
    """insert into retention.fct_serial_churners by name
        select 'cleo' as customer_id, 3 as churns_in_two_years, '3-4' as churn_band,
            date '2024-01-01' as first_churn_date,
            date '2025-02-20' as last_churn_date, true as is_paying, 10 as current_mrr""",
    """insert into retention.fct_trials by name
        select 's-' || name as subscription_id, 1 as trial_number, name as customer_id, 'basic' as offer_id,
            'web' as channel, 'stripe' as provider, 'month' as price_interval, 'EUR' as price_currency,
            end_date - interval 7 day as started_at, end_date as ends_at, end_date, outcome
        from (values ('anna', date '2025-02-03', 'converted'), ('bert', date '2025-02-04', 'converted'),
            ('cleo', date '2025-02-05', 'converted'), ('dora', date '2025-02-06', 'lost'),
            ('emil', date '2025-04-02', 'running')) as trials (name, end_date, outcome)""",
    """insert into retention.fct_due_subscriptions by name
        select 's-' || name as subscription_id, name as customer_id, due_date, due_date as period_end,
            'active' as status, mrr > 10 as auto_renew, if(mrr > 10, 'due_to_renew', 'set_to_cancel') as intent,
            'basic' as offer_id, 'web' as channel, 'stripe' as provider, 'month' as price_interval,
            'EUR' as price_currency, mrr
        from (values ('anna', date '2025-04-03', 1250), ('bert', date '2025-04-09', 10))
            as due (name, due_date, mrr)""",
    """insert into retention.fct_set_to_cancel_daily by name
        select date '2025-02-04' as close_date, 0 as opening_subscriptions, 1 as newly_set_subscriptions,
            0 as reverted_subscriptions, 0 as ended_subscriptions, 1 as closing_subscriptions, 0 as opening_mrr,
            10 as newly_set_mrr, 0 as reverted_mrr, 0 as ended_mrr, 0 as mrr_change, 10 as closing_mrr""",
    # Revenue.
    """insert into revenue.fct_mrr_monthly_causes by name
        select * from (values (date '2025-02-01', 'expansion', 'discount_end', 250, 0, 250, 1),
            (date '2025-02-01', 'churn', 'churn', -20, 0, -20, 2))
        as causes (month, movement_type, cause, directed_mrr, netted_out_mrr, mrr_change, changes)""",
    """insert into revenue.fct_subscription_mrr_movements by name
        select date '2025-02-10' as movement_date, 's-anna' as subscription_id, 'discount_end' as cause,
            'anna' as customer_id, 'expansion' as movement_type, 250 as mrr_change, 1000 as mrr_before,
            1250 as mrr_after, 'basic' as offer_before, 'basic' as offer_after""",
    """insert into revenue.fct_revenue_metrics_monthly by name
        select month, closing_mrr, closing_mrr * 12 as annual_recurring_revenue, closing_mrr - 10 as committed_mrr,
            closing_mrr / closing_customers as arpu, 1000 / 1020 as gross_revenue_retention,
            1250 / 1020 as net_revenue_retention, 12.5 as quick_ratio, is_complete
        from revenue.fct_mrr_monthly""",
    """insert into revenue.fct_mrr_daily by name
        select date '2025-03-20' as close_date, 1280 as closing_mrr, 1270 as committed_mrr, 3 as closing_customers,
            2 as active_subscriptions, 1 as grace_subscriptions, 0 as trial_subscriptions, 0 as on_hold_subscriptions,
            0 as paused_subscriptions""",
    """insert into revenue.fct_mrr_by_dimension by name
        select date '2025-03-01' as month, 'country' as dimension, value as dimension_value, mrr as opening_mrr,
            mrr as closing_mrr, 1 as closing_customers, 1 as active_subscriptions, false as is_complete
        from (values ('NL', 1260), ('(none)', 20), ('a', 1), ('b', 1), ('c', 1), ('d', 1), ('e', 1))
            as cut (value, mrr)""",
    """insert into revenue.fct_recognised_revenue_by_combination by name
        select date '2025-03-01' as month, 'subscription' as product_kind, 'basic' as offer_id, 'web' as channel,
            'stripe' as provider, 'month' as price_interval, 'EUR' as currency, 'NL' as country,
            '(none)' as acquisition_channel, 20 as received_revenue, 8 as recognised_revenue, 12 as deferred_change,
            false as is_complete""",
    """insert into revenue.fct_payments_monthly by name
        select date '2025-01-01' as month, 'subscription' as product_kind, 'stripe' as provider, 'EUR' as currency,
            2 as succeeded_payments, 0 as failed_payments, 1010 as gross_amount, 0 as refunded_amount,
            0 as chargeback_amount, 0 as chargeback_reversed_amount, 0 as tax_amount, -33 as fee_amount,
            977 as net_amount, 1010 as gross_reporting, 1010 as revenue_reporting, 0 as non_recurring_reporting,
            977 as net_reporting, true as is_complete""",
    """insert into revenue.fct_payout_reconciliation by name
        select 'po-' || number as payout_id, 'stripe' as provider, timestamp '2025-02-01' as paid_at, 'EUR' as currency,
            977 - gap as payout_amount, 1010 as transactions_gross_amount, -33 as transactions_fee_amount,
            977 as transactions_net_amount, -gap as unexplained_amount, 2 as transactions, 0 as transactions_not_found,
            0 as transactions_paid_twice, 0 as transactions_in_other_currency, gap = 0 as is_reconciled
        from (values (1, 0), (2, 7)) as payouts (number, gap)""",
    "update ops.feed_freshness set known_rows = 2 where feed = 'payouts'",
]  # fmt: skip

ALL = [*contract_tables(), *ROWS]
EMPTY = [*contract_tables(), *[f"delete from {table}" for table in contracts() if table.startswith(SCHEMAS)]]
