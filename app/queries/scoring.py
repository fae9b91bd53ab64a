"""Churn scores, and how good they were in the past.

Belongs here: the schema ``scoring``. Does not belong here: the model (``models``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.connection import open_snapshot_file
from app.queries import snapshot
from app.queries.rows import Rows, select
from pipelines.publishing.snapshots import Pointer
from pipelines.readings.rates import step_of_share
from pipelines.readings.score_record import scores_of
from pipelines.readings.what_if import what_if_of
from pipelines.settings import Settings

_BACKTEST = """
    select metric, max(value) filter (split = 'test') as everybody, max(lower_bound) filter (split = 'test') as low,
        max(upper_bound) filter (split = 'test') as high, max(value) filter (split = 'test_renewing') as renewing
    from scoring.backtest_metrics group by metric order by metric
"""
_BACKTEST_WITHOUT_BOUNDS = """
    select metric, max(value) filter (split = 'test') as everybody, null::double as low, null::double as high,
        max(value) filter (split = 'test_renewing') as renewing
    from scoring.backtest_metrics group by metric order by metric
"""


def score_bands(file: str) -> pl.DataFrame:
    """Scored customers by risk band: customers, their MRR, the mean and the bounds of the probability."""
    return select(
        file,
        """
        select risk_band, count(*) as customers, sum(current_mrr) as mrr, avg(churn_probability) as mean_probability,
            min(churn_probability) as lowest, max(churn_probability) as highest,
            any_value(horizon_days) as horizon_days, any_value(as_of_date) as as_of_date,
            any_value(model_version) as model_version
        from scoring.fct_churn_scores join core.dim_customers using (customer_id)
        group by risk_band order by highest desc
        """,
    )


def score_histogram(file: str) -> pl.DataFrame:
    """Scored customers by probability, in steps of five hundredths, and band."""
    return select(
        file,
        f"""
        select {step_of_share("churn_probability", 20)} as at_least, risk_band, count(*) as customers
        from scoring.fct_churn_scores group by all order by all
        """,
    )


def leading_reasons(file: str) -> pl.DataFrame:
    """How often each kind of reason leads above the low band, its numbers left out; the eight most frequent."""
    return select(
        file,
        """
        select regexp_replace(reason_1, '[0-9]+', '…', 'g') as reason, count(*) as customers, sum(current_mrr) as mrr
        from scoring.fct_churn_scores join core.dim_customers using (customer_id)
        where reason_1 is not null and risk_band <> 'low'
        group by reason order by customers desc, reason limit 8
        """,
    )


def scored_customers(risk_band: str | None, search: str) -> Rows:
    """Scored customers, most at risk first; ``search`` looks into ids and reasons."""
    return Rows(
        """
        select customer_id, churn_probability, risk_band, current_mrr, value_at_risk, expected_loss, reason_1,
            action_1, reason_2, reason_3, country,
            marketing_consent, subscription_id, horizon_days, as_of_date, model_version
        from scoring.fct_churn_scores join core.dim_customers using (customer_id)
        where ($band is null or risk_band = $band)
            and contains(lower(concat_ws(' ', customer_id, reason_1, reason_2, reason_3)), lower($search))
        order by churn_probability desc, customer_id
        """,
        (("band", risk_band), ("search", search)),
    )


def backtest(file: str) -> pl.DataFrame:
    """The metrics of the scores on days that the model had not seen, with intervals; and of those who renew by then."""
    with_bounds = "scoring.backtest_metrics.lower_bound" in snapshot.columns(file)
    return select(file, _BACKTEST if with_bounds else _BACKTEST_WITHOUT_BOUNDS)


def backtest_parts(file: str, population: str) -> pl.DataFrame:
    """The champion on a part of the customers, with intervals: all month ends in the first row, then each."""
    return select(
        file,
        """
        with champion as (
            select origin, metric, value,
                format('{:.3f}', value) || coalesce(format(' ({:.3f} to {:.3f})', lower_bound, upper_bound), '') as told
            from scoring.backtest_origins
            where population = $population and value is not null
                and (select starts_with(any_value(model_version), estimator) from scoring.fct_churn_scores)
        )
        select case when origin is null then 'All' else strftime(origin, '%-d %b %Y') end as month_end,
            cast(max(value) filter (metric = 'customers') as bigint) as customers,
            max(value) filter (metric = 'churn_rate') as churn_rate,
            max(told) filter (metric = 'auc') as auc,
            max(told) filter (metric = 'log_loss') as log_loss,
            max(told) filter (metric = 'predicted_over_observed') as predicted_over_observed,
            max(told) filter (metric = 'expected_calibration_error') as expected_calibration_error,
            max(told) filter (metric = 'calibration_slope') as calibration_slope
        from champion group by origin order by origin nulls first
        """,
        (("population", population),),
    )


def calibration_bins(file: str) -> pl.DataFrame:
    """What was predicted and what came, by tenth of the tested customers."""
    return select(file, "select * from scoring.calibration_bins order by bin_number")


def track_record(file: str) -> pl.DataFrame:
    """What came of published scores: a row a day of publishing, and one without a day for all settled ones."""
    return select(
        file,
        """
        pivot (
            select as_of_date, model_version, horizon_days, is_settled, metric, value from scoring.score_track_record
        ) on metric in (
            'customers', 'churn_rate', 'predicted_over_observed', 'auc', 'top_decile_lift', 'log_loss',
            'expected_calibration_error'
        ) using any_value(value) order by as_of_date desc nulls first
        """,
    )


def track_bins(file: str) -> pl.DataFrame:
    """What was predicted in published scores and what came, by tenth of the customers, settled days together."""
    return select(file, "select * from scoring.score_track_bins order by bin_number")


def drift(file: str) -> pl.DataFrame:
    """How far features and scores have moved, the furthest first."""
    return select(
        file,
        "select feature, stability_index, verdict, then_date, now_date, then_rows, now_rows from scoring.score_drift "
        "order by stability_index desc nulls last, feature limit 15",
    )


def caveats(file: str) -> list[str]:
    """What must be said beside the scores; nothing in a snapshot from before it was kept."""
    if "scoring.score_caveats" not in snapshot.tables(file):
        return []
    return select(file, "select caveat from scoring.score_caveats order by caveat")["caveat"].to_list()


@st.cache_data(max_entries=200, show_spinner=False)
def published_scores(pointer: Pointer, customer_id: str) -> pl.DataFrame:
    """The scores of a customer as they were published day by day until the snapshot, the oldest first."""
    return scores_of(Settings(), customer_id, pointer.as_of_instant)


@st.cache_data(max_entries=200, show_spinner="Asking the model")
def what_if(file: str, customer_id: str) -> pl.DataFrame:
    """The score of a customer as it is, and with another price, discount or interval; see ``models.what_if``."""
    with open_snapshot_file(file) as connection:
        return what_if_of(connection, Settings().registry, customer_id)


def on_the_axis(scores: pl.DataFrame) -> pl.DataFrame:
    """Scores as events of a customer's story: lane, occurred_at, weight, detail."""
    return scores.select(
        lane=pl.lit("Risk"),
        occurred_at=pl.col("as_of_date").cast(pl.Datetime("us")),
        weight=pl.col("churn_probability"),
        detail=pl.format(
            "{}% within {} days, {} risk", (pl.col("churn_probability") * 100).round(1), "horizon_days", "risk_band"
        ),
    )
