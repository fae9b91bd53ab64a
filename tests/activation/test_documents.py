"""Segments as documents: what is refused and how, versions, what ships.

Belongs here: YAML and the store. Does not belong here: conditions (``test_conditions``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.activation.documents import Document, read_document
from pipelines.activation.reading import read_snapshot
from pipelines.activation.store import find_segment, save_segment, segment_names, versions
from pipelines.errors import UserError, WrongUsageError
from pipelines.settings import Settings

GOOD = """
name: yearly
description: People on a yearly plan.
owner: marketing
conditions:
  all:
    - {attribute: country, operator: in, value: [NO, NL]}
    - any:
        - {attribute: current_mrr, operator: ">", value: 1e1}
        - {attribute: status, operator: is empty}
"""


def test_a_document_is_read_as_it_was_written() -> None:
    """Norway was left out of every campaign, since YAML reads NO as false."""
    document = read_document(GOOD, "yearly.yml")
    assert document.conditions["all"][0]["value"] == ["NO", "NL"]
    assert read_document(document.text(), "again") == document


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no segment: it needs the fields name, description, owner, conditions"),
        ("- a\n- b", "is no segment"),
        ("name: [", "is no YAML in line 1"),
        (GOOD + "name: other\n", "is no YAML in line 2 (name is given twice)"),
        (GOOD + "ower: me\n", "a field 'ower', which a segment does not take: did you mean owner"),
        (GOOD.replace("owner: marketing\n", ""), "has no owner"),
        (GOOD.replace("name: yearly", "name: Yearly Plans"), "'Yearly Plans' is no name of a segment"),
        (GOOD.replace("name: yearly", "name: ../etc"), "'../etc' is no name of a segment"),
        ("a: &a [x]\nname: *a\n", "references (*) are not taken"),
        ("x" * 300_000, "is longer than a segment can be"),
        ("\x00", "is no YAML"),
    ],
)
def test_what_is_no_segment_gets_a_sentence(text: str, says: str) -> None:
    with pytest.raises(UserError) as raised:
        read_document(text, "file.yml")
    assert says in str(raised.value)
    assert "file.yml" in str(raised.value) or "name of a segment" in says


def test_every_save_is_a_version_and_the_same_again_is_none(settings: Settings) -> None:
    document = read_document(GOOD, "yearly.yml")
    assert [save_segment(settings, document)[1] for _ in range(2)] == [True, False]
    changed = Document(document.name, "Others.", document.owner, document.conditions)
    assert save_segment(settings, changed)[0].number == 2
    assert [version.document.description for version in versions(settings, "yearly")] == [
        "People on a yearly plan.",
        "Others.",
    ]
    assert find_segment(settings, "yearly", 1).document == document
    with pytest.raises(WrongUsageError, match="has no version 3: it has 1 to 2"):
        find_segment(settings, "yearly", 3)


def test_two_who_save_at_once_get_two_versions(settings: Settings) -> None:
    """One of two colleagues lost an afternoon's segment."""
    documents = [Document("team", f"Number {number}.", "us", {"any": []}) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda document: save_segment(settings, document), documents))
    kept = versions(settings, "team")
    assert sorted(version.document.description for version in kept) == [each.description for each in documents]
    assert [version.number for version in kept] == list(range(1, 9))


def test_what_ships_is_version_1_and_can_be_saved_over(settings: Settings) -> None:
    shipped = find_segment(settings, "at-risk")
    assert (shipped.number, shipped.saved_at) == (1, "")
    own = Document("at-risk", "Ours.", "us", shipped.document.conditions)
    assert save_segment(settings, own)[0].number == 2
    assert find_segment(settings, "at-risk").document == own
    assert find_segment(settings, "at-risk", 1) == shipped
    with pytest.raises(WrongUsageError, match="there is no segment 'at_risk': did you mean at-risk"):
        find_segment(settings, "at_risk")


def test_what_nobody_has_is_remarked_on(people: Settings) -> None:
    """Any country may come, so one that nobody has is no mistake for certain, and an empty segment looked like none."""
    conditions = {"any": [{"attribute": "country", "operator": "in", "value": ["NL", "nl", "Mars"]}]}
    with read_snapshot(people) as reader:
        said = reader.remarks(Document("here", "Here.", "us", conditions))
    assert said == [
        "nobody's country is 'Mars' as of this snapshot",
        "nobody's country is 'nl' as of this snapshot: did you mean NL",
    ]


def test_every_segment_that_ships_is_one(people: Settings) -> None:
    """A shipped segment named an attribute that had been renamed."""
    with read_snapshot(people) as reader:
        sizes = {name: reader.size(find_segment(people, name).document) for name in segment_names(people)}
    assert sizes["at-risk"].customers == 5
    assert sizes["at-risk"].with_consent == 4
