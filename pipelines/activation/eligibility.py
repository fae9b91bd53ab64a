"""Who of a segment may be written to, and why the others may not: the first reason that is true.

Belongs here: the reasons and their order. Does not belong here: addresses of a destination (``layouts``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.activation.drawing import is_globally_held
from pipelines.activation.suppression import entry_of
from pipelines.privacy.registry import Registry

MARKETING, SERVICE = "marketing", "service"
REASONS = {
    "erased": "erased people",
    "deleted": "deleted customers",
    "suppressed": "on the suppression list",
    "no_consent": "no consent to marketing",
    "no_address": "no address that the destination takes",
    "address_not_taken": "an address that the destination refuses",
    "global_holdout": "held back from every campaign",
    "contacted_lately": "contacted within the cool-down",
}


@dataclass(frozen=True)
class Rules:
    """What leaves people out of one export; ``last_sent`` is of other campaigns, as of their snapshots."""

    purpose: str
    erased: Registry
    suppressed: Collection[str]
    last_sent: Mapping[str, datetime]
    now: datetime
    cool_down: timedelta
    global_holdout: float
    key: str

    def reason(self, person: Mapping[str, Any]) -> str | None:
        """Why somebody is left out; none when they may be written to. Addresses come after this."""
        customer = person["customer_id"]
        # A segment has nobody who was erased, except while an erasure that was killed has not cut its snapshot yet.
        if self.erased and (self.erased.is_pseudonym(customer) or self.erased.find(customer, ("customer",))):
            return "erased"
        if person["is_deleted"] or person["status"] == "deleted":
            return "deleted"
        # A hash for each of a million people is only made where there is a list to look it up in.
        if self.suppressed and (
            customer in self.suppressed or (person["email"] and entry_of(person["email"]) in self.suppressed)
        ):
            return "suppressed"
        if self.purpose == MARKETING and not person["marketing_consent"]:
            return "no_consent"
        if self.purpose == MARKETING and is_globally_held(customer, self.global_holdout, self.key):
            return "global_holdout"
        sent = self.last_sent.get(customer)
        if sent is not None and self.now - sent < self.cool_down:
            return "contacted_lately"
        return None
