"""A flipped byte in a segment takes one record with it, and says so; its neighbours stay."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import duckdb
import pytest
import uvicorn
from uvicorn.server import ServerState

from pipelines.lake.files import Format
from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.formats import Roles, cut_content
from pipelines.privacy.registry import Registry
from pipelines.receiver.protocol import ImpatientProtocol
from pipelines.receiver.records import are_records, checksum_of, record_of
from pipelines.receiver.recovery import recover_segments
from pipelines.settings import Settings
from tests.conftest import write_bytes

RECORDS = [record_of(f"2026-01-0{n}T00:00:00+00:00", {"user-agent": "a b"}, f'{{"id": "é{n}"}}') for n in (1, 2, 3)]
SEGMENT = b"".join(RECORDS)
SECOND = len(RECORDS[0])
PLACES = {
    "the first letter": 0,
    "the name of the first field": 3,
    "a space, which becomes a zero byte": SEGMENT.index(b" b"),
    "the body": SEGMENT.index(b"id"),
    "half of a letter": SEGMENT.index("é".encode()),
    "the checksum": SECOND - 20,
    "the last bracket": SECOND - 3,
    "the end of the line": SECOND - 2,
    "the blank line": SECOND - 1,
    "the first letter of the second": SECOND,
    "the body of the second": SEGMENT.index(b"id", SECOND),
    "the end of the last": len(SEGMENT) - 2,
}


def damaged(place: int) -> bytes:
    content = bytearray(SEGMENT)
    content[place] ^= 0x20
    return bytes(content)


@pytest.mark.parametrize("kind", PLACES)
def test_a_torn_segment_is_repaired_record_by_record(kind: str, tmp_path: Path) -> None:
    """All that followed a flipped byte was set aside, though its senders had been answered 200."""
    name = "20261123T041500Z-17-3.jsonl"
    (tmp_path / f".{name}").write_bytes(damaged(PLACES[kind]) + b'{"received_at":"half')
    [recovered] = recover_segments(tmp_path)
    whole = (tmp_path / name).read_bytes()
    kept = [record for record in RECORDS if record.strip() in whole]
    assert len(kept) == 2
    assert all(checksum_of(line.decode()) for line in whole.split(b"\n") if line)
    torn = (tmp_path / f".{name}.torn").read_bytes()
    assert len(torn) == recovered.torn_bytes
    assert len(whole) + len(torn) == len(SEGMENT) + len(b'{"received_at":"half')


def test_ingesting_a_damaged_segment_loses_one_record(settings: Settings, tmp_path: Path) -> None:
    """A flipped letter of an amount was loaded as it stood; one in the first record took the whole file with it."""
    for number, place in enumerate(PLACES.values()):
        write_bytes(tmp_path / "in" / f"{number:02d}.jsonl", damaged(place))
    write_bytes(tmp_path / "in" / "whole.jsonl", SEGMENT)
    accounts = ingest(settings, tmp_path / "in", source_name="cleeng").accounts
    files = [str(file) for file in Lake(settings.lake).quarantine_files()]
    found = dict(
        duckdb.execute(
            "select parse_filename(file), count(*) filter (reason in ('damaged_record', 'malformed_row')) "
            "from read_parquet($1) group by all",
            [files],
        ).fetchall()
    )
    assert found == {f"{number:02d}.jsonl": 1 for number in range(len(PLACES))} | {"whole.jsonl": 0}
    assert {account.rows_read for account in accounts} == {3}


def test_an_erasure_seals_what_was_whole_and_not_what_was_damaged(settings: Settings) -> None:
    """A record that is cut needs a new checksum, which must not make a damaged one look whole."""
    registry = Registry(settings)
    registry.add_person({"customer": {"cus-anna-berger"}})
    body = json.dumps({"id": "e1", "customer": "cus-anna-berger"})
    record = record_of("2026-01-01T00:00:00+00:00", {}, body)
    content = record + RECORDS[0] + record.replace(b'"e1', b'"e2')
    assert are_records(content)
    cut = cut_content(Cutter(registry), content, Format.JSON_LINES, Roles(are_payloads=True))
    assert b"cus-anna-berger" not in cut
    lines = [line.decode() for line in cut.split(b"\n") if line]
    assert [checksum_of(line) for line in lines] == [True, True, False]
    assert (lines[1] + "\n\n").encode() == RECORDS[0]


def test_a_head_that_does_not_come_is_cut_off() -> None:
    """One letter a minute on two thousand connections kept every sender out (slow loris)."""

    class Hasty(ImpatientProtocol):
        header_seconds = 0.05

    async def answer(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    async def talk(*parts: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in parts:
            writer.write(part)
        received = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return received

    async def run() -> list[bytes]:
        nonlocal port
        config = uvicorn.Config(answer, http=Hasty, log_config=None, timeout_keep_alive=1)
        config.load()
        server = await asyncio.get_running_loop().create_server(
            lambda: Hasty(config=config, server_state=ServerState(), app_state={}), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        whole = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        answers = [await talk(b""), await talk(whole[:20]), await talk(whole, whole[:20])]
        server.close()
        return answers

    port = 0
    nothing, half, second = asyncio.run(run())
    assert nothing.startswith(b"HTTP/1.1 408")
    assert half.startswith(b"HTTP/1.1 408")
    assert second.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in second
