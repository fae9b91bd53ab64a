"""``make bench-app``: how long the server takes for a page, with and without filters, and the most memory it held.

A run is all of a page's script as a session has it, queries that were asked before included; the first of each page is
apart, since it asks the snapshot. CHURNIQ_HOME names the environment; nothing is written. ``--times 10`` measures a
copy in which each customer of the current snapshot is there ten times; what names no customer, such as months and
cohorts, is as it was.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import click
from streamlit.testing.v1 import AppTest

from pipelines.settings import Settings
from tests.bench.multiplied import multiply_snapshot

_APP = Path(__file__).parents[2] / "app" / "streamlit_app.py"
_PAGES = sorted(page.stem for page in (_APP.parent / "app_pages").glob("*.py") if page.stem != "__init__")
_FILTERS: tuple[dict[str, str], ...] = ({}, {"country": "NL"}, {"offer": "S-BASIC-M", "compare": "year"})
_RUNS = 5
_TIMEOUT = 300


@click.command()
@click.option("--times", default=1, show_default=True, help="How often each customer is there, in a copy.")
def main(times: int) -> None:
    """Print the first run of each page, and the median and 95th of hundred of those that follow."""
    if times == 1:
        _measure()
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        # In a process of its own: the peak below is that of the pages.
        copying = multiprocessing.get_context("spawn").Process(
            target=multiply_snapshot, args=(Settings().home, copy, times)
        )
        copying.start()
        copying.join()
        if copying.exitcode:
            raise click.ClickException("The snapshot could not be copied.")
        os.environ["CHURNIQ_HOME"] = str(copy)
        _measure()


def _measure() -> None:
    first: list[float] = []
    later: list[float] = []
    for page in _PAGES:
        for chosen in _FILTERS:
            app = AppTest.from_file(str(_APP), default_timeout=_TIMEOUT)
            for key, value in chosen.items():
                app.query_params[key] = value
            app.run()
            seconds = [_timed(app.switch_page(f"app_pages/{page}.py"))]
            seconds += [_timed(app) for _ in range(_RUNS)]
            if app.exception:
                raise click.ClickException(f"{page} with {chosen}: {app.exception[0].message}")
            first.append(seconds[0])
            later += seconds[1:]
            click.echo(f"{page:24} {chosen or '-'!s:44} first {seconds[0]:6.2f} s  then {median(seconds[1:]):6.2f} s")
    for name, runs in (("first", first), ("then", later)):
        click.echo(f"{name}: median {median(runs):.2f} s, 95th of hundred {quantiles(runs, n=20)[-1]:.2f} s")
    click.echo(f"peak memory of the one process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _timed(app: AppTest) -> float:
    began = time.perf_counter()
    app.run()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
