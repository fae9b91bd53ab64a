"""From the warehouse's codes to words."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import yaml

from app import formatting
from app.columns import column_config, displayed
from app.vocabulary import CODED_COLUMNS
from pipelines.warehouse.dbt import PROJECT_FOLDER


def test_codes_are_words_in_tables() -> None:
    """A reader met auto_renew_off and ask_for_new_card where words belong."""
    frame = pl.DataFrame(
        {
            "churn_rule": ["auto_renew_off", "state_hold", None],
            "customer_id": ["new_one", "b", "c"],
            "rate": [1, 0, 1],
        }
    )
    assert displayed(frame).to_dict(as_series=False) == {
        "churn_rule": ["Auto-renew was off", "Payment failed, access stopped", None],
        "customer_id": ["new_one", "b", "c"],
        "rate": [1, 0, 1],
    }


def test_words_are_not_made_of_words() -> None:
    """Capitals of what a sender calls its campaigns were lost, and FX rates were Fx rates."""
    called = {
        "google_ads": "Google ads",
        "Google Ads": "Google Ads",
        "fx_rates": "FX rates",
        "mrr_change": "MRR change",
        "(none)": "None named",
        "DE": "DE",
    }
    assert {code: formatting.words(code) for code in called} == called


def test_every_column_with_listed_values_is_one_of_codes_or_numbers() -> None:
    """A new mart with a column of codes would show them as they are stored."""
    shown_otherwise = {"unit", "band", "dimension", "metric", "convention", "topic_source", "split"}
    found = set()
    for file in (PROJECT_FOLDER / "models").rglob("*.yml"):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            for column in model.get("columns", []):
                for test in column.get("data_tests", []):
                    if isinstance(test, dict) and "accepted_values" in test:
                        values = test["accepted_values"]["arguments"]["values"]
                        if any(isinstance(value, str) and value == value.lower() for value in values):
                            found.add(column["name"])
    assert found - shown_otherwise <= CODED_COLUMNS


def test_nothing_is_minus_nothing() -> None:
    """A rate that rounds to nothing was written as -0.0%."""
    assert formatting.percent(-0.0001) == "0.0%"
    assert formatting.points(-0.0001) == "+0.0 points"
    assert formatting.percent(-0.0006) == "-0.1%"


def test_half_a_cent_goes_one_way() -> None:
    """The restatement said EUR -327.96 of what charts, tables and sentences have as EUR -327.95."""
    assert formatting.money(Decimal("-327.9550"), "EUR") == formatting.money(-327.955, "EUR") == "EUR -327.95"


def test_a_fall_has_its_sign_in_front() -> None:
    """MRR that fell had a green arrow upwards on the overview: the arrow goes by the first sign, the E of EUR."""
    assert formatting.change(-119.88, formatting.money(-119.88, "EUR", signed=True)) == "-EUR 119.88"
    assert formatting.change(33.15, formatting.money(33.15, "EUR", signed=True)) == "+EUR 33.15"
    assert formatting.change(-4, "-4 in 30 days") == "-4 in 30 days"
    assert formatting.change(0, "+0") == "no change"


def test_text_of_a_source_is_no_markdown() -> None:
    """A reason with an address became a link in the dashboard, an id with a line break a heading."""
    assert formatting.plain("see www.evil.example, *now* - :red[x] a@b.c https://x") == (
        "see www\N{WORD JOINER}" + r"\.evil\.example\, \*now\* \- \:red\[x\] a\@b\.c "
        "https\N{WORD JOINER}" + r"\:\/\/x"
    )
    assert formatting.verbatim("a\n# heading `x`\x00") == "`a # heading 'x' `"


def test_a_long_id_leaves_room_for_what_is_known_of_it() -> None:
    """On a telephone the table of customers was one column of ids, of forty-four letters each."""
    frame = pl.DataFrame({"customer_id": ["+4tBRnUQ1LOfGH7SOiXqWOG3dsgHxIZf1nChVQ3BewI="], "offer_id": ["basic"]})
    looks = column_config(frame, "TWD")
    assert (looks["customer_id"]["width"], looks["offer_id"]["width"]) == (150, None)
