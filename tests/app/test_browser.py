"""Every page in a real headless browser, against the real server.

Belongs here: what only a browser shows: errors on the console, requests to elsewhere, charts and downloads.
Does not belong here: what a page says (``test_pages``).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.charts import WORDS_ON_DARK, WORDS_ON_LIGHT
from pipelines.publishing.descriptions import Description
from tests.app.conftest import CHROMIUM, write_snapshot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
_TITLES = (
    "Overview",
    "Financial performance",
    "Retention",
    "Segmentation",
    "Core tables",
    "Customer",
    "Data health",
)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Milliseconds: what a page takes on a machine that is busy with other tests.
_PATIENCE = 45_000
_IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"

_OVERFLOW = (
    "() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - main.clientWidth }"
)


# What tiles hold of which a part is not shown.
_CUT = """() => [...document.querySelectorAll('[data-testid=stMetric] *')]
    .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible')
    .map(each => each.innerText)"""


@contextmanager
def served(home: Path, *changes: str, descriptions: Sequence[Description] = ()) -> Iterator[str]:
    """The address of ``churniq serve`` on a free port, with the small business after these changes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch, (home / "serve.log").open("w") as log:
        patch.setenv("CHURNIQ_HOME", str(home))
        write_snapshot(home, *changes, descriptions=descriptions)
        command = [sys.executable, "-c", "from pipelines.cli import run; run()", "serve", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("served")) as found:
        yield found


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server stopped"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - an address of this machine
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("the server did not answer within 30 seconds")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("NOT TESTED IN A BROWSER: no chromium on the path; install Debian's package chromium")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="NOT TESTED IN A BROWSER: playwright is missing; install the extra dev"
    )
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with storage of its own."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(_PATIENCE)
    yield opened
    opened.close()


def _settle(page: Page, title: str) -> None:
    page.get_by_role("heading", name=title, level=1, exact=True).wait_for()
    page.wait_for_function(_IDLE)


def _fits(page: Page, what: str) -> None:
    """Nothing is wider than the window, once what is drawn has found its width."""
    deadline = time.monotonic() + 10
    while (overflow := page.evaluate(_OVERFLOW)) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert overflow == 0, f"{what} is wider than its window"


def _select_first_row(page: Page) -> None:
    """Click the first row of the first table until the page answers.

    The table is drawn on a canvas, some time after its place is there, and what is above it may still grow: on a busy
    machine a single click came too early, or to where the table had been.
    """
    for _ in range(5):
        table = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert table is not None
        # The box of its first row is below the header.
        page.mouse.click(table["x"] + 18, table["y"] + 52)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if page.get_by_text("Trace customer").count():
                return
            page.wait_for_timeout(100)
    pytest.fail("no click selects the first row")


def test_every_page_in_a_browser(page: Page, address: str) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
            else problems.append(f"asked {request.url}")
        ),
    )
    page.goto(address)
    for title in _TITLES:
        page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
        _settle(page, title)
        assert page.get_by_test_id("stException").count() == 0, title
        if title in ("Overview", "Financial performance", "Retention", "Segmentation"):
            page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for()
        _fits(page, title)
        assert page.evaluate(_CUT) == [], f"a tile of {title} does not say all of it"
    assert not problems


def test_charts_follow_a_theme_that_changes(page: Page, address: str) -> None:
    """At dusk the page went dark around charts whose words were those of the light one."""
    page.emulate_media(color_scheme="light")
    page.goto(address)
    _settle(page, "Overview")
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.locator(f"text[fill='{WORDS_ON_LIGHT}']").first.wait_for()
    page.emulate_media(color_scheme="dark")
    chart.locator(f"text[fill='{WORDS_ON_DARK}']").first.wait_for()


def test_an_export_that_cannot_be_says_what_is_missing(page: Page, address: str) -> None:
    """A snapshot that was brought from elsewhere has no addresses beside it: the file was empty without a word."""
    page.goto(address)
    page.get_by_test_id("stSidebarNav").get_by_text("Segmentation", exact=True).click()
    _settle(page, "Segmentation")
    page.get_by_role("button", name="Export the at-risk segment").click()
    page.get_by_text("Nothing was exported. There are no addresses beside this snapshot: run churniq build").wait_for()
    assert page.get_by_role("button", name="Save the file").count() == 0


def test_a_row_leads_to_its_customer(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("stSidebarNav").get_by_text("Segmentation", exact=True).click()
    _settle(page, "Segmentation")
    _select_first_row(page)
    page.get_by_text("Trace customer").click()
    _settle(page, "Customer")
    assert page.url.endswith("/customer?customer_id=dora")
    page.get_by_text("A payment failed 2 days ago").wait_for()
