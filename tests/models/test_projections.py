"""Projections of segments and expectations of buyers: what the estimators say, nothing where nothing is known."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from models.value.buyers import COLUMNS, value_buyers
from models.value.cohorts import fit_beta_discrete_weibull, fit_shifted_beta_geometric
from models.value.projections import LIFETIME_MODELS, PROJECTIONS, project
from tests.models.test_value import HIGH_END

AS_OF = date(2026, 6, 30)


def periods(survivors: list[int], dimension: str = "all", value: str = "(all)", months: int = 1) -> pl.DataFrame:
    """The mart's rows of one cohort that was followed to the end."""
    lost = [before - after for before, after in pairwise(survivors)]
    last = len(lost)
    return pl.DataFrame(
        {
            "dimension": dimension,
            "dimension_value": value,
            "period_number": list(range(1, last + 1)),
            "period_months": months,
            "customers_at_risk": survivors[:-1],
            "churned_customers": lost,
            "censored_customers": [0] * (last - 1) + [survivors[-1]],
            "survival_probability": [left / survivors[0] for left in survivors[1:]],
            "lower_bound": [left / survivors[0] for left in survivors[1:]],
            "upper_bound": [left / survivors[0] for left in survivors[1:]],
        }
    )


def test_a_projection_is_the_estimator_on_the_cohort() -> None:
    """The published cohort: both fits, the check on the last third of the years, and the model that it speaks for."""
    tables = project(periods(HIGH_END, months=12), AS_OF)
    shares, models = tables["fct_cohort_projections"], tables["lifetime_models"]
    assert shares.schema == pl.Schema(PROJECTIONS)
    assert models.schema == pl.Schema(LIFETIME_MODELS)
    assert tables["value_notes"].is_empty()
    for name, fit in (
        ("shifted_beta_geometric", fit_shifted_beta_geometric),
        ("beta_discrete_weibull", fit_beta_discrete_weibull),
    ):
        whole, checked = fit([HIGH_END]), fit([HIGH_END[:6]])
        rows = shares.filter(pl.col("model") == name)
        # Seven years were seen, and 24 months are two more.
        assert rows["period_number"].to_list() == list(range(1, 10))
        assert rows["projected_share"].to_list() == pytest.approx(whole.survival(range(1, 10)))
        assert rows.filter("is_holdout")["period_number"].to_list() == [6, 7]
        assert rows["checked_share"].drop_nulls().to_list() == pytest.approx(checked.survival([6, 7]))
        model = models.row(by_predicate=pl.col("model") == name, named=True)
        assert model["holdout_error"] == pytest.approx(np.abs(checked.survival([6, 7]) - [0.517, 0.491]).mean())
        assert (model["alpha"], model["beta"]) == pytest.approx((whole.alpha, whole.beta))
        assert (rows["lower_bound"] < rows["projected_share"]).all()
        assert (rows["projected_share"] < rows["upper_bound"]).all()
    assert models.filter("is_chosen")["model"].to_list() == ["beta_discrete_weibull"]


def test_customers_followed_for_less_count_as_long_as_they_were() -> None:
    """Rows of the mart with censoring and a silent period say what the cohorts say of which they are made."""
    cohorts = [[600, 480, 480, 400, 360], [300, 260, 260], [150, 110]]
    rows = periods(cohorts[0]).with_columns(
        customers_at_risk=pl.Series([1050, 740, 480, 400]),
        churned_customers=pl.Series([200, 0, 80, 40]),
        censored_customers=pl.Series([110, 260, 0, 360]),
    )
    found = project(rows, AS_OF)["lifetime_models"].row(0, named=True)
    expected = fit_shifted_beta_geometric(cohorts)
    assert (found["alpha"], found["beta"]) == pytest.approx((expected.alpha, expected.beta), rel=1e-4)
    assert found["customers"] == 1050
    assert found["holdout_periods"] == 0


def test_a_band_covers_what_it_says() -> None:
    """Of a hundred drawn cohorts about 95 have the true share within the band."""
    from scipy.special import betaln

    random = np.random.default_rng(5)
    truth = np.exp(betaln(0.8, 2.5 + np.arange(13)) - betaln(0.8, 2.5))
    covered = 0
    for _ in range(100):
        chances = random.beta(0.8, 2.5, 500)
        lifetimes = random.geometric(np.maximum(chances, 1e-9))
        survivors = [int((lifetimes > period).sum()) for period in range(9)]
        band = fit_shifted_beta_geometric([survivors]).band([12])
        assert band is not None
        covered += bool(band[0][0] <= truth[12] <= band[1][0])
    assert 88 <= covered <= 100


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (periods(HIGH_END).clear(), "Nobody was followed for a whole month yet"),
        (
            periods([99, 80, 70, 60, 50]),
            "Customers who were followed for a renewal: 99, and a projection takes 100.",
        ),
        (periods([1000, 900, 800, 700]), "customers or more were followed for: 3, and a projection takes 4"),
        (periods([1000, 1000, 1000, 1000, 1000]), "customers who left in one of at least two periods"),
        (periods([1000, 10, 5, 2, 1]), "or more were followed for: 1, and"),
    ],
)
def test_nothing_is_projected_where_nothing_can_be_known(rows: pl.DataFrame, told: str) -> None:
    tables = project(rows, AS_OF)
    assert tables["fct_cohort_projections"].is_empty()
    assert tables["lifetime_models"].is_empty()
    assert told in " ".join(tables["value_notes"]["note"])


def test_only_the_largest_offers_are_projected() -> None:
    offers = [periods([count * 3 for count in HIGH_END], "first_offer", "large")]
    offers += [periods(HIGH_END, "first_offer", f"offer {number}") for number in range(9)]
    tables = project(pl.concat(offers), AS_OF)
    assert tables["fct_cohort_projections"]["dimension_value"].n_unique() == 8
    assert tables["value_notes"]["dimension_value"].to_list() == ["offer 7", "offer 8"]


def purchases(buyers: int, *, seed: int = 3, size: float = 20.0) -> pl.DataFrame:
    """Drawn from BG/NBD with sizes around a level of each buyer's own, over two years."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(buyers):
        day, rate, leaves = int(random.integers(0, 500)), random.gamma(1.2, 1 / 9), random.beta(1.0, 4.0)
        level = size * random.gamma(8, 1 / 8)
        while day < 730:
            rows.append((f"c{number:05d}", AS_OF - timedelta(days=729 - day), round(level * random.gamma(6, 1 / 6), 2)))
            if random.random() < leaves:
                break
            day += max(1, int(random.exponential(7 / rate)))
    schema = {"customer_id": pl.String, "purchase_date": pl.Date, "revenue": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("revenue").cast(pl.Decimal(38, 4)))


def test_buyers_have_expectations_that_a_year_bears_out() -> None:
    drawn = purchases(1500)
    until = AS_OF - timedelta(days=365)
    tables = value_buyers(drawn.filter(pl.col("purchase_date") <= until), until)
    values = tables["fct_purchase_values"]
    assert values.schema == pl.Schema(COLUMNS)
    later = drawn.filter(
        (pl.col("purchase_date") > until) & pl.col("customer_id").is_in(values["customer_id"].implode())
    )
    assert values["expected_purchases"].sum() == pytest.approx(later.height, rel=0.15)
    assert float(values["expected_revenue"].sum()) == pytest.approx(float(later["revenue"].sum()), rel=0.2)
    assert values["active_probability"].is_between(0, 1).all()
    assert "a fit of until then expected" in tables["value_notes"]["note"][0]
    # The same rows in another order are the same answer.
    assert value_buyers(drawn.filter(pl.col("purchase_date") <= until).reverse(), until)["fct_purchase_values"].equals(
        values
    )


def test_too_few_buyers_have_no_expectations() -> None:
    tables = value_buyers(purchases(40), AS_OF)
    assert tables["fct_purchase_values"].is_empty()
    assert tables["value_notes"]["note"].to_list()[0].startswith("40 customers bought a pass")
    once = purchases(400).unique("customer_id")
    assert "0 of them on two days" in value_buyers(once, AS_OF)["value_notes"]["note"][0]
    assert value_buyers(once.clear(), AS_OF)["fct_purchase_values"].is_empty()


def test_purchases_of_one_price_have_no_expected_value() -> None:
    """Where everybody pays the same nothing tells how sizes differ: expected purchases stay, no value is made up."""
    same = purchases(400).with_columns(revenue=pl.lit("3.9900").cast(pl.Decimal(38, 4)))
    tables = value_buyers(same, AS_OF)
    values = tables["fct_purchase_values"]
    assert values.height > 300
    assert values["expected_purchases"].is_not_null().all()
    assert values["expected_revenue"].is_null().all()
    assert any(note.startswith("No expected value of purchases") for note in tables["value_notes"]["note"])
