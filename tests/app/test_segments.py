"""The builder of segments and the page of campaigns, on people whose numbers are known by head.

Belongs here: what a marketer picks and sees. Does not belong here: what a segment holds (``tests/activation``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from app.charts_of_people import scores_of_bar
from app.parts import slices
from app.parts.segment_builder import is_as_saved
from pipelines.activation.contacts import CONTACT_COLUMNS, contacts_file
from pipelines.activation.journal import read_log
from pipelines.activation.store import find_segment
from pipelines.settings import Settings
from tests.activation.publishing import COLUMNS, Person, person
from tests.app.conftest import write_snapshot
from tests.app.test_pages import metrics_of, open_page, table_of, words_of

ASSIGNMENTS = """
create table activation.fct_campaign_assignments as
    select 'spring' as campaign, 'c' || n as customer_id, if(n % 4 = 0, 'held_out', 'sent') as arm,
        timestamp '2025-01-10' as assigned_at, date '2025-01-10' as assigned_date, 0.75 as propensity,
        'at-risk' as segment, 'marketing' as purpose, '01|stripe' as stratum, 0.5 as churn_probability,
        cast(10 as decimal(18,4)) as mrr_before
    from range(8) as t (n);
create table activation.fct_campaign_left_out as
    select 'spring' as campaign, 'c9' as customer_id, 'no_consent' as reason;
create table activation.fct_campaign_groups (campaign varchar, metric varchar);
create table activation.fct_campaign_uplift as
    select 'spring' as campaign, 30 as horizon_days, n + 1 as place, 'c' || n as customer_id, 'sent' as arm,
        0.2 - n / 10 as uplift, 0.04 as qini, 0.01 as qini_p
    from range(3) as t (n);
"""
RESULTS = """
create table activation.fct_campaign_results as
    select 'spring' as campaign, metric, 30 as horizon_days, 6 as sent, 2 as held_out, 0.9 as sent_value,
        0.8 as held_out_value, 0.1 as difference, 0.05 as adjusted_low, 0.15 as adjusted_high,
        0.1 as adjusted_difference, -0.1 as adjusted_sequential_low, 0.3 as adjusted_sequential_high,
        0.5 as sample_ratio_p, 500.0 as people_needed, if(metric = 'retention', 0.04, null) as qini, 0.01 as qini_p,
        if(metric = 'mrr', 12.5, null) as saved_mrr,
        1.0 as saved_mrr_low, 24.0 as saved_mrr_high,
        'Not enough evidence yet: the effect lies between -0.1 and 0.3.' as headline
    from (values ('retention'), ('mrr')) as t (metric)
"""


def _literal(value: Any) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def _attributes(people: list[Person]) -> str:
    """Statements that give a snapshot these people."""
    fields = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    rows = ", ".join("(" + ", ".join(_literal(one.get(name)) for name in COLUMNS) + ")" for one in people)
    return (
        f"create schema activation; create table activation.dim_customer_attributes ({fields}); "
        f"insert into activation.dim_customer_attributes values {rows}"
    )


@pytest.fixture
def crowd(home: Path) -> Settings:
    people = [
        person("c1", expected_loss=5),
        person("c2", country="DE", marketing_consent=False, current_mrr=20),
        person("c3", risk_band="low"),
    ]
    return write_snapshot(home, _attributes(people), ASSIGNMENTS, RESULTS)


def test_a_saved_segment_opens_with_its_people(crowd: Settings) -> None:
    app = open_page("segments", segment="at-risk")
    assert {name: metrics_of(app)[name] for name in ("People", "With consent", "MRR")} == {
        "People": "2",
        "With consent": "1",
        "MRR": "EUR 30.00",
    }
    assert sorted(table_of(app)["customer_id"].to_list()) == ["c1", "c2"]
    assert not app.warning, "what was opened is what was saved, and was said not to be"
    next(button for button in app.button if button.label == "Add a condition").click().run()
    assert [warning.value for warning in app.warning] == [
        "These conditions are not saved: the export takes the newest saved version."
    ]


def test_a_group_of_one_and_the_type_of_a_value_make_no_difference() -> None:
    """A threshold written as 10 comes back from the page as text."""
    condition = {"attribute": "current_mrr", "operator": ">", "value": 10}
    other = {"attribute": "country", "operator": "in", "value": ["NL", "DE"]}
    as_picked = {"all": [{"all": [condition | {"value": "10"}]}, {"any": [other]}]}
    assert is_as_saved({"all": [condition, {"any": [other]}]}, as_picked)
    assert not is_as_saved({"all": [condition, {"any": [other]}]}, {"all": [{"all": [condition]}]})
    assert not is_as_saved({"all": [condition | {"value": 100}, {"any": [other]}]}, as_picked)


def test_a_slice_of_a_chart_becomes_a_segment_that_can_be_saved(crowd: Settings) -> None:
    """What was seen in a chart had to be written down as conditions by hand."""
    app = open_page("segments", risk_band="high", country="DE")
    assert metrics_of(app)["People"] == "1"
    next(box for box in app.text_input if box.label == "Name").set_value("german-risk")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert "Saved german-risk version 1." in [element.value for element in app.success]
    assert "Who would be reached" in [button.label for button in app.button], "what was saved can be taken away at once"
    saved = find_segment(crowd, "german-risk").document
    assert saved.conditions == {
        "all": [
            {
                "all": [
                    {"attribute": "risk_band", "operator": "=", "value": "high"},
                    {"attribute": "country", "operator": "=", "value": "DE"},
                ]
            }
        ]
    }


def test_an_offer_of_a_condition_has_its_title(home: Path) -> None:
    """Who chose an offer of a segment had to know which was S-WEEK."""
    write_snapshot(home, _attributes([person("c1", offer_id="basic")]))
    [box] = [box for box in open_page("segments", offer_id="basic").selectbox if box.label == "Value"]
    assert (box.value, box.options) == ("basic", ["Basic"])


def test_a_bar_and_several_values_become_the_conditions_that_they_are(crowd: Settings) -> None:
    """With two countries chosen, the segment of "these people" was of all countries."""
    bar = scores_of_bar({"at_least": 0.5, "risk_band": "high"})
    assert bar == [("risk_band", "high"), ("churn_probability", "≥0.5"), ("churn_probability", "<0.55")]
    assert scores_of_bar({"at_least": 0.95, "risk_band": "high"})[1:] == [("churn_probability", "≥0.95")]
    chosen = slices.slice_of([("country", ("NL", "DE")), ("offer", ("basic",))])
    assert chosen == [("country", "NL"), ("country", "DE"), ("offer_id", "basic")]
    app = open_page("segments", risk_band="high", churn_probability=["≥0.5", "<0.55"], country=["DE", "NL"], key="x")
    assert metrics_of(app)["People"] == "2"
    conditions = yaml.safe_load(next(code.value for code in app.code))["conditions"]["all"][0]["all"]
    assert [(each["attribute"], each["operator"], each["value"]) for each in conditions] == [
        ("risk_band", "=", "high"),
        ("churn_probability", "≥", "0.5"),
        ("churn_probability", "<", "0.55"),
        ("country", "in", ["DE", "NL"]),
    ]


def test_conditions_are_added_and_counted_at_once(crowd: Settings) -> None:
    app = open_page("segments", segment="at-risk")
    next(button for button in app.button if button.label == "Add a condition").click().run()
    operator = next(box for box in app.selectbox if box.label == "Operator" and "is not empty" in str(box.value))
    operator.set_value("≠").run()
    assert not app.exception
    assert metrics_of(app)["People"] == "1", "the first value that the operator offers is the most frequent country"


def test_a_wrong_value_is_said_where_the_count_would_be(crowd: Settings) -> None:
    app = open_page("segments", current_mrr="much")
    assert any("much\\' is no number" in warning.value for warning in app.warning)


def _address_book(settings: Settings) -> None:
    """Addresses beside the snapshot, as a build writes them."""
    file = contacts_file(settings)
    file.parent.mkdir(parents=True)
    people = pl.DataFrame({"customer_id": ["c1", "c2", "c3"], "marketing_consent": [True, False, True]})
    nothing = [pl.lit(None, pl.String).alias(name) for name in (*CONTACT_COLUMNS, "country", "locale")]
    people.with_columns(*nothing, published_id="customer_id", is_deleted=pl.lit(value=False)).write_parquet(file)
    pl.DataFrame(schema={"alias": pl.String, "customer_id": pl.String}).write_parquet(file.with_name("aliases.parquet"))


def test_an_export_is_looked_at_before_it_is_made(crowd: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page wrote a file without a word on whom it left out, or on how little so few people can show."""
    # A key of its own would hold the only person back in one run of ten.
    monkeypatch.setenv("CHURNIQ_SECRET_KEY", "the same key in every test")
    _address_book(crowd)
    app = open_page("segments", segment="at-risk")
    app.text_input(key="segment-campaign").set_value("spring").run()
    next(button for button in app.button if button.label == "Who would be reached").click().run()
    assert not app.exception
    account = next(frame.value for frame in app.dataframe if "Why" in frame.value.columns)
    assert account.to_numpy().tolist() == [
        ["written", 1, "to Plain CSV"],
        ["held out", 0, "by the draw of spring"],
        ["left out", 1, "no consent to marketing"],
    ]
    assert any("smallest effect this can show" in text.value for text in app.text)
    assert read_log(crowd) == [], "looking exports nothing"
    next(button for button in app.button if button.label == "Export").click().run()
    assert [button.label for button in app.get("download_button")] == ["Save the file"]
    assert [line.written for line in read_log(crowd)] == [1]


def test_the_headline_of_a_campaign_is_what_is_true(crowd: Settings) -> None:
    """A dashboard that leads with a number leads to a decision, evidence or not."""
    app = open_page("campaigns")
    assert "30 days after: Not enough evidence yet" in words_of(app)
    shown = metrics_of(app)
    assert [shown[f"Stayed, of those {arm}"] for arm in ("contacted", "held out")] == ["90.0%", "80.0%"]
    assert (shown["Difference"], shown["Saved MRR a month"]) == ("+10.0 points", "EUR 12.50")
    assert "492 more customers would show it" in words_of(app)
    retention, mrr = table_of(app, 1).to_dicts()
    assert (retention["difference"], retention["95% interval"]) == ("+10.0 points", "+5.0 points to +15.0 points")
    assert (mrr["metric"], mrr["contacted"], mrr["difference"]) == ("MRR", "EUR 0.90", "EUR +0.10")


def test_a_ranking_stands_beside_what_it_is_worth(crowd: Settings) -> None:
    """An order of people without its Qini is believed, whatever it is worth."""
    app = open_page("campaigns")
    assert any("Qini 0.04 (p = 0.01) at 30 days" in caption.value for caption in app.caption)
    ranked = next(frame.value for frame in app.dataframe if "uplift" in frame.value.columns)
    assert ranked["customer_id"].tolist() == ["c0", "c1", "c2"]


def test_a_customer_is_found_by_an_address_that_stays_out_of_the_pages_address(crowd: Settings) -> None:
    """Care has an e-mail before it; what was typed went into the address of the page, which people send on."""
    _address_book(crowd)
    book = contacts_file(crowd)
    known = pl.read_parquet(book).with_columns(email=pl.col("customer_id").replace({"c1": "Ann@Example.org "}))
    known.write_parquet(book)
    app = open_page("customer")
    app.text_input(key="customer_id").set_value("ann@example.org").run()
    assert not app.exception
    assert "belongs to customer `c1`" in words_of(app)
    assert "customer_id" not in app.query_params
    app.text_input(key="customer_id").set_value("bea@example.org").run()
    assert "No customer has exactly the id" in app.warning[0].value
