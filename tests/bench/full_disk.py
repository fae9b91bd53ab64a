"""A disk that is full at some moment of what changes a home; then it has room, and the same command is given again.

``python -m tests.bench.full_disk`` (as root, on Linux: each home lies on a tmpfs of its own) prints, by stage, in how
many of the sizes the disk was full, after how many of these the command said anything but one sentence, and
after how many the rows of the lake, its accounts, what is published or ``churniq verify`` differed from an undisturbed
run. ``--stages ingest,build`` chooses.

Belongs here: filling disks. Does not belong here: the stages and the comparison (``stages``).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.stages import STAGES, Stage, churniq, content_of, finish, prepare

_ROOM = "4g"
_MARGIN = 16 * 2**10
# A stage that removes as much as it writes needs room between.
_LEAST = 256 * 2**10


@contextmanager
def _disk(folder: Path) -> Iterator[Path]:
    """A disk of its own; ``_resize`` makes it small, and large again."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def _resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def _used(disk: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in disk.rglob("*"))


def main() -> None:
    """Fill the disk of each stage at each share of what it writes, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--shares", default="0,0.1,0.3,0.5,0.7,0.9", help="of what the stage leaves on the disk")
    arguments = parser.parse_args()
    shares = [float(share) for share in arguments.shares.split(",")]
    with tempfile.TemporaryDirectory() as folder, _disk(Path(folder) / "disk") as disk:
        base, values = prepare(Path(folder))
        for name in arguments.stages.split(","):
            stage = Stage(disk, name, base, values)
            home = stage.copy("home")
            before = _used(disk)
            assert not finish(stage.start(home))
            written, expected = max(_used(disk) - before, _LEAST), content_of(home)
            full, wrong = 0, []
            for share in shares:
                _resize(disk, _ROOM)
                home = stage.copy("home")
                _resize(disk, str(_used(disk) + int(share * written) + _MARGIN))
                said = finish(stage.start(home))
                full += bool(said)
                # A build says of its alerts, too, that they had no room.
                lines = [line for line in said.strip().splitlines() if "alerts were not looked at" not in line]
                if "Traceback" in said or len(lines) > 1:
                    wrong.append(f"{share}: {said.strip()[:300]}")
                _resize(disk, _ROOM)
                said = (said and finish(stage.start(home))) or finish(churniq(home, "verify"))
                if said or content_of(home) != expected:
                    wrong.append(f"{share}, again: {said.strip()[-300:] or 'other rows'}")
            print(  # noqa: T201
                f"{name:<10}{full:>3} of {len(shares)} full, of {written / 2**20:.1f} MiB  {len(wrong):>3} wrong",
                *wrong,
                sep="\n  ",
                flush=True,
            )


if __name__ == "__main__":
    main()
