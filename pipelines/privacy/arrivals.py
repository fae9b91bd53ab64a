"""Deliveries that name somebody who was erased, cut before any byte of them is kept.

Belongs here: what an ingest asks for that. Does not belong here: what becomes of a value (``cutting``).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from pipelines.lake.files import Delivery
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.delivered import cut_delivery
from pipelines.privacy.registry import Registry
from pipelines.settings import Settings


def without_erased_people(settings: Settings, deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    """The deliveries in their order, those that name an erased person without that person."""
    registry = Registry(settings)
    if not registry:
        yield from deliveries
        return
    cutter = Cutter(registry)
    scratch = settings.work / "arrivals"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        for delivery in deliveries:
            known = len(registry.entries)
            cut = cut_delivery(cutter, settings, delivery, scratch)
            if len(registry.entries) > known:
                # What it says of the person for the first time has to be known again when it says it again.
                registry.save()
            yield cut
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
