"""dbt in a process that ends with the one that started it: an orphan would go on writing the warehouse.

Run as ``python -m pipelines.warehouse.dbt_process`` with the arguments of dbt.

Belongs here: that one difference from the dbt command. Does not belong here: how dbt is called (``dbt``).
"""

from __future__ import annotations

import os
import threading
import time

PARENT = "CHURNIQ_DBT_PARENT"
_LOOK_SECONDS = 0.2


def end_with(parent: int) -> None:
    """End this process, whatever it does, soon after its parent has ended; works on every Unix."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end with the parent").start()


if __name__ == "__main__":
    end_with(int(os.environ.get(PARENT) or os.getppid()))
    from dbt.cli.main import cli

    cli()
