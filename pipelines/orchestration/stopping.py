"""Ending a build at once when it is told to end, wherever it is: in Dagster, in dbt, in the work of a library.

Every step of a build can be killed at any moment, so to stop is to be killed with a sentence: nothing is unwound. The
lock goes with the process, dbt ends with its parent, and the next build begins where it must.

Belongs here: that. Does not belong here: what is said and recorded (``run``).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def ended_at_once(last_words: Callable[[], None]) -> Iterator[None]:
    """While it lasts, SIGTERM and SIGINT end this process with status 1, after the last words.

    A thread is told of a signal by the interpreter itself, whichever handlers a library installs meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Signals are the main thread's.
        return
    notified, telling = os.pipe()
    os.set_blocking(telling, False)

    def watch() -> None:
        while number := os.read(notified, 1)[0]:
            if number in _SIGNALS:
                try:
                    last_words()
                finally:
                    os._exit(1)

    before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
    earlier = signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True, name="end at once")
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(earlier)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.write(telling, b"\0")
        watcher.join()
        os.close(notified)
        os.close(telling)
