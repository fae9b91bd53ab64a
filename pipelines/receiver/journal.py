"""The journal of one sender: lines handed in by many requests at once, made durable together.

Belongs here: group commit, and when a segment is full or old enough. Does not belong here: files (``segments``), HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from pipelines.receiver.segments import Segment

log = logging.getLogger("churniq")

_WAITING_LIMIT = 64 << 20  # Bytes that may wait for a slow disk before requests are turned away.
_FAILING_SECONDS = 60.0
_RETRY_SECONDS = 1.0  # Between attempts to finish a segment that could not be renamed.


class NotWrittenError(Exception):
    """A line that is not on the disk, and why: one sentence for the sender, who may send it again."""


@dataclass(frozen=True)
class Limits:
    """When an open segment gets its final name: bytes, and seconds since its first line."""

    segment_bytes: int = 64 << 20
    segment_seconds: float = 5.0


@dataclass
class Counts:
    """What became of the lines of one sender since the start."""

    written: int = 0
    failed: int = 0
    failing_since: float | None = None

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt failed, and lately: nobody who stops sending for that would see it mended."""
        return self.failing_since is not None and time.monotonic() - self.failing_since < _FAILING_SECONDS


class Journal:
    """Writes lines to segments in one folder, from one task; ``append`` returns when its line is on the disk."""

    def __init__(self, folder: Path, limits: Limits, executor: Executor) -> None:
        self.counts = Counts()
        self._folder = folder
        self._limits = limits
        self._executor = executor
        self._segment: Segment | None = None
        self._unfinished: list[Segment] = []
        self._finish_after = 0.0
        self._retry_after = 0.0
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._batch: list[tuple[bytes, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._task = asyncio.create_task(self._run())

    async def append(self, line: bytes) -> None:
        """Return once ``line`` (with its newline) survives a power cut; raises ``NotWrittenError`` when it does not."""
        if self._is_closing:
            raise NotWrittenError("The receiver is stopping: send it again.")
        if self._waiting_bytes > _WAITING_LIMIT:
            raise NotWrittenError("The disk is too slow for what arrives: send it again later.")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        self._waiting_bytes += len(line)
        self._wake.set()
        await written

    async def close(self) -> None:
        """Write what waits, finish the open segment, and take nothing more."""
        self._is_closing = True
        self._wake.set()
        await self._task

    async def _run(self) -> None:
        try:
            await self._commit_until_closed()
        finally:
            # Whatever ended this task, no request may wait for an answer for ever.
            self._is_closing = True
            self._settle([written for _, written in self._batch + self._waiting], "The receiver has stopped.")

    async def _commit_until_closed(self) -> None:
        loop = asyncio.get_running_loop()
        while not (self._is_closing and not self._waiting):
            try:
                async with asyncio.timeout(self._seconds_left()):
                    await self._wake.wait()
            except TimeoutError:
                await loop.run_in_executor(self._executor, self._finish)
                continue
            self._wake.clear()
            # Everything that arrived during the last sync shares the next one.
            self._batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            if self._batch:
                reason = await loop.run_in_executor(self._executor, self._commit, [line for line, _ in self._batch])
                self._settle([written for _, written in self._batch], reason)
                self._batch = []
        await loop.run_in_executor(self._executor, self._finish)

    def _commit(self, lines: list[bytes]) -> str | None:
        """Make lines durable; returns why they are not."""
        try:
            if self._segment is None:
                self._segment = Segment(self._folder)
                self._finish_after = self._segment.opened_at + self._limits.segment_seconds
            self._segment.append(lines)
        except OSError as error:
            log.warning("%s cannot be written (%s): requests are answered 503.", self._folder, error.strerror)
            # What a failed sync left in memory is not to be trusted: go on in a new file.
            self._finish()
            return f"The request could not be stored ({error.strerror}): send it again later."
        is_old = time.monotonic() >= self._finish_after
        if is_old or self._segment.durable_bytes >= self._limits.segment_bytes:
            self._finish()
        return None

    def _finish(self) -> None:
        """Give the open segment, and those that failed before, their final names; what fails is tried again."""
        if self._segment is not None:
            self._unfinished.append(self._segment)
            self._segment = None
        segments, self._unfinished = self._unfinished, []
        for segment in segments:
            try:
                segment.finish()
            except FileNotFoundError:
                log.error("%s was removed by somebody else, and the requests in it with it.", segment.path)  # noqa: TRY400
            except OSError as error:
                log.warning("%s cannot be renamed (%s): trying again.", segment.path, error.strerror)
                self._unfinished.append(segment)
        self._retry_after = time.monotonic() + _RETRY_SECONDS

    def _seconds_left(self) -> float | None:
        """Until something must be finished; None when nothing must."""
        times = [self._finish_after] if self._segment is not None else []
        times += [self._retry_after] if self._unfinished else []
        return max(min(times) - time.monotonic(), 0.0) if times else None

    def _settle(self, futures: list[asyncio.Future[None]], reason: str | None) -> None:
        if reason is None:
            self.counts.written += len(futures)
            self.counts.failing_since = None
        elif futures:
            self.counts.failed += len(futures)
            self.counts.failing_since = time.monotonic()
        for written in futures:
            if written.done():
                continue  # Its client went away; the line stays, and will be sent again or not.
            if reason is None:
                written.set_result(None)
            else:
                written.set_exception(NotWrittenError(reason))
