"""Web pages answer to their own names and pages only: forged Host, foreign Origin, frames, changes by GET."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster import DagsterInstance
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from pipelines.errors import UserError
from pipelines.services.dagster_pages import guarded_pages
from pipelines.services.guard import guard
from pipelines.settings import Settings

_HERE = "http://localhost:3000"


@pytest.fixture
def client(settings: Settings) -> TestClient:
    """A page and a WebSocket behind the guard."""

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("served")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    routes = [Route("/page", page, methods=["GET", "POST"]), WebSocketRoute("/talk", talk)]
    application = Starlette(routes=routes, middleware=guard(settings, only_posted=("/graphql",)))
    return TestClient(application, base_url=_HERE)


@pytest.mark.parametrize("host", ["localhost:3000", "LOCALHOST", "127.0.0.1:3000", "[::1]:3000"])
def test_the_names_of_loopback_are_served(client: TestClient, host: str) -> None:
    assert client.get("/page", headers={"Host": host}).text == "served"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000", "", "a b", "10.0.0.1"]
)
def test_a_rebound_or_forged_host_is_refused(client: TestClient, host: str) -> None:
    """A name that an attacker points at this machine read pages as if they were his own."""
    assert client.get("/page", headers={"Host": host}).status_code == 400
    with pytest.raises(WebSocketDenialResponse), client.websocket_connect("/talk", headers={"Host": host}):
        pass


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:9999", "null", "https://localhost:3000.evil.example"]
)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    """A page on another origin deleted the run history."""
    assert client.post("/page", headers={"Origin": origin}).status_code == 403
    headers = {"Host": "localhost:3000", "Origin": origin}
    with pytest.raises(WebSocketDenialResponse), client.websocket_connect("/talk", headers=headers):
        pass


def test_our_own_pages_are_served(client: TestClient) -> None:
    assert client.post("/page", headers={"Origin": _HERE, "Sec-Fetch-Site": "same-origin"}).text == "served"
    with client.websocket_connect("/talk", headers={"Host": "localhost:3000", "Origin": _HERE}):
        pass


def test_only_a_followed_link_comes_from_another_site(client: TestClient) -> None:
    """An image or a frame of another site sends no Origin, and what it asks for may change something."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/page", headers=link).text == "served"
    for other in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}):
        assert client.get("/page", headers=link | other).status_code == 403, other


def test_two_hosts_are_refused(client: TestClient) -> None:
    """A proxy may believe the one and the application the other."""
    assert client.get("/page", headers=[("Host", "localhost"), ("Host", "evil.example")]).status_code == 400


def test_names_of_the_setting_are_served(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_ALLOWED_HOSTS", "churniq.example.com, *.internal.example")

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("served")

    client = TestClient(Starlette(routes=[Route("/", page)], middleware=guard(Settings())))
    for host, status in {
        "churniq.example.com": 200,
        "a.internal.example:443": 200,
        "internal.example": 400,
        "example.com": 400,
    }.items():
        assert client.get("/", headers={"Host": host}).status_code == status, host


@pytest.mark.parametrize("value", ["*", "a,*", "http://a.example", "a/b", "*a.example"])
def test_a_host_that_would_let_anybody_in_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CHURNIQ_ALLOWED_HOSTS", value)
    with pytest.raises(UserError, match="CHURNIQ_ALLOWED_HOSTS"):
        Settings()


def test_dagsters_own_application_is_guarded_and_read_only(settings: Settings, tmp_path: Path) -> None:
    """Holds the interfaces of dagster-webserver that are not public to the installed version."""
    change = {"query": 'mutation { shutdownRepositoryLocation(repositoryLocationName: "x") { __typename } }'}
    version = {"query": "{ version }"}
    closed = str(settings.work / "no.sock")
    with (
        DagsterInstance.local_temp(str(tmp_path)) as instance,
        guarded_pages(settings, instance, socket=closed, writable=False) as application,
    ):
        client = TestClient(application, base_url=_HERE)
        assert "data" in client.post("/graphql", json=version).json()
        assert client.post("/graphql", json=change).json()["data"]["shutdownRepositoryLocation"]["__typename"] == (
            "UnauthorizedError"
        )
        assert client.get("/graphql", params=version).status_code == 405
        assert client.post("/graphql", json=version, headers={"Host": "evil.example"}).status_code == 400
        assert client.post("/graphql", json=version, headers={"Origin": "http://evil.example"}).status_code == 403
