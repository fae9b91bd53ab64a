"""What a sender must prove, read from the environment: secrets, keys and identities.

Belongs here: reading and refreshing them; secrets stay out of every text. Does not belong here: verifying.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from pipelines.errors import UserError
from pipelines.sources.signatures.certificates import PublicKey, load_certificates, load_public_keys


class CredentialError(Exception):
    """Our own credentials cannot be used, in one sentence; the sender is not to blame and may try again."""


@dataclass(frozen=True)
class Credentials:
    """What the requests of one sender are held against; what is empty is not asked for.

    ``secrets`` are the current one and, while it is rolled, the previous; ``identities`` are what makes a signature
    ours (bundle, topic, webhook, audience) and ``accounts`` the service accounts that may push.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    keys: tuple[PublicKey, ...] = ()
    roots: tuple[x509.Certificate, ...] = ()
    identities: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    reply_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Variable:
    """A variable of the environment, ``CHURNIQ_<SENDER>_<suffix>``, and what it holds."""

    suffix: str
    meaning: str


class CredentialStore:
    """The credentials of one sender; its certificate file is read again whenever it changes."""

    def __init__(
        self, sender: str, alternatives: tuple[tuple[str, ...], ...], environment: Mapping[str, str], *, are_roots: bool
    ) -> None:
        """Read the environment; raises ``UserError`` when variables that belong together are only partly set."""
        self._prefix = f"CHURNIQ_{sender.upper()}_"
        self._are_roots = are_roots
        self._values = {
            name.removeprefix(self._prefix): value.strip()
            for name, value in environment.items()
            if name.startswith(self._prefix) and value.strip()
        }
        for together in alternatives:
            missing = [suffix for suffix in together if suffix not in self._values]
            if missing and len(missing) < len(together):
                present = next(suffix for suffix in together if suffix in self._values)
                raise UserError(
                    f"{self._prefix}{present} is set but {self._prefix}{missing[0]} is not: set both, or neither."
                )
        self.is_configured = any(suffix in self._values for together in alternatives for suffix in together)
        self._fixed = Credentials(
            secrets=tuple(self._values[name] for name in ("SECRET", "SECRET_PREVIOUS") if name in self._values),
            identities=self._listed("BUNDLE_ID", "TOPIC", "WEBHOOK_ID", "AUDIENCE"),
            accounts=self._listed("ACCOUNT"),
            reply_key=self._values.get("API_KEY", ""),
        )
        self._loaded = self._fixed
        self._loaded_as: tuple[int, int] | None = None

    def current(self, now: datetime) -> Credentials:
        """The credentials as they are now; raises ``CredentialError`` when a file cannot be read or has expired."""
        if "CERTIFICATE" not in self._values:
            return self._fixed
        path = Path(self._values["CERTIFICATE"]).expanduser()
        try:
            status = os.stat(path)  # noqa: PTH116 (once a request: Path adds as much again)
            if (status.st_mtime_ns, status.st_size) != self._loaded_as:
                self._loaded = self._load(path)
                self._loaded_as = (status.st_mtime_ns, status.st_size)
        except OSError as error:
            raise CredentialError(f"{self._prefix}CERTIFICATE cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise CredentialError(f"{self._prefix}CERTIFICATE: {error}") from error
        return self._still_valid(now)

    def expires_at(self) -> datetime | None:
        """When the last of the configured certificates expires, once they were read; None when they never do."""
        ends = [key.expires_at for key in self._loaded.keys]
        return max((end for end in ends if end is not None), default=None) if all(ends) else None

    def _still_valid(self, now: datetime) -> Credentials:
        keys = tuple(key for key in self._loaded.keys if key.expires_at is None or key.expires_at > now)
        if self._loaded.keys and not keys:
            raise CredentialError(f"The certificate in {self._prefix}CERTIFICATE has expired: replace the file.")
        return self._loaded if len(keys) == len(self._loaded.keys) else replace(self._loaded, keys=keys)

    def _load(self, path: Path) -> Credentials:
        if self._are_roots:
            return replace(self._fixed, roots=load_certificates(path))
        return replace(self._fixed, keys=load_public_keys(path))

    def _listed(self, *suffixes: str) -> frozenset[str]:
        texts = ",".join(self._values.get(suffix, "") for suffix in suffixes)
        return frozenset(text.strip() for text in texts.split(",") if text.strip())
