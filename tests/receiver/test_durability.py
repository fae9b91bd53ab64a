"""Nothing is answered 200 before it is on the disk, and a disk that refuses is answered 503."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.receiver.journal import Journal, Limits, NotWrittenError
from pipelines.receiver.recovery import recover_segments
from pipelines.settings import Settings
from tests.receiver.asking import Answered, Client, receiving
from tests.receiver.running import finished_segments, open_segments, stored_requests


def _bodies(home: Path) -> list[str]:
    return [stored["body"] for stored in stored_requests(home, "cleeng")]


def test_no_answer_before_the_sync_and_many_share_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one sync is under way, requests gather; all of them wait for the next, and none is answered early."""
    syncing, may_sync = threading.Event(), threading.Event()
    sizes: list[int] = []
    real = os.fsync

    def slow_sync(descriptor: int) -> None:
        syncing.set()
        assert may_sync.wait(10)
        sizes.append(os.fstat(descriptor).st_size)
        real(descriptor)

    async def ask() -> tuple[int, list[Answered]]:
        async with receiving(settings, {}) as client:
            await client.post("/cleeng", b'{"first": 1}')
            monkeypatch.setattr(os, "fsync", slow_sync)
            asked = [asyncio.create_task(client.post("/cleeng", b'{"n": 0}'))]
            await asyncio.to_thread(syncing.wait, 10)
            asked += [asyncio.create_task(client.post("/cleeng", b'{"n": %d}' % number)) for number in range(1, 51)]
            await asyncio.sleep(0.1)
            answered_early = sum(task.done() for task in asked)
            may_sync.set()
            answers = await asyncio.gather(*asked)
            monkeypatch.setattr(os, "fsync", real)
            return answered_early, answers

    answered_early, answers = asyncio.run(ask())
    assert answered_early == 0
    assert [answered.status for answered in answers] == [200] * 51
    assert len(sizes) == 2, "fifty waiting requests share one sync"
    assert _bodies(settings.home)[1:] == [f'{{"n": {number}}}' for number in range(51)]
    assert sizes[-1] == finished_segments(settings.home, "cleeng")[0].stat().st_size


def test_names_are_synced_like_contents(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose folder was not synced may be gone after a power cut, whatever was synced in it."""
    synced: list[int] = []
    real = os.fsync
    folder = settings.landing / "cleeng"

    def sync(descriptor: int) -> None:
        real(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    async def ask() -> list[int]:
        monkeypatch.setattr(os, "fsync", sync)
        async with receiving(settings, {}) as client:
            await client.post("/cleeng", b"{}")
            before_answer = synced.copy()
            synced.clear()
        return before_answer

    before_answer = asyncio.run(ask())
    [segment] = finished_segments(settings.home, "cleeng")
    above = [path.stat().st_ino for path in (settings.landing, settings.home)]
    assert before_answer == [*above, folder.stat().st_ino, segment.stat().st_ino]
    assert synced == [folder.stat().st_ino], "after the renaming"


def _failing(monkeypatch: pytest.MonkeyPatch, name: str, failure: Callable[..., int | None]) -> Callable[[], None]:
    """Replace a call to the operating system, for the threads that write only; returns what puts it back."""
    real = getattr(os, name)

    def call(*arguments: object, **options: object) -> object:
        is_writer = threading.current_thread().name.startswith("journal")
        return failure(real, *arguments) if is_writer else real(*arguments, **options)

    monkeypatch.setattr(os, name, call)
    return lambda: monkeypatch.setattr(os, name, real)


def _full_after_half(real: Callable[[int, object], int], descriptor: int, data: memoryview) -> int:
    """A disk that takes half of what it is given, and then nothing."""
    if len(data) > 60:
        return real(descriptor, data[: len(data) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _broken(code: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


FAILURES: dict[str, tuple[str, Callable[..., int], str]] = {
    "a full disk": ("write", _full_after_half, "No space left"),
    "a disk that loses what it was given": ("fsync", _broken(errno.EIO), "Input/output error"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_disk_that_refuses_is_answered_503_and_leaves_nothing_of_it(
    kind: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line would end in quarantine, and a whole one would be there twice once its sender repeats it."""
    name, failure, reason = FAILURES[kind]

    async def ask() -> tuple[list[Answered], list[Answered]]:
        async with receiving(settings, {}) as client:
            good = [await client.post("/cleeng", b'{"n": 1}')]
            mend = _failing(monkeypatch, name, failure)
            bad = [await client.post("/cleeng", b'{"n": 2, "filler": "%s"}' % (b"x" * 500)) for _ in range(3)]
            bad.append(await client.ask("GET", "/health"))
            mend()
            good += [await client.post("/cleeng", b'{"n": 3}'), await client.ask("GET", "/health")]
            return good, bad

    good, bad = asyncio.run(ask())
    assert [answered.status for answered in good] == [200, 200, 200]
    assert [answered.status for answered in bad] == [503] * 4
    assert reason in bad[0].reason
    assert "retry-after" in bad[0].headers
    assert json.loads(bad[-1].body)["status"] == "failing"
    assert _bodies(settings.home) == ['{"n": 1}', '{"n": 3}']
    assert not open_segments(settings.home, "cleeng")


def test_a_folder_that_cannot_be_written_is_answered_503_until_it_can(settings: Settings) -> None:
    """A file in the folder's place stands for missing rights, which the superuser does not miss."""
    folder = settings.landing / "cleeng"

    async def ask() -> list[Answered]:
        async with receiving(settings, {}) as client:
            folder.write_text("in the way")
            answers = [await client.post("/cleeng", b"{}"), await client.post("/stripe", b"{}")]
            folder.unlink()
            return [*answers, await client.post("/cleeng", b"{}")]

    answers = asyncio.run(ask())
    assert [answered.status for answered in answers] == [503, 200, 200]
    assert "could not be stored" in answers[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write to a read-only folder")
def test_a_read_only_folder_is_answered_503(settings: Settings) -> None:
    folder = settings.landing / "cleeng"
    folder.mkdir()
    folder.chmod(0o555)

    async def ask() -> Answered:
        async with receiving(settings, {}) as client:
            return await client.post("/cleeng", b"{}")

    assert asyncio.run(ask()).status == 503


def test_an_inbox_that_is_removed_under_way_is_noticed(settings: Settings) -> None:
    """What is written to a file without a name is answered 503: it would be gone with the process."""
    folder = settings.landing / "cleeng"

    async def ask() -> list[int]:
        async with receiving(settings, {}) as client:
            statuses = [(await client.post("/cleeng", b'{"n": 1}')).status]
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()
            return [*statuses, *[(await client.post("/cleeng", b'{"n": %d}' % n)).status for n in (2, 3)]]

    assert asyncio.run(ask()) == [200, 503, 200]
    assert _bodies(settings.home) == ['{"n": 3}']


def test_segments_are_hidden_until_they_are_old_or_large_enough(settings: Settings) -> None:
    async def ask() -> None:
        async with receiving(settings, {}, limits=Limits(segment_bytes=2000, segment_seconds=0.3)) as client:
            await client.post("/cleeng", b'{"n": 1}')
            assert not finished_segments(settings.home, "cleeng")
            assert len(open_segments(settings.home, "cleeng")) == 1
            await asyncio.sleep(0.6)
            assert _bodies(settings.home) == ['{"n": 1}'], "old enough, although nothing came after it"
            assert not open_segments(settings.home, "cleeng")
            await _fill(client)
            assert len(finished_segments(settings.home, "cleeng")) == 3, "large enough"

    asyncio.run(ask())
    assert len(_bodies(settings.home)) == 5
    assert len(finished_segments(settings.home, "cleeng")) == 3


async def _fill(client: Client) -> None:
    for _ in range(4):
        await client.post("/cleeng", b'{"filler": "%s"}' % (b"x" * 1000))


def test_a_segment_that_cannot_be_renamed_is_renamed_later(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests go on in a new file meanwhile."""
    real = Path.rename
    failed: list[Path] = []

    def rename(path: Path, target: Path) -> Path:
        if len(failed) < 2:
            failed.append(path)
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(path, target)

    async def ask() -> list[int]:
        monkeypatch.setattr(Path, "rename", rename)
        async with receiving(settings, {}, limits=Limits(segment_seconds=0.1)) as client:
            statuses = []
            for number in range(3):
                statuses.append((await client.post("/cleeng", b'{"n": %d}' % number)).status)
                await asyncio.sleep(0.2)
            return statuses

    assert asyncio.run(ask()) == [200, 200, 200]
    assert len(failed) == 2
    assert sorted(_bodies(settings.home)) == [f'{{"n": {number}}}' for number in range(3)]


def test_a_journal_that_is_closed_takes_nothing_more(tmp_path: Path) -> None:
    async def run() -> None:
        with ThreadPoolExecutor() as executor:
            journal = Journal(tmp_path / "cleeng", Limits(), executor)
            waiting = asyncio.create_task(journal.append(b'{"n": 1}\n'))
            await asyncio.sleep(0)
            await journal.close()
            await waiting
            with pytest.raises(NotWrittenError, match="stopping"):
                await journal.append(b'{"n": 2}\n')

    asyncio.run(run())
    [segment] = (tmp_path / "cleeng").iterdir()
    assert segment.read_bytes() == b'{"n": 1}\n'


TAILS = {
    "nothing": b"",
    "half a line": b'{"n": 3, "bo',
    "a line without its end": b'{"n": 3}',
    "zeros": b"\0" * 4096,
    "zeros and a line of a later page": b"\0" * 100 + b'\n{"n": 4}\n',
}


@pytest.mark.parametrize("kind", TAILS)
def test_what_a_killed_receiver_left_is_made_whole(kind: str, tmp_path: Path) -> None:
    """What follows the last whole line was never answered; it is kept aside, for whoever wonders."""
    name, tail = "20261123T041500Z-17-3.jsonl", TAILS[kind]
    whole = b'{"n": 1}\n{"n": 2}\n'
    (tmp_path / f".{name}").write_bytes(whole + tail)
    (tmp_path / ".landing.tmp").write_bytes(b"of somebody else")
    (tmp_path / "20261123T041000Z-17-2.jsonl").write_bytes(b"finished")
    [recovered] = recover_segments(tmp_path)
    assert recovered.final == tmp_path / name
    assert recovered.torn_bytes == len(tail)
    assert (tmp_path / name).read_bytes() == whole
    torn = tmp_path / f".{name}.torn"
    assert (torn.read_bytes() if torn.exists() else b"") == tail
    assert (tmp_path / ".landing.tmp").exists()
    assert (tmp_path / "20261123T041000Z-17-2.jsonl").read_bytes() == b"finished"
    assert recover_segments(tmp_path) == []


def test_a_segment_without_a_whole_line_leaves_no_file_for_builds(tmp_path: Path) -> None:
    (tmp_path / ".20261123T041500Z-17-3.jsonl").write_bytes(b'{"half')
    (tmp_path / ".20261123T041500Z-17-4.jsonl").write_bytes(b"")
    assert [recovered.final for recovered in recover_segments(tmp_path)] == [None, None]
    assert [path.name for path in tmp_path.iterdir()] == [".20261123T041500Z-17-3.jsonl.torn"]
    assert recover_segments(tmp_path / "missing") == []
