"""Who is held back: a draw that is random to everybody and the same whenever it is made again.

The order of the draw comes from keyed hashes of the campaign and the person, so neither the order of a file nor who
runs it matters. Within that order people are taken at even steps, stratum after stratum: each person has exactly the
same chance, and each stratum is balanced to within one person.

Belongs here: the draw. Does not belong here: recording it (``recording``), who takes part (``exporting``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from pipelines.privacy.keys import keyed_hash

TENTHS = 10
_SPAN = 1 << 64


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be sent the campaign, with what the strata are made of."""

    customer_id: str
    churn_probability: float | None
    provider: str | None


def strata(candidates: list[Candidate], key: str, campaign: str) -> dict[str, str]:
    """The stratum of each person: the tenth of the score among those drawn together, and the provider."""
    scored = sorted(
        (one for one in candidates if one.churn_probability is not None),
        key=lambda one: (one.churn_probability, _position(key, f"{campaign}|tenth|{one.customer_id}")),
    )
    tenths = {one.customer_id: rank * TENTHS // len(scored) + 1 for rank, one in enumerate(scored)}
    return {one.customer_id: f"{tenths.get(one.customer_id, 0):02d}|{one.provider or '(none)'}" for one in candidates}


def draw(stratum_of: Mapping[str, str], share: float, key: str, campaign: str) -> set[str]:
    """The people who are held back."""
    exact = Fraction(str(share))
    start = Fraction(_position(key, f"{campaign}|start|{len(stratum_of)}"), _SPAN)
    order = sorted(stratum_of, key=lambda one: (stratum_of[one], _position(key, f"{campaign}|{one}"), one))
    return {
        one for number, one in enumerate(order) if floor(exact * (number + 1) + start) > floor(exact * number + start)
    }


def is_globally_held(customer_id: str, share: float, key: str) -> bool:
    """Whether a person belongs to those whom no campaign ever reaches."""
    return share > 0 and _position(key, f"global holdout|{customer_id}") < share * _SPAN


def _position(key: str, text: str) -> int:
    """A number below 2^64 that nobody can foresee without the key."""
    return int(keyed_hash(key, text)[:16], 16)
