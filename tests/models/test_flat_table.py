"""Flat tables as they come: types from text, identifiers, targets, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.flat_table import MISSING, read_table


def table(rows: int = 200, **columns: list[str]) -> pl.DataFrame:
    """A table of texts with an honest feature, a quarter of whose customers left."""
    random = np.random.default_rng(3)
    honest = random.normal(size=rows).round(3).astype(str).tolist()
    churn = ["Yes" if number % 4 == 0 else "No" for number in range(rows)]
    return pl.DataFrame({"honest": honest, **columns, "Churn": churn})


def repeated(values: list[str], rows: int = 200) -> list[str]:
    return [values[number % len(values)] for number in range(rows)]


def test_numbers_are_read_from_text_blanks_included() -> None:
    """The blanks of telco's TotalCharges once made a category of 6,500 levels of it."""
    charges = repeated(["29.85", " ", "1889.5", "108.15", "1840.75", "0", "151.6", "7", "8", "9", "10"])
    read = read_table(table(TotalCharges=charges), "Churn")
    assert read.features.schema["TotalCharges"] == pl.Float64
    assert read.features["TotalCharges"][:4].to_list() == [29.85, None, 1889.5, 108.15]


@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (["1,234.50", "12.00", "3,000"], 1234.5),
        (["1.234,50", "12,00", "3,5"], 1234.5),
        (["$1234.50", "$12", "$3.5"], 1234.5),
        (["12.5%", "3%", "100 %"], 12.5),
        (["1e3", "2.5E1", "-3"], 1000.0),
        (["2024-03-01", "2024-04-01", "2025-01-31"], 19783.0),
    ],
)
def test_numbers_as_people_write_them(texts: list[str], number: float) -> None:
    read = read_table(table(amount=repeated(texts)), "Churn")
    assert read.features["amount"][0] == pytest.approx(number)


@pytest.mark.parametrize(
    ("left", "stayed"),
    [("Yes", "No"), ("TRUE", "FALSE"), ("1", "0"), ("1.0", "0.0"), ("churned", "active"), ("t", "f"), (" yes ", "no")],
)
def test_whoever_left_is_told_by_the_value(left: str, stayed: str) -> None:
    base = table()
    values = [left if churn == "Yes" else stayed for churn in base["Churn"]]
    read = read_table(base.with_columns(Churn=pl.Series(values)), "Churn")
    assert read.churned.sum() == 50
    assert read.notes == ()


@pytest.mark.parametrize(
    ("name", "left", "stayed"),
    [
        ("Churn", "True.", "False."),
        ("target", "1", "-1"),
        ("Status", "Attrited", "Active"),
        ("is_active", "0", "1"),
        ("Retained", "No", "Yes"),
        ("not_churned", "False", "True"),
        ("IsInactive", "1", "0"),
        ("NotRenewed", "1", "0"),
    ],
)
def test_what_leaving_means_follows_from_the_name_too(name: str, left: str, stayed: str) -> None:
    """Under is_active a 1 says that somebody stayed; read as leaving it turned every score around, without a word."""
    base = table()
    values = pl.Series(name, [left if churn == "Yes" else stayed for churn in base["Churn"]])
    read = read_table(base.drop("Churn").with_columns(values), name)
    assert read.churned.tolist() == [churn == "Yes" for churn in base["Churn"]]


def test_values_that_do_not_say_it_are_taken_by_rarity_and_said() -> None:
    base = table().with_columns(Churn=pl.when(pl.col("Churn") == "Yes").then(pl.lit("B")).otherwise(pl.lit("A")))
    read = read_table(base, "churn ")
    assert read.churned.sum() == 50
    assert read.notes == ("b, the rarer value of Churn, counts as having left",)


def test_a_value_that_says_it_beside_one_that_does_not_is_said() -> None:
    """Of 1 and 2 the 1 counted as having left, without a word."""
    base = table().with_columns(Churn=pl.when(pl.col("Churn") == "Yes").then(pl.lit("1")).otherwise(pl.lit("2")))
    read = read_table(base, "Churn")
    assert read.churned.sum() == 50
    assert read.notes == ("1 in Churn counts as having left, 2 as not",)


def test_what_cannot_tell_customers_apart_is_left_out_and_named() -> None:
    ids = [f"C-{number:05d}" for number in range(200)]
    read = read_table(
        table(
            customerID=ids,
            row=[str(number) for number in range(200)],
            accountNumberId=[str(number * 7919 % 100_003) for number in range(200)],
            flat=["x"] * 200,
            empty=[""] * 200,
            one_number=["5"] * 200,
        ),
        "Churn",
    )
    assert read.features.columns == ["honest"]
    assert set(read.left_out) == {"customerID", "row", "accountNumberId", "flat", "empty", "one_number"}


def test_infinities_are_missing_and_said() -> None:
    read = read_table(table(ratio=repeated(["1.5", "inf", "-Infinity", "2", "3", "4", "5", "6", "7", "8"])), "Churn")
    assert read.features.schema["ratio"] == pl.Float64
    assert read.notes == ("infinite values count as missing in ratio",)


def test_a_missing_category_is_a_category() -> None:
    read = read_table(table(plan=repeated(["basic", "", "NULL", "premium"])), "Churn")
    assert sorted(read.features["plan"].unique()) == [MISSING, "basic", "premium"]


def test_rows_without_an_outcome_are_left_out_and_counted() -> None:
    base = table().with_columns(Churn=pl.when(pl.int_range(pl.len()) < 7).then(pl.lit("")).otherwise(pl.col("Churn")))
    read = read_table(base, "Churn")
    assert read.features.height == read.churned.size == 193
    assert "7 rows have no value in Churn" in read.notes[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Churn": pl.lit("Yes")}, "only the value yes"),
        ({"Churn": pl.lit("")}, "no values"),
        ({"Churn": pl.col("honest")}, "values"),
        (
            {"Churn": (pl.int_range(pl.len()) < 5).cast(pl.Int8)},
            "at least 20 of each",
        ),
        ({"honest": pl.lit("same")}, "No column beside Churn"),
        ({"customer_id": pl.int_range(pl.len()) // 2}, "repeat a customer by customer_id"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(change: dict[str, pl.Expr], words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        read_table(table().with_columns(**change), "Churn")
    assert "\n" not in str(refused.value)


def test_a_target_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="There is no column Chrun: choose one that is there, such as Churn"):
        read_table(table(), "Chrun")
