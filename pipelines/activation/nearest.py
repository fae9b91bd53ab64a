"""The nearest right thing to what somebody typed.

Belongs here: the words of a suggestion. Does not belong here: what is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def nearest(written: Any, known: Iterable[str]) -> str:
    """``: did you mean a or b``; empty when nothing is near."""
    if not isinstance(written, str) or not written.strip():
        return ""
    names = list(known)
    lowered = {name.lower(): name for name in names}
    text = written.strip().lower().replace("-", "_").replace(" ", "_")
    near = [lowered[name] for name in get_close_matches(text, lowered, n=2, cutoff=0.6)]
    near = near or [lowered[name] for name in get_close_matches(written.strip().lower(), lowered, n=2, cutoff=0.5)]
    near = near or [name for name in names if len(text) > 2 and text in name.lower()][:2]
    return f": did you mean {' or '.join(near)}" if near else ""
