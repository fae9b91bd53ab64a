"""Exports: whom they leave out and say so, when they stop, and what a kill leaves.

Belongs here: ``churniq export`` on a small snapshot. Does not belong here: files by themselves (``test_layouts``).
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.activation import exporting, journal
from pipelines.activation.contacts import contacts_file
from pipelines.activation.journal import read_log
from pipelines.activation.reading import read_snapshot
from pipelines.activation.recording import read_record
from pipelines.activation.store import find_segment
from pipelines.cli import run
from pipelines.lake.ingest import ingest
from pipelines.privacy.registry import Registry
from pipelines.settings import Settings
from tests.activation.conftest import Command
from tests.activation.publishing import AS_OF, person, publish_people
from tests.conftest import write_rows


def ids(file: Path, column: str = "customer_id") -> list[str]:
    return [row[column] for row in csv.DictReader(file.open())]


def test_only_those_who_may_be_written_to(people: Settings, churniq: Command, tmp_path: Path) -> None:
    """14 of the 24 rows of a list for marketing had no consent."""
    out = tmp_path / "out.csv"
    status, said, _ = churniq("export", "at-risk", "--out", out)
    assert status == 0
    assert ids(out) == ["anna", "bert", "no-address"]
    assert "left out         1  deleted customers" in said
    assert "left out         1  no consent to marketing" in said
    assert "@" not in out.read_text(), "the plain layout has no addresses"
    assert read_log(people)[-1].left_out == {"deleted": 1, "no_consent": 1}


def test_a_service_message_needs_no_consent(people: Settings, churniq: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    churniq("export", "at-risk", "--out", out, "--purpose", "service")
    assert ids(out) == ["anna", "bert", "no-consent", "no-address"]


def test_a_destination_gets_those_with_an_address(people: Settings, churniq: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    status, said, err = churniq("export", "at-risk", "--to", "google", "--out", out)
    assert (status, len(ids(out, "Email"))) == (0, 2)
    assert "1  no address that the destination takes" in said
    assert "advises at least 1,000 people; this file has 2" in err


@pytest.mark.parametrize("purpose", ["marketing", "service"])
def test_nobody_who_was_erased_is_exported(people: Settings, churniq: Command, tmp_path: Path, purpose: str) -> None:
    """Somebody who was erased and still paid stood in the list of people at risk, under what stands in their place."""
    gone = person("erased-0123456789ab", email="erased-0123456789abcdef0123@erased.invalid", churn_probability=0.99)
    publish_people(people, [gone, person("anna"), person("bert"), person("my-erased-tapes")])
    with read_snapshot(people) as reader:
        assert reader.size(find_segment(people, "at-risk").document).customers == 3
    # The erasure of Bert was killed before it had cut the snapshot.
    registry = Registry(people)
    registry.add_person({"customer": ["bert"]})
    registry.save()
    for layout, column in (("csv", "customer_id"), ("braze", "external_id")):
        out = tmp_path / f"{layout}.csv"
        status, said, _ = churniq(
            "export", "at-risk", "--to", layout, "--purpose", purpose, "--campaign", "c", "--out", out
        )
        assert status == 0
        assert "1  erased people" in said
        assert not [line for line in out.read_text().splitlines() if "bert" in line or "erased-0" in line]
        assert {"anna", "my-erased-tapes"} >= set(ids(out, column)) > set()
    rows = read_record(people).rows
    assert not rows["customer_id"].str.contains("bert|erased-0123456789ab").any(), "the record names nobody erased"


def test_a_holdout_is_found_by_each_identifier(people: Settings, churniq: Command, tmp_path: Path) -> None:
    """The application asked by its own identifier, was told "held out of nothing", and wrote to who was held back."""
    churniq("export", "at-risk", "--campaign", "c", "--holdout", "0.01", "--out", tmp_path / "b.csv")
    aliases = pl.DataFrame({"alias": ["app:7"], "customer_id": ["anna"]})
    aliases.write_parquet(contacts_file(people).with_name("aliases.parquet"))
    by_alias, by_id = (churniq("holdout", "check", name) for name in ("app:7", "anna"))
    assert by_alias == by_id
    assert "sent" in by_id[1]
    status, said, err = churniq("holdout", "check", "ana")
    assert (status, said) == (0, "ana is held out of nothing\n")
    assert "the last build knew no customer ana: check the identifier" in err
    assert churniq("holdout", "check", "calm")[2] == "", "known, and never assigned"


def test_an_erasure_says_who_was_told_of_the_person(people: Settings, churniq: Command, tmp_path: Path) -> None:
    """A person was erased here, and stayed in the audience that had been sent to a destination the week before."""
    churniq("export", "at-risk", "--to", "braze", "--campaign", "c", "--holdout", "0.01", "--out", tmp_path / "b.csv")
    assert read_record(people).arms("c")["anna"] == "sent"
    status, said, _ = churniq("erase", "anna", "--no-build")
    assert status == 0
    assert "anna was written to a file for braze in the campaign c: have them erased there, too." in said
    assert "anna" not in read_record(people).arms("c")


def test_a_withdrawal_since_the_build_counts_at_once(people: Settings, churniq: Command, tmp_path: Path) -> None:
    """Consent was taken back in the morning, the build of the night said yes, and the mail went out at noon."""
    events = [
        {"event_id": "e1", "event_type": "consent_changed", "customer_id": "anna", "marketing_consent": "false"},
        {"event_id": "e2", "event_type": "deleted", "customer_id": "bert"},
        {"event_id": "e3", "event_type": "consent_changed", "customer_id": "no-consent", "marketing_consent": "true"},
    ]
    rows = [{**event, "occurred_at": "2026-07-01T10:00:00Z"} for event in events]
    write_rows(tmp_path / "feeds" / "customer_events" / "today.csv", rows)
    ingest(people, tmp_path / "feeds")
    out = tmp_path / "out.csv"
    churniq("export", "at-risk", "--out", out)
    assert ids(out) == ["no-address"], "a grant waits for the build that knows all of a person's history"


def test_the_suppression_list_is_respected_by_id_and_by_address(
    people: Settings, churniq: Command, tmp_path: Path
) -> None:
    churniq("suppression", "add", "bert", "ANNA.berg@gmail.com")
    listed = churniq("suppression", "list")[1]
    assert "bert" in listed
    assert "gmail" not in listed, "the list itself holds no addresses"
    out = tmp_path / "out.csv"
    _, said, _ = churniq("export", "at-risk", "--out", out)
    assert ids(out) == ["no-address"]
    assert "2  on the suppression list" in said
    churniq("suppression", "remove", "bert")
    churniq("export", "at-risk", "--out", out)
    assert ids(out) == ["bert", "no-address"]


def test_an_empty_file_is_not_written_unless_it_is_wanted(people: Settings, churniq: Command, tmp_path: Path) -> None:
    """An empty extract emptied an audience."""
    out = tmp_path / "out.csv"
    out.write_text("what was there before")
    status, _, err = churniq("export", "failed-cards", "--out", out)
    assert status == 1
    assert "Nobody of the 0 people in failed-cards would be written" in err
    assert out.read_text() == "what was there before"
    assert churniq("export", "failed-cards", "--out", out, "--force")[0] == 0
    assert ids(out) == []


def test_a_segment_that_shrank_stops(people: Settings, churniq: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    churniq("export", "at-risk", "--out", out)
    before = out.read_bytes()
    publish_people(people, [person("anna")], as_of=AS_OF + timedelta(days=1), name="later")
    status, _, err = churniq("export", "at-risk", "--out", out)
    assert status == 1
    assert "at-risk holds 1 people, against 5" in err
    assert out.read_bytes() == before
    assert churniq("export", "at-risk", "--out", out, "--force")[0] == 0


def test_addresses_are_for_their_owner_alone_and_in_no_snapshot(people: Settings) -> None:
    file = contacts_file(people)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    for snapshot in people.published.rglob("*.duckdb"):
        assert b"Anna.Berg" not in snapshot.read_bytes()


def test_a_customer_whose_id_is_an_address_is_found_again(settings: Settings, churniq: Command, tmp_path: Path) -> None:
    """The snapshot masks such an id; the destination knows the person by the id itself."""
    publish_people(settings, [person("eva@example.org", email="eva@example.org")])
    out = tmp_path / "out.csv"
    churniq("export", "at-risk", "--to", "braze", "--out", out)
    assert ids(out, "external_id") == ["eva@example.org"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("everyone", "--out", "x.csv"), "there is no segment 'everyone'"),
        (("at_risk", "--out", "x.csv"), "there is no segment 'at_risk': did you mean at-risk"),
        (("at-risk", "--out", "x.xls"), "x.xls ends in none of .csv, .parquet, .jsonl"),
        (("at-risk", "--out", "x.csv", "--to", "googel"), "there is no layout 'googel': did you mean google"),
        (("at-risk", "--out", "x.parquet", "--to", "google"), "x.parquet does not end in .csv"),
        (("at-risk", "--out", "x.csv", "--holdout", "0.1"), "--holdout holds people back from a campaign"),
        (("at-risk", "--out", "x.csv", "--campaign", "c", "--holdout", "0"), "0.0 is not in the range 0<x<1"),
        (("at-risk", "--out", "x.csv", "--campaign", "c", "--holdout", "1"), "1.0 is not in the range 0<x<1"),
    ],
)
def test_wrong_usage_is_said(people: Settings, churniq: Command, arguments: tuple[str, ...], says: str) -> None:
    status, _, err = churniq("export", *arguments)
    assert status == 2
    assert says in err
    assert err.count("\n") == 1


def test_a_folder_that_cannot_be_written_records_nothing(people: Settings, churniq: Command, tmp_path: Path) -> None:
    status, _, err = churniq("export", "at-risk", "--out", tmp_path / "no" / "x.csv", "--campaign", "spring")
    assert status == 1
    assert "There is no folder" in err
    assert read_record(people).rows.is_empty()
    assert read_log(people) == []


CAMPAIGN = ("--campaign", "spring", "--holdout", "0.3")


@pytest.fixture
def crowd(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHURNIQ_SECRET_KEY", "the same key in every test")
    return publish_people(settings, [person(f"c{number:03d}", churn_probability=number / 100) for number in range(60)])


def test_a_campaign_is_recorded_and_again_is_the_same_file(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    """A second export of a campaign mailed those who were to be held back."""
    out, again = tmp_path / "out.csv", tmp_path / "again.csv"
    _, said, _ = churniq("export", "at-risk", "--out", out, *CAMPAIGN)
    assert "held out        18  by the draw of spring" in said
    assert "The smallest effect on retention that 42 sent and 18 held out can show:" in said
    record = read_record(crowd)
    arms = record.arms("spring")
    assert sorted(customer for customer, arm in arms.items() if arm == "sent") == sorted(ids(out))
    assert len(arms) == 60
    churniq("export", "at-risk", "--out", again, *CAMPAIGN)
    assert again.read_bytes() == out.read_bytes()
    assert read_record(crowd).rows.height == record.rows.height
    line = read_log(crowd)[0]
    assert (line.campaign, line.written, line.held_out, line.version) == ("spring", 42, 18, 1)


def test_a_second_layout_holds_back_the_same_people(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    churniq("export", "at-risk", "--out", tmp_path / "a.csv", *CAMPAIGN)
    churniq("export", "at-risk", "--out", tmp_path / "b.csv", "--to", "braze", *CAMPAIGN)
    assert ids(tmp_path / "b.csv", "external_id") == ids(tmp_path / "a.csv")
    assert len(read_record(crowd).arms("spring")) == 60


def test_newcomers_are_drawn_and_nobody_changes_sides(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    churniq("export", "at-risk", "--out", tmp_path / "a.csv", *CAMPAIGN)
    before = read_record(crowd).arms("spring")
    more = [person(f"c{number:03d}", churn_probability=number / 200) for number in range(20, 100)]
    publish_people(crowd, more, as_of=AS_OF + timedelta(days=3), name="later")
    churniq("export", "at-risk", "--out", tmp_path / "b.csv", *CAMPAIGN)
    after = read_record(crowd).arms("spring")
    assert {customer: after[customer] for customer in before} == before
    assert len(after) == 100
    assert all(after[customer] == "sent" for customer in ids(tmp_path / "b.csv"))


def test_a_campaign_keeps_its_settings(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    """Two campaigns of one name would be one comparison of two things."""
    out = tmp_path / "a.csv"
    churniq("export", "at-risk", "--out", out, *CAMPAIGN)
    before = out.read_bytes()
    for changed, says in [
        (("at-risk", "--holdout", "0.2"), "with a holdout of 0.3, not 0.2"),
        (("at-risk", "--purpose", "service"), "with the purpose marketing, not service"),
        (("save-first",), "with the segment at-risk, not save-first"),
    ]:
        status, _, err = churniq("export", *changed, "--out", out, "--campaign", "spring")
        assert (status, says in err) == (1, True), err
    assert out.read_bytes() == before
    assert churniq("export", "at-risk", "--out", out, "--campaign", "spring")[0] == 0, "the holdout is remembered"


def test_a_cool_down_leaves_out_whom_another_campaign_reached(
    crowd: Settings, churniq: Command, tmp_path: Path
) -> None:
    churniq("export", "at-risk", "--out", tmp_path / "a.csv", *CAMPAIGN)
    sent = set(ids(tmp_path / "a.csv"))
    churniq("export", "at-risk", "--out", tmp_path / "b.csv", "--campaign", "summer")
    reached = set(read_record(crowd).arms("summer"))
    assert not reached & sent
    assert len(reached) == 18
    rows = read_record(crowd).rows.filter(event_type="left_out", campaign="summer")
    assert set(rows["left_out_reason"]) == {"contacted_lately"}
    everybody = [person(f"c{number:03d}") for number in range(60)]
    publish_people(crowd, everybody, as_of=AS_OF + timedelta(days=7), name="week")
    churniq("export", "at-risk", "--out", tmp_path / "c.csv", "--campaign", "autumn", "--holdout", "0.5")
    assert len(read_record(crowd).arms("autumn")) == 60


def test_the_global_holdout_is_sent_nothing(
    crowd: Settings, churniq: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHURNIQ_GLOBAL_HOLDOUT", "0.3")
    _, said, _ = churniq("export", "at-risk", "--out", tmp_path / "a.csv")
    sent = set(ids(tmp_path / "a.csv"))
    assert "held back from every campaign" in said
    held = {f"c{number:03d}" for number in range(60)} - sent
    assert 5 < len(held) < 35
    answer = json.loads(churniq("holdout", "check", min(held), "--format", "json")[1])
    assert answer == [{"campaign": "(every campaign)", "arm": "held_out", "assigned_as_of": None, "is_held_out": True}]


def test_another_system_can_ask_who_is_held_out(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    churniq("export", "at-risk", "--out", tmp_path / "a.csv", *CAMPAIGN)
    held = next(customer for customer, arm in read_record(crowd).arms("spring").items() if arm == "held_out")
    (answer,) = json.loads(churniq("holdout", "check", held, "--format", "json")[1])
    assert (answer["campaign"], answer["is_held_out"]) == ("spring", True)
    assert churniq("holdout", "check", "nobody")[1] == "nobody is held out of nothing\n"


class Killed(BaseException):
    """The process ends here, without any of our code running again."""


STEPS: list[tuple[Any, str]] = [
    (exporting, "intend"),
    (exporting, "add_rows"),
    (exporting, "complete"),
    (journal, "publish_parts"),
    (journal, "read_log"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
def test_a_kill_at_any_step_is_mended_by_the_next_export(  # noqa: PLR0917 - fixtures and parameters
    crowd: Settings,
    churniq: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    step: str,
    when: str,
) -> None:
    """A kill between the record and the file left people recorded as sent whom nobody wrote to, or the reverse."""
    undisturbed = tmp_path / "undisturbed.csv"
    out = tmp_path / "out.csv"
    done = getattr(module, step)

    def dies(*arguments: Any, **options: Any) -> Any:
        if when == "after":
            done(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, step, dies)
        patched.setattr(sys, "argv", ["churniq", "--quiet", "export", "at-risk", "--out", str(out), *CAMPAIGN])
        with pytest.raises(Killed):
            run()
    is_sent, is_recorded = out.exists(), not read_record(crowd).rows.is_empty()
    assert not is_sent or is_recorded, "nothing is sent that was not recorded"
    # Whoever exports next, anything, mends it.
    churniq("export", "at-risk", "--out", undisturbed, *CAMPAIGN)
    assert len(read_record(crowd).arms("spring")) == 60
    assert not list((crowd.activation / "unfinished").iterdir())
    assert not list(tmp_path.glob(".*.tmp"))
    if is_recorded:
        assert out.read_bytes() == undisturbed.read_bytes(), "nothing stays recorded that was not sent"
        assert len(read_log(crowd)) == 2
    else:
        assert not out.exists()


def test_who_was_recorded_can_be_listed(crowd: Settings, churniq: Command, tmp_path: Path) -> None:
    churniq("export", "at-risk", "--out", tmp_path / "a.csv", *CAMPAIGN)
    (campaign,) = json.loads(churniq("campaign", "list", "--format", "json")[1])
    assert (campaign["campaign"], campaign["sent"], campaign["held_out"], campaign["holdout"]) == (
        "spring",
        42,
        18,
        0.3,
    )
    status, _, err = churniq("campaign", "results", "sprng")
    assert status == 2
    assert "there is no campaign 'sprng': did you mean spring" in err
    status, _, err = churniq("campaign", "results", "spring")
    assert status == 1
    assert "campaigns existed" in err
