"""Browsers that click from page to page while snapshots are published: errors, seconds a click, memory of the server.

CHURNIQ_HOME names the environment, which the builds publish anew. The seconds are those of browsers that share the
machine with the server and with the builds, so they say what breaks and not how fast a page is
(``python -m tests.bench.app`` does).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import click
from playwright.async_api import Error, async_playwright

from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings
from tests.app.conftest import CHROMIUM

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_CHURNIQ = [sys.executable, "-c", "from pipelines.cli import program; program()"]
_PAGES = sorted(
    page.stem
    for page in (Path(__file__).parents[2] / "app" / "app_pages").glob("*.py")
    if page.stem not in {"__init__", "overview"}
)
_FILTERS = ("", "?country=NL", "?channel=web&span=365", "?grain=week&compare=previous")
_IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
_PATIENCE = 120_000


@click.command()
@click.option("--browsers", default=10, show_default=True)
@click.option("--minutes", default=5.0, show_default=True)
@click.option("--publishes", default=3, show_default=True)
def main(browsers: int, minutes: float, publishes: int) -> None:
    """Print clicks, errors, seconds a click and the peak of the server's memory; exit 1 on any error."""
    before = find_snapshot(Settings()).file
    with server() as (address, process):
        found, seconds, files = asyncio.run(_clicking(address, browsers, minutes * 60, publishes))
        peak = _peak(process.pid)
    click.echo(
        f"{browsers} browsers, {len(seconds)} clicks, {len(files - {before})} snapshots published meanwhile: "
        f"{len(found)} errors"
    )
    click.echo(f"seconds a click: median {median(seconds):.2f}, 95th of hundred {quantiles(seconds, n=20)[-1]:.2f}")
    click.echo(f"peak of the server: {peak / 1024:,.0f} MiB")
    for error in sorted(set(found)):
        click.echo(f"{found.count(error)} x {error}")
    if found:
        sys.exit(1)


@contextmanager
def server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*_CHURNIQ, "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 - of this machine
                break
            time.sleep(0.1)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _clicking(
    address: str, browsers: int, seconds: float, publishes: int
) -> tuple[list[str], list[float], set[str]]:
    found: list[str] = []
    taken: list[float] = []
    deadline = time.monotonic() + seconds
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        published, *_ = await asyncio.gather(
            _publish(publishes, seconds, found),
            *(_reader(browser, address, number, deadline, found, taken) for number in range(browsers)),
        )
        await browser.close()
    return found, taken, published


async def _publish(times: int, seconds: float, found: list[str]) -> set[str]:
    """Whole builds one after the other, spread over the time."""
    files = set()
    for _ in range(times):
        await asyncio.sleep(seconds / (times + 1) / 2)
        build = await asyncio.create_subprocess_exec(
            *_CHURNIQ, "--quiet", "build", "--full-refresh", stdout=subprocess.DEVNULL
        )
        if await build.wait():
            found.append("a build failed")
        files.add(find_snapshot(Settings()).file)
    return files


async def _reader(  # noqa: PLR0917 - one call, above
    browser: Browser, address: str, number: int, deadline: float, found: list[str], taken: list[float]
) -> None:
    """One session that opens an address with filters and then goes from page to page by the menu."""
    choices = random.Random(number)
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE)
    page.on("pageerror", lambda error: found.append(f"page error: {error}"))
    began = time.monotonic()
    await page.goto(f"{address}/{choices.choice(_PAGES)}{choices.choice(_FILTERS)}")
    await _settled(page, began, found, taken)
    while time.monotonic() < deadline:
        name = choices.choice(_PAGES)
        began = time.monotonic()
        link = page.locator(f"[data-testid=stSidebarNavLink][href*='/{name}']").first
        try:
            await link.click()
            await page.wait_for_url(f"**/{name}*")
            await _settled(page, began, found, taken)
        except Error as error:
            found.append(f"{name}: {str(error).splitlines()[0]}")
            break
    await context.close()


async def _settled(page: Page, began: float, found: list[str], taken: list[float]) -> None:
    await page.locator("h1").first.wait_for()
    await page.wait_for_function(_IDLE)
    taken.append(time.monotonic() - began)
    for shown in await page.get_by_test_id("stException").all_inner_texts():
        found.append(f"{page.url}: {shown.splitlines()[0]}")


def _peak(pid: int) -> int:
    """The most memory that a process held, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main()
