"""The draw of a holdout: even, balanced, the same again.

Belongs here: who is held back. Does not belong here: recording it (``test_campaigns``).
"""

from __future__ import annotations

import random
from collections import Counter

from scipy import stats

from pipelines.activation.drawing import Candidate, draw, is_globally_held, strata

KEY = "a key of the environment"
PEOPLE = [
    Candidate(f"c{number:05d}", (number * 37 % 1000) / 1000, ("stripe", "apple")[number % 2]) for number in range(4000)
]


def held(people: list[Candidate], share: float = 0.1, campaign: str = "spring", key: str = KEY) -> set[str]:
    return draw(strata(people, key, campaign), share, key, campaign)


def test_the_order_of_a_file_changes_nobody() -> None:
    """A second export of the same people in another order held back others, who had the message already."""
    shuffled = PEOPLE.copy()
    random.Random(1).shuffle(shuffled)
    assert held(shuffled) == held(PEOPLE)


def test_each_stratum_is_balanced_to_within_one_person() -> None:
    stratum_of, kept = strata(PEOPLE, KEY, "spring"), held(PEOPLE)
    sizes = Counter(stratum_of.values())
    assert len(sizes) == 20
    for stratum, size in sizes.items():
        back = sum(1 for one in kept if stratum_of[one] == stratum)
        assert abs(back - size * 0.1) < 1
    assert abs(len(kept) - 400) <= 1


def test_everybody_has_the_same_chance() -> None:
    """Over many campaigns each person is held back as often as the share says, those at the ends of the list too."""
    people, campaigns = PEOPLE[:60], 400
    counts = Counter(one for number in range(campaigns) for one in held(people, 0.25, f"campaign-{number}"))
    expected = campaigns * 0.25
    statistic = sum((counts[one.customer_id] - expected) ** 2 for one in people) / (campaigns * 0.25 * 0.75)
    assert stats.chi2.sf(statistic, len(people)) > 0.001
    assert abs(sum(counts.values()) / campaigns - 15) < 0.2


def test_two_campaigns_and_two_keys_hold_back_others() -> None:
    one, other, foreign = held(PEOPLE), held(PEOPLE, campaign="summer"), held(PEOPLE, key="another key here")
    for two in (other, foreign):
        assert len(one & two) < 0.2 * len(one)


def test_small_strata_are_held_back_too() -> None:
    """With a draw in each stratum alone, nobody of five would ever be held back at a tenth."""
    people = [Candidate(f"c{number}", number / 100, f"provider-{number % 20}") for number in range(100)]
    assert len(held(people)) == 10


def test_who_has_no_score_takes_part() -> None:
    people = [Candidate(f"c{number}", None, None) for number in range(50)]
    assert len(held(people, 0.2)) == 10


def test_the_global_holdout_is_lasting_and_of_its_size() -> None:
    kept = {one.customer_id for one in PEOPLE if is_globally_held(one.customer_id, 0.05, KEY)}
    assert 150 < len(kept) < 250
    wider = {one.customer_id for one in PEOPLE if is_globally_held(one.customer_id, 0.1, KEY)}
    assert kept < wider
    assert not any(is_globally_held(one.customer_id, 0, KEY) for one in PEOPLE)
