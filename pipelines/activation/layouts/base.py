"""What a layout is: exact headers, a row for a person, and the limits of the destination.

Belongs here: the shape. Does not belong here: destinations, and writing files (``writing``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Person = Mapping[str, Any]
"""Who is exported: the contact's columns and the attributes of the plain layout, by name; texts may be null."""


@dataclass(frozen=True)
class Layout:
    """One kind of file.

    ``row`` gives the cells of a person in the order of ``headers``, or why the destination takes nothing of theirs.
    ``least_people`` is below what the destination advises or needs; ``most_bytes`` is what a file may have.
    """

    name: str
    title: str
    ending: str
    headers: tuple[str, ...]
    row: Callable[[Person, str], list[Any] | str]
    needs_address: bool = True
    most_bytes: int | None = None
    least_people: int = 0
    notes: tuple[str, ...] = field(default=())
    service_headers: tuple[str, ...] | None = None

    def headers_for(self, purpose: str) -> tuple[str, ...]:
        """The header row; a service message never changes what somebody subscribed to."""
        return self.service_headers if purpose == "service" and self.service_headers else self.headers


NO_ADDRESS = "no_address"
ADDRESS_NOT_TAKEN = "address_not_taken"
