"""Two commands that change a home, begun at once; then the home must be as if one had come after the other.

``python -m tests.bench.pairs`` prints, for each pair of stages, whether both ended well, one waited or refused with a
sentence, and whether the rows of the lake, its accounts, what is published and ``churniq verify`` are those of one of
the two orders. ``--stages ingest,backup`` chooses.

Belongs here: beginning two. Does not belong here: the stages and the comparison (``stages``).
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from tests.bench.stages import STAGES, Stage, churniq, content_of, finish, prepare


def _in_turn(root: Path, base: Path, values: dict[str, str], names: tuple[str, str]) -> list[Any]:
    stages = [Stage(root, name, base, values) for name in names]
    home = stages[0].copy("in_turn")
    for stage in stages:
        finish(stage.start(home))
    return content_of(home)


def main() -> None:
    """Begin each pair at once, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", default=",".join(STAGES))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        base, values = prepare(root)
        for names in combinations_with_replacement(arguments.stages.split(","), 2):
            stages = [Stage(root, name, base, values) for name in names]
            home = stages[0].copy("at_once")
            started = [stage.start(home) for stage in stages]
            said = [finish(process).strip() for process in started]
            wrong = [each[:300] for each in said if "Traceback" in each or "should not have happened" in each]
            if damage := finish(churniq(home, "verify")):
                wrong.append(damage.strip()[-300:])
            found = content_of(home)
            if not any(said) and all(found != _in_turn(root, base, values, order) for order in {names, names[::-1]}):
                wrong.append("other rows than in either order")
            refused = [each[:200] for each in said if each]
            line = f"{' and '.join(names):<22}{len(refused)} refused  {len(wrong)} wrong"
            print(line, *refused, *wrong, sep="\n  ", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
