"""What a score is worth to a campaign that offers an incentive to those it finds: expected maximum profit (EMPC).

Belongs here: profit of acting above a threshold, its maximum over thresholds, expected over how many accept.
Does not belong here: statistical metrics (``models.evaluation``), what a campaign kept in fact (the warehouse).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.estimators import Booleans, Floats


@dataclass(frozen=True)
class CampaignTerms:
    """Costs and acceptance, in money of one currency (defaults of Verbraken, Verbeke and Baesens 2013).

    ``value``: of a customer who is kept. ``incentive``: given to every target who accepts or would have stayed.
    ``contact``: of reaching one target. The share of leavers who accept is beta(``alpha``, ``beta``).
    """

    value: float = 200.0
    incentive: float = 10.0
    contact: float = 1.0
    alpha: float = 6.0
    beta: float = 14.0

    def __post_init__(self) -> None:
        if not (self.value > self.incentive >= 0 and self.contact >= 0 and self.alpha > 0 and self.beta > 0):
            raise ValueError(
                "A campaign pays only when a customer is worth more than the incentive, and no cost is negative: "
                f"mend value {self.value}, incentive {self.incentive}, contact {self.contact}, "
                f"alpha {self.alpha}, beta {self.beta}."
            )


@dataclass(frozen=True)
class ExpectedProfit:
    """The profit a customer of the base at the best threshold, and the share of customers to contact there."""

    profit: float
    fraction: float


def expected_maximum_profit(
    probabilities: Floats, churned: Booleans, terms: CampaignTerms | None = None
) -> ExpectedProfit:
    """EMPC: each acceptance rate has its best threshold on the convex hull of the ROC curve; both are averaged.

    Raises ``ValueError`` when there are not both outcomes.
    """
    from scipy.special import betainc

    terms = terms or CampaignTerms()
    if not churned.size or churned.all() or not churned.any():
        raise ValueError("Profit needs customers who left and customers who stayed: judge it on more customers.")
    left, stayed = _hull(probabilities, churned)
    share = float(churned.mean())
    incentive, contact = terms.incentive / terms.value, terms.contact / terms.value
    # Where along the hull the next stretch of customers begins to pay.
    steps = share * np.diff(left)
    with np.errstate(divide="ignore"):
        begins = (incentive + contact) * (1 - share) * np.diff(stayed) / np.where(steps > 0, steps, np.nan) + contact
        begins = np.nan_to_num(begins / (1 - incentive), nan=np.inf)
    edges = np.clip(np.concatenate([[0.0], begins, [np.inf]]), 0.0, 1.0)
    mass = np.diff(betainc(terms.alpha, terms.beta, edges))
    mean = terms.alpha / (terms.alpha + terms.beta)
    first_moment = mean * np.diff(betainc(terms.alpha + 1, terms.beta, edges))
    gained = share * left * ((1 - incentive) * first_moment - contact * mass)
    wasted = (1 - share) * stayed * (incentive + contact) * mass
    contacted = (share * left + (1 - share) * stayed) * mass
    return ExpectedProfit(float(terms.value * (gained - wasted).sum()), float(contacted.sum()))


def best_threshold(terms: CampaignTerms) -> float:
    """The probability of leaving above which contacting a customer pays on average; never .5 by habit."""
    accepts = terms.alpha / (terms.alpha + terms.beta)
    kept = accepts * (terms.value - terms.incentive)
    return (terms.incentive + terms.contact) / (kept + terms.incentive)


def savings(probabilities: Floats, churned: Booleans, terms: CampaignTerms | None = None) -> float:
    """The share of what leaving costs that is saved by contacting those at or above ``best_threshold``, on average.

    Costs are as in EMPC at the mean acceptance. The rest is the cost of the cheaper of contacting nobody and contacting
    everybody (Correa Bahnsen, Aouada and Ottersten 2015); below 0 a list is worse than that. Raises ``ValueError`` when
    nobody left.
    """
    terms = terms or CampaignTerms()
    if not churned.any():
        raise ValueError("Savings need customers who left: judge it on more customers.")
    accepts = terms.alpha / (terms.alpha + terms.beta)
    of_a_leaver = terms.contact + accepts * terms.incentive + (1 - accepts) * terms.value
    of_a_stayer = terms.contact + terms.incentive
    contacted = probabilities >= best_threshold(terms)
    cost = np.where(churned, np.where(contacted, of_a_leaver, terms.value), np.where(contacted, of_a_stayer, 0.0))
    nobody = terms.value * churned.sum()
    everybody = of_a_leaver * churned.sum() + of_a_stayer * (~churned).sum()
    return 1.0 - float(cost.sum() / min(nobody, everybody))


def _hull(probabilities: Floats, churned: Booleans) -> tuple[Floats, Floats]:
    """Corners of the upper convex hull of the ROC curve: shares of leavers and stayers contacted, from nobody on."""
    _, where, counts = np.unique(-probabilities, return_inverse=True, return_counts=True)
    hits = np.bincount(where, weights=churned)
    left = np.concatenate([[0.0], np.cumsum(hits) / hits.sum()])
    stayed = np.concatenate([[0.0], np.cumsum(counts - hits) / (counts - hits).sum()])
    kept: list[int] = []
    for corner in range(len(left)):
        while len(kept) > 1 and _is_below(left, stayed, kept[-2], kept[-1], corner):
            kept.pop()
        kept.append(corner)
    return left[kept], stayed[kept]


def _is_below(left: Floats, stayed: Floats, first: int, middle: int, last: int) -> bool:
    """Whether the middle corner lies on or below the line between the others."""
    rise = (left[middle] - left[first]) * (stayed[last] - stayed[first])
    return bool(rise <= (left[last] - left[first]) * (stayed[middle] - stayed[first]))
