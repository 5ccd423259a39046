"""Work that others ask for and that must wait until the training code is between two of its own steps.

A safe point is a call of ``report``, ``save`` or ``paused``. ``waiting`` is filled by the threads of the control socket
and emptied by the thread that reaches a safe point; looking whether it is empty, counting, and what ``nsml.moments``
asks for is all that a report pays for it. The count names a safe point: what was changed at one can be changed there
again in another run.
"""

from __future__ import annotations

import os

from nsml import moments
from nsml.notices import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Semaphore
    from typing import Callable

    Task = Callable[[], None]

# A signal that comes between Python's last look at signals and the system call that waits would not be noticed before
# the wait is over, so no wait is for ever.
_LOOK_SECONDS = 0.5

waiting: list[Task] = []
passed = 0
"""How many calls of report, save and paused there have been; those within a task do not count."""

lent = False
"""Whether this process was reached from outside (``nsml.reaching``) before it had imported the library by itself."""

_running = False
_held = False
_bell: Semaphore | None = None


def submit(task: Task) -> None:
    """Have a task done at the next safe point. The task deals with its own errors and says itself when it is done."""
    waiting.append(task)
    if _bell is not None:
        _bell.release()


def postpone(task: Task, first: bool = False) -> None:
    """Have a task tried again at the next safe point, from within the task; waiting for that wakes nobody."""
    if task not in waiting:
        waiting.insert(0 if first else len(waiting), task)


def withdraw(task: Task) -> None:
    """Forget a task that nobody waits for any more; no error when it is running or done."""
    try:
        waiting.remove(task)
    except ValueError:
        pass


def pass_by() -> None:
    """Count this safe point and do what is waiting."""
    global passed
    passed += 1
    attend()


def attend() -> None:
    """Do what is waiting, and let those get on who answer."""
    if _running:
        return
    moments.give(waiting)
    if waiting:
        reach()
        moments.give(waiting)


def reach() -> None:
    """Do what is waiting. A safe point inside a task (a user's save that reports) does nothing."""
    global _running, passed
    if _running:
        return
    _running = True
    count = passed
    try:
        _do_waiting()
    finally:
        passed = count
        _running = False


def _do_waiting() -> None:
    for _ in range(len(waiting)):  # not "while": a task may put itself off to the next safe point
        try:
            task = waiting.pop(0)
        except IndexError:  # withdrawn meanwhile
            break
        try:
            task()
        except Exception as error:
            warn("a request of the platform failed: %s: %s" % (type(error).__name__, error))


def stay(arrived: Callable[[], None]) -> None:
    """Stay at this safe point, from within a task, until ``release`` is called; do each other task as it comes."""
    import threading

    from nsml import journal

    global _held, _bell
    if _held or _bell is not None:  # it stays here anyway
        arrived()
        return
    _held = True
    _bell = threading.Semaphore(0)
    journal.append_event("paused")
    arrived()
    try:
        while _held:
            _do_waiting()
            _bell.acquire(timeout=_LOOK_SECONDS)
    finally:
        _held = False
        _bell = None
        journal.append_event("running")


def release() -> None:
    """Let the training thread go on that ``stay`` holds; no error when it is not held."""
    global _held
    _held = False
    if _bell is not None:
        _bell.release()


def serve_for_ever() -> None:
    """Stay at this safe point and do each task as it comes. Ends only by an exception, such as that of a signal."""
    import threading

    global _bell
    _bell = threading.Semaphore(0)
    try:
        while True:
            reach()
            _bell.acquire(timeout=_LOOK_SECONDS)
    finally:
        _bell = None


def _forget_in_child() -> None:
    """In a forked worker: whoever asked is waiting for the parent."""
    global _running, _held, _bell
    del waiting[:]
    _running = False
    _held = False
    _bell = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
