"""Metrics that vendors make of other metrics: lifetime value, quick ratio and the like, each with its source.

A definition divides one expression by another. They are made of metrics of the semantic layer, of rates by the same
vendor's convention (``conventions.fct_metric_variants``), and of the constants that the vendor names.

Belongs here: definitions, the select that answers one. Does not belong here: how months are counted by a convention
(``conventions_registry`` in dbt), how an answer is printed (``pipelines.cli.metrics``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.readings.metric_queries import compile_metric
from pipelines.readings.metrics import find_metric

VARIANTS = "conventions.fct_metric_variants"


@dataclass(frozen=True)
class VendorDefinition:
    """``numerator`` / ``denominator``, over ``parts`` (our own metrics) and ``rate`` (a metric by the convention).

    The expressions may name ``subscriptions_lost`` and ``subscriptions_changed`` where it is ``by_subscription``.
    ``trailing`` is how many months before its own the rate is the mean of, its own left out; 0: the rate of its month.
    """

    metric: str
    convention: str
    numerator: str
    denominator: str
    parts: tuple[str, ...]
    formula: str
    source: str
    rate: str | None = None
    trailing: int = 0
    by_subscription: bool = False

    def sql(self, first: date | None, last: date | None) -> str:
        """A row a month: both sides, their quotient, the default's value and the gap."""
        tables = [f"({compile_metric(find_metric(self.metric), (), 'month')}) as own"]
        tables += [
            f"left join ({compile_metric(find_metric(part), (), 'month')}) using (period)" for part in self.parts
        ]
        if self.rate is not None:
            window = f"order by month rows between {self.trailing} preceding and 1 preceding"
            # The mart keeps eight decimals of a rate; what is divided by it has them all.
            value = "cast(numerator as double) / nullif(denominator, 0)"
            value = f"avg({value}) over ({window})" if self.trailing else value
            tables.append(
                f"left join (select month as period, {value} as rate from {VARIANTS} "
                f"where metric = '{self.rate}' and convention = '{self.convention}') using (period)"
            )
        if self.by_subscription:
            tables.append(f"left join ({_CHANGED_SUBSCRIPTIONS}) using (period)")
        return f"""
            select period, numerator, denominator, numerator / nullif(denominator, 0) as variant_value, default_value,
                numerator / nullif(denominator, 0) - default_value as gap
            from (
                select period, cast(own.{self.metric} as double) as default_value,
                    cast({self.numerator} as double) as numerator, cast({self.denominator} as double) as denominator
                from {" ".join(tables)}
            )
            where period between date '{first or date.min}' and date '{last or date.max}' order by period
        """


# Of the subscriptions with MRR at the open of a month: what they lost until its close, and how they changed in all.
_CHANGED_SUBSCRIPTIONS = """
    select period, sum(greatest(opening - closing, 0)) as subscriptions_lost,
        sum(closing - opening) as subscriptions_changed
    from (
        select period, closing, closing - change as opening
        from (
            select *, sum(change) over (partition by subscription_id order by period) as closing
            from (
                select subscription_id, cast(date_trunc('month', movement_date) as date) as period,
                    sum(mrr_change) as change
                from revenue.fct_subscription_mrr_movements group by all
            )
        )
    )
    where opening > 0 group by period
"""
_WITHOUT_RETURNS = ("new_mrr", "expansion_mrr", "lost_mrr")
DEFINITIONS = (
    VendorDefinition(
        "quick_ratio",
        "baremetrics",
        "new_mrr + expansion_mrr",
        "lost_mrr",
        _WITHOUT_RETURNS,
        "(New + expansion MRR) / (contraction + churned MRR); MRR of those who return is in neither",
        "changelog.baremetrics.com, New Quick Ratio Metric",
    ),
    VendorDefinition(
        "lifetime_value",
        "baremetrics",
        "arpu",
        "rate",
        ("arpu",),
        "ARPU / user churn rate of the month",
        "baremetrics.com/academy, Lifetime Value (LTV = ARPU / User Churn)",
        rate="customer_churn_rate",
    ),
    VendorDefinition(
        "net_revenue_retention",
        "baremetrics",
        "1 - rate",
        "1",
        (),
        "1 - (MRR lost to downgrades and cancellations - expansion MRR) / MRR at the start",
        "Baremetrics help, Net Revenue Retention (100 % - (churned - expansion) / MRR 30 days ago), by the month",
        rate="net_mrr_churn_rate",
    ),
    VendorDefinition(
        "lifetime_value",
        "chartmogul",
        "arpu",
        "rate",
        ("arpu",),
        "ARPA / the mean customer churn rate of the six months before",
        "help.chartmogul.com article 203359061 (ARPA 100, six months at 5 %: 2,000)",
        rate="customer_churn_rate",
        trailing=6,
    ),
    VendorDefinition(
        "lifetime_value",
        "recurly",
        "arpu * (1 + 0.10)",
        "0.10 + rate",
        ("arpu",),
        "ARPS x (1 + d) / (d + subscriber churn rate), with a discount rate d of 10 %",
        "docs.recurly.com/docs/analytics-dashboard",
        rate="customer_churn_rate",
    ),
    VendorDefinition(
        "gross_revenue_retention",
        "chargebee",
        "opening_mrr - coalesce(subscriptions_lost, 0)",
        "opening_mrr",
        ("opening_mrr",),
        "MRR at the close, or at the open if that is less, of each subscription with MRR at the open / their MRR then",
        "chargebee.com/docs/2.0/recurring-revenue.html (5,000 at first, 6,000 at the end: 100 %); MRR as kept here",
        by_subscription=True,
    ),
    VendorDefinition(
        "net_revenue_retention",
        "chargebee",
        "opening_mrr + coalesce(subscriptions_changed, 0)",
        "opening_mrr",
        ("opening_mrr",),
        "MRR at the close of the subscriptions with MRR at the open / MRR at the open",
        "chargebee.com/docs/2.0/recurring-revenue.html; MRR as kept here",
        by_subscription=True,
    ),
    VendorDefinition(
        "trial_conversion_rate",
        "stripe",
        "converted_trials",
        "ended_trials",
        ("converted_trials", "ended_trials"),
        "Trials converted / trials ended by conversion or cancellation, in the month that they ended",
        "support.stripe.com, Calculating trial conversion rate in Billing; its rolling 30 days are read as the month",
    ),
)
"""What vendors document, and what of it follows from months as they are kept here."""

UNANSWERED = {
    ("profitwell", "lifetime_value"): "smooths it by an algorithm that it does not publish (roughly ARPU / "
    "(1 - retention); paddle.com/help, ProfitWell vs. Recurly)",
    ("chargebee", "lifetime_value"): "multiplies revenue by lifetime of paid subscriptions, not of customers "
    "(chargebee.com/docs, What is LTV)",
    ("chargebee", "quick_ratio"): "leaves out who cancels in the month of activation (support.chargebee.com article "
    "252188), whose MRR months here have in both sums",
    ("baremetrics", "trial_conversion_rate"): "divides conversions by the trials that began in the same 30 days "
    "(changelog.baremetrics.com)",
}
"""What vendors document otherwise than months here can answer: why."""


def definition_of(metric: str, convention: str) -> VendorDefinition | None:
    """How a vendor makes a metric of others, or None."""
    found = (each for each in DEFINITIONS if (each.metric, each.convention) == (metric, convention))
    return next(found, None)


def definitions_by(convention: str) -> list[str]:
    """The metrics that a vendor makes of others."""
    return [each.metric for each in DEFINITIONS if each.convention == convention]
