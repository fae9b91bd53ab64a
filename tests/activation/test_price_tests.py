"""Results of price tests: judged from outcomes that are known, refused where they cannot be trusted, and read.

Belongs here: refusals, sentences, ``churniq price-test``. Does not belong here: estimators
(``tests/models/test_experiments``), outcomes (dbt's unit tests).
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from pipelines.warehouse.price_tests import METRICS, judge_price_tests
from tests.activation.conftest import Command
from tests.activation.publishing import AS_OF

_PEOPLE = 1000


def _test(
    name: str, sizes: dict[str, int], *, control: str | None = "low", doubles: int = 0, undefined: str = ""
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Outcomes, variants and prices of a test in which the dear variant keeps two in ten fewer, for twice as much."""
    random = np.random.default_rng(3)
    frames = []
    for variant, size in sizes.items():
        stays = random.random(size) < (0.3 if variant == "dear" else 0.5)
        frames.append(
            pl.DataFrame(
                {
                    "test_id": name,
                    "person_id": [f"{name}-{variant}-{number}" for number in range(size)],
                    "is_customer": True,
                    "horizon_days": 30,
                    "variant": variant,
                    "is_converted": stays,
                    "has_converted_trial": False,
                    "revenue": stays * (20.0 if variant == "dear" else 10.0),
                    "is_retained": stays,
                    "mrr": stays * (20.0 if variant == "dear" else 10.0),
                }
            )
        )
    variants = pl.DataFrame(
        [
            {
                "test_id": name,
                "variant": variant,
                "is_control": variant == control,
                "share": None,
                "is_defined": variant != undefined,
                "assigned": size,
                "in_two_variants": doubles if variant == "low" else 0,
                "first_assigned_date": "2026-05-01",
                "last_assigned_date": "2026-05-20",
                "subscribed": 10,
                "past_second_renewal": 4,
                "maturity_share": 0.4,
            }
            for variant, size in sizes.items()
        ],
        schema_overrides={"share": pl.Float64},
    )
    prices = variants.select(
        "test_id", "variant", "is_control", "share", offer_id=pl.lit("basic"), amount=pl.lit(9.99),
        currency=pl.lit("EUR"), unit=pl.lit("customer"), started_at=pl.lit(AS_OF), stopped_at=pl.lit(None, pl.Datetime),
    )  # fmt: skip
    return pl.concat(frames), variants, prices


_ALIKE = {"low": _PEOPLE, "dear": _PEOPLE}
_TESTS = (
    _test("spring", _ALIKE, doubles=3),
    _test("lost", {"low": 1000, "dear": 700}),
    _test("twice", _ALIKE, doubles=100),
    _test("open", _ALIKE, control=None),
    _test("strange", _ALIKE, undefined="dear"),
    _test("idle", {"low": 3, "dear": 3}),
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(tmp_path_factory.mktemp("price") / "home"))
        settings = Settings().prepare()
        warehouse: Path = settings.work / "warehouse.duckdb"
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("create schema offers")
            for name, position in (
                ("fct_price_test_outcomes", 0),
                ("fct_price_test_variants", 1),
                ("dim_price_tests", 2),
            ):
                rows = pl.concat([test[position] for test in _TESTS])
                connection.register("rows", rows.to_arrow())
                connection.execute(f"create table offers.{name} as select * from rows")
            connection.execute("delete from offers.fct_price_test_outcomes where test_id = 'idle'")
        assert judge_price_tests(warehouse, "EUR") == len(METRICS) * (4 + 2)
        publish(settings, warehouse, name="current", as_of=AS_OF, lake_version=0, is_current=True)
        return settings


@pytest.fixture(autouse=True)
def _reads_what_is_published(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(published.home))


def _results(churniq: Command, test: str) -> dict[str, dict[str, float]]:
    status, said, _ = churniq("price-test", "results", test, "--format", "json")
    assert status == 0
    return {row["metric"]: row for row in json.loads(said)}


def test_a_variant_is_compared_with_the_control_in_every_metric(churniq: Command) -> None:
    """Fewer stayed and each paid more: one metric alone would have told half of it."""
    found = _results(churniq, "spring")
    assert set(found) == set(METRICS)
    assert found["conversion"]["interval_low"] < -0.2 < found["conversion"]["interval_high"]
    assert found["conversion"]["interval_high"] < 0
    assert found["realised_value"]["interval_low"] < 1 < found["realised_value"]["interval_high"]
    assert found["realised_value"]["sequential_low"] < found["realised_value"]["interval_low"]
    assert found["trial_conversion"]["difference"] == 0
    assert all(row["refusal"] is None for row in found.values())
    said = churniq("price-test", "results", "spring")[1]
    assert "3 persons were put in two variants and count in the first." in said
    assert "dear: 4 of 10 who subscribed have had a second renewal to decide on (40%)" in said


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        ("lost", "The variants of lost are not as large as their shares make them (p = "),
        ("twice", "5.0% of the people of twice were put in two variants"),
        ("open", "One variant of open has to be the control, and none is"),
        ("strange", "People of strange were put in dear, which the feed price_tests does not have"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_a_sentence(churniq: Command, test: str, sentence: str) -> None:
    """A difference beside a warning is read without the warning."""
    assert churniq("price-test", "results", test)[1].startswith(sentence)
    for row in _results(churniq, test).values():
        assert row["difference"] is None
        assert row["interval_low"] is None
        assert str(row["headline"]).startswith(sentence)
        assert row["value"] is not None


def test_what_is_not_there_yet_is_one_sentence(churniq: Command) -> None:
    status, _, said = churniq("price-test", "results", "idle")
    assert (status, said.count("\n")) == (1, 1)
    assert "No outcome of idle is known yet: the first people were assigned on 2026-05-01" in said
    status, _, said = churniq("price-test", "results", "nothing")
    assert (status, said.count("\n")) == (2, 1)
    assert "choose one of idle, lost, open, spring, strange, twice" in said
    assert churniq("price-test", "list")[0] == 0
