"""SIGKILLs at random moments of what changes a home, each followed by the same command again.

``python -m tests.bench.kills --kills 40`` prints for each stage how often, after kills, the rows of the lake, its
accounts, the published tables or ``churniq verify`` differed from an undisturbed run. ``--stages ingest,build``
chooses; a build takes longest. ``--in-a-row 5`` kills the same home five times before it may end.

Belongs here: killing. Does not belong here: the stages and the comparison (``stages``), what must hold in CI (the
tests).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.stages import STAGES, Stage, churniq, content_of, finish, prepare

# A build publishes at its end.
_COMMANDS = {"publish": "build"}
# The part of a command's time in which a kill is to hit.
_MOMENTS = {"publish": (0.8, 0.99)}


def main() -> None:
    """Kill each stage so often, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="that hit, of each stage")
    parser.add_argument("--in-a-row", type=int, default=1, help="of one home, before the command may end")
    parser.add_argument("--stages", default=",".join([*STAGES, *_COMMANDS]))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        base, values = prepare(root)
        for name in arguments.stages.split(","):
            stage = Stage(root, _COMMANDS.get(name, name), base, values)
            began = time.monotonic()
            undisturbed = stage.copy("undisturbed")
            assert not finish(stage.start(undisturbed))
            seconds, expected = time.monotonic() - began, content_of(undisturbed)
            hit, wrong = 0, []
            while hit < arguments.kills:
                home, goal = stage.copy("killed"), min(hit + arguments.in_a_row, arguments.kills)
                process = stage.start(home)
                while hit < goal:
                    try:
                        process.wait(chance.uniform(*_MOMENTS.get(name, (0.1, 0.95))) * seconds)
                        break  # It was faster this time.
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.communicate()
                        hit += 1
                    process = stage.start(home)
                said = finish(process) or finish(churniq(home, "verify"))
                if said or content_of(home) != expected:
                    wrong.append(f"{hit}: {said.strip()[-300:] or 'other rows'}")
            print(f"{name:<10}{hit:>6} kills of {seconds:.1f} s  {len(wrong):>4} wrong", *wrong, sep="\n  ", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
