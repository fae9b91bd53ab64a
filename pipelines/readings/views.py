"""Named views: what somebody chose above the pages, saved under a name for everybody who reads this environment.

Belongs here: the one file of each view. Does not belong here: what can be chosen (``app.filters``).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pipelines.errors import UserError
from pipelines.kept import remove_kept, write_kept
from pipelines.settings import Settings

Choice = dict[str, str | list[str]]
_LONGEST = 80


def saved_views(settings: Settings) -> dict[str, Choice]:
    """Every view by name; a file that is none is left out."""
    found = {}
    for file in sorted(settings.views.glob("*.json")):
        try:
            content = json.loads(file.read_text())
            found[str(content["name"])] = dict(content["chosen"])
        except (ValueError, KeyError, TypeError):
            continue
    return dict(sorted(found.items()))


def save_view(settings: Settings, name: str, chosen: Choice) -> None:
    """Save a view, in place of one of the same name; raises ``UserError`` for a name that cannot be one."""
    if not name.strip() or len(name) > _LONGEST:
        raise UserError(f"A view needs a name of at most {_LONGEST} letters.")
    if not name.isprintable():
        raise UserError("The name of a view has signs that cannot be seen: write it anew.")
    content = json.dumps({"name": name, "chosen": chosen}, ensure_ascii=False, sort_keys=True)
    write_kept(settings.home, _file(settings, name), content)


def delete_view(settings: Settings, name: str) -> None:
    """Delete a view; one that is gone already stays gone."""
    remove_kept(settings.home, _file(settings, name))


def _file(settings: Settings, name: str) -> Path:
    # The name may hold any sign, a path may not.
    return settings.views / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
