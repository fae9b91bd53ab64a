"""Senders: one module each, that says in SQL how delivered rows become canonical ones; and those of extensions.

Belongs here: what a sender's fields mean, and what it cannot know. Does not belong here: files, rules, Dagster.
"""

from __future__ import annotations

from pipelines.errors import WrongUsageError
from pipelines.extensions import with_added_senders
from pipelines.settings import Settings
from pipelines.sources import (
    adyen,
    amazon,
    apple,
    canonical,
    chargebee,
    cleeng,
    google,
    kkbox,
    lemonsqueezy,
    paddle,
    patreon,
    paypal,
    periods,
    recurly,
    revenuecat,
    roku,
    stripe,
    woocommerce,
)
from pipelines.sources.base import Source
from pipelines.sources.mapping_file import registered_mapping, registered_mappings

_OWN: dict[str, Source] = {
    source.name: source
    for source in (
        canonical.SOURCE,
        kkbox.SOURCE,
        periods.SOURCE,
        roku.SOURCE,
        paypal.SOURCE,
        apple.SOURCE,
        google.SOURCE,
        amazon.SOURCE,
        stripe.SOURCE,
        adyen.SOURCE,
        cleeng.SOURCE,
        revenuecat.SOURCE,
        chargebee.SOURCE,
        paddle.SOURCE,
        recurly.SOURCE,
        lemonsqueezy.SOURCE,
        woocommerce.SOURCE,
        patreon.SOURCE,
    )
}
SOURCES = with_added_senders(_OWN, Source)


def find_source(name: str, settings: Settings, version: str = "") -> Source:
    """The sender, or the registered column mapping, called ``name``, in its newest version or the one given.

    Raises ``UserError`` that lists the known ones, or says what is wrong with the mapping.
    """
    if name in SOURCES:
        return SOURCES[name]
    mapping = registered_mapping(settings, name, version)
    if mapping is None:
        known = [*SOURCES, *registered_mappings(settings)]
        raise WrongUsageError(f"There is no source {name!r}: choose one of {', '.join(known)}.")
    return mapping
