"""Who is never written to, whatever a segment says: customers by id, addresses by their hash.

Belongs here: the list and changing it. Does not belong here: the other reasons to leave somebody out (``eligibility``).
"""

from __future__ import annotations

from filelock import FileLock

from pipelines.activation.normalising import plain_email, sha256_hex
from pipelines.kept import write_kept
from pipelines.settings import Settings


def suppressed(settings: Settings) -> frozenset[str]:
    """The entries: customer ids and hashes of addresses."""
    file = settings.activation / "suppressed.txt"
    return frozenset(file.read_text().splitlines()) if file.exists() else frozenset()


def suppress(settings: Settings, who: str) -> bool:
    """Add a customer or an address; whether it was new."""
    return _change(settings, who, is_added=True)


def unsuppress(settings: Settings, who: str) -> bool:
    """Take a customer or an address off the list; whether it was there."""
    return _change(settings, who, is_added=False)


def entry_of(who: str) -> str:
    """How somebody stands in the list: an address by its hash, so that the list holds none."""
    address = plain_email(who)
    return f"sha256:{sha256_hex(address)}" if address else who.strip()


def _change(settings: Settings, who: str, *, is_added: bool) -> bool:
    settings.prepare()
    settings.activation.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.locks / "suppression.lock"):
        known = suppressed(settings)
        entry = entry_of(who)
        if (entry in known) == is_added:
            return False
        changed = known | {entry} if is_added else known - {entry}
        content = "".join(f"{line}\n" for line in sorted(changed))
        write_kept(settings.home, settings.activation / "suppressed.txt", content)
    return True
