"""Moments in which the training lets go of the interpreter, so that whoever answers a question gets on.

A thread that has to have the interpreter asks the one that holds it to let go only after waiting for 5 ms without a
change; each ``write`` of a report is such a change, and starts its wait anew. So in a training that is pure Python and
reports every millisecond, a thread that serves the platform would hardly ever get on. At a safe point the training
therefore sleeps for some microseconds, again and again for ``_LIMIT_SECONDS`` at most, while

- a request has arrived that nobody has read yet. Threads wait for requests in ``wait``, and read only when they have
  the interpreter, so that ``_arrivals`` tells for as long as they have not; it is looked at every ``_EVERY_SECONDS``;
- a thread is busy with a question: from ``hurry`` to ``calm``, and no longer than ``_HURRY_SECONDS``, so that a long
  evaluation slows nothing for long.

All that a report pays is to compare its own time with ``since`` and ``until``.
"""

from __future__ import annotations

import os
import select
from _thread import allocate_lock, get_ident
from time import monotonic, sleep, time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SLEEP_SECONDS = 20e-6
_LIMIT_SECONDS = 0.002
_EVERY_SECONDS = 0.005
_HURRY_SECONDS = 0.1
_STUCK_SECONDS = 0.1  # when what has arrived is not fetched: no descriptors left, most likely

since = 0.0
until = float("inf")
"""From ``since`` until then (``time.time``) nothing is to be looked at; also a clock that is set back is noticed."""

_arrivals: Any = None
_busy: dict[int, float] = {}


class Done:
    """Set once, by whoever does the work, for the thread that made it and waits: that one then gets on soon."""

    def __init__(self) -> None:
        self._waiter = get_ident()
        self._lock = allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        hurry(self._waiter)
        self._lock.release()

    def wait(self, timeout: float = -1) -> bool:
        """Wait at most so many seconds. Returns whether it is set."""
        if not self._lock.acquire(timeout=timeout):
            return False
        self._lock.release()
        return True


def hurry(thread: int) -> None:
    """A thread has something to do for which somebody waits."""
    global until
    _busy[thread] = monotonic() + _HURRY_SECONDS
    until = 0.0


def calm(thread: int) -> None:
    """The thread waits for others now, or ends."""
    _busy.pop(thread, None)


def wait(descriptor: int) -> None:
    """Wait until something has arrived at a socket, which this thread reads then."""
    thread = get_ident()
    calm(thread)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll()
    hurry(thread)


def watch(descriptor: int) -> None:
    """Look for arrivals at this socket, until ``unwatch``, which must come before it is closed. Never raises."""
    global _arrivals, until
    try:
        if _arrivals is None:
            _arrivals = select.epoll()
        _arrivals.register(descriptor, select.EPOLLIN)
        until = 0.0
    except (AttributeError, OSError, ValueError):  # not on Linux, or no descriptors left: then it is slower
        pass


def unwatch(descriptor: int) -> None:
    """Look no longer. Never raises."""
    try:
        if _arrivals is not None:
            _arrivals.unregister(descriptor)
    except (OSError, ValueError):  # closed by a script that closes every descriptor
        pass


def give(waiting: list[Any]) -> None:
    """Give those a moment who want it, from a safe point, but no longer than there is nothing waiting."""
    global since, until
    if get_ident() in _busy:
        return  # an evaluation that reports
    begun = monotonic()
    now = begun
    pause = _EVERY_SECONDS
    while not waiting:
        until = 0.0
        if not any(end > now for end in list(_busy.values())):
            since = time()
            until = since + pause  # before the look: a thread that is busy from now on overrules it
            if not _have_arrived():
                return
            pause = _STUCK_SECONDS
        if now - begun > _LIMIT_SECONDS:
            return
        sleep(_SLEEP_SECONDS)
        now = monotonic()


def _have_arrived() -> bool:
    try:
        return _arrivals is not None and bool(_arrivals.poll(0, 1))
    except (OSError, ValueError):  # see above
        return False


def _forget_in_child() -> None:
    """In a forked worker: the threads are the parent's, and so is what arrives."""
    global _arrivals, since, until
    _arrivals = None  # closes the worker's own descriptor
    _busy.clear()
    since, until = 0.0, float("inf")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
