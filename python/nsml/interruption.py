"""Ending one evaluation from another thread without ever ending what comes after it.

In the main thread a signal does it: its handler runs in that thread and raises only while the evaluation runs, so that
nothing can be hit that comes later; a wait in the system (a sleep, a lock, a socket) is ended too. In other threads,
and where the evaluation has replaced the handler or blocks the signal, it is an asynchronous exception, which may be
set only under the lock under which the evaluation ends, and which the evaluation takes as the last thing.

Code that catches everything and goes on is interrupted again at every one of its lines. What cannot be interrupted is a
call into C that neither returns nor waits in the system, recursion at its limit that goes on from ``finally``, and,
before Python 3.11, a loop round two handlers that both catch everything: they run to their end, and until then hold up
whoever waits.
"""

from __future__ import annotations

import signal
import sys
import threading
from _thread import get_ident

from nsml.scopes import is_of_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any, Callable

# Not the last ones, which some libraries take; nothing of Python itself uses it.
_SIGNAL = getattr(signal, "SIGRTMIN", 0) and int(signal.SIGRTMAX) - 4

_ROOM = 200  # calls
_PATIENCE = 3  # signals; one that has come to nothing so often is blocked


class Interrupted(BaseException):
    """Raised in an evaluation that is to end. No ``Exception``: code that catches those must not hold on to it."""


class Interruptible:
    """A piece of work that ``interrupt`` of another thread can end."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._thread: int | None = None
        self._frame: FrameType | None = None
        self._uses_signal = False
        self._times = 0
        self._heard = 0
        self._has_set_exception = False
        self._tracer: Any = None
        self._tool: int | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Do the work. Raises nothing but what the work does, and never ``Interrupted``."""
        # One interruption may strike outside of the work, while the end is being noted: hence twice.
        try:
            try:
                self._begin()
                work()
            except Interrupted:
                pass
            self._end()
        except Interrupted:
            pass
        finally:
            self._end()

    def interrupt(self) -> None:
        """Have the work end soon; nothing happens when it is over. Called again, it insists."""
        if not self._lock.acquire(timeout=1):
            return  # held by a thread that has ended its work
        try:
            thread = self._thread
            if thread is None:
                return
            self._times += 1
            if self._uses_signal and signal.getsignal(_SIGNAL) is _handle and self._times <= _PATIENCE + self._heard:
                signal.pthread_kill(thread, _SIGNAL)
            else:
                self._has_set_exception = True
                _set_exception(thread, Interrupted)
        finally:
            self._lock.release()

    def relent(self) -> None:
        """No more at every line: the work itself is over, and what it has changed is being undone."""
        if self._tool is not None:
            sys.monitoring.set_events(self._tool, 0)  # type: ignore[attr-defined,unused-ignore]

    def _begin(self) -> None:
        self._frame = sys._getframe(1)
        self._uses_signal = threading.current_thread() is threading.main_thread() and install()
        if self._uses_signal:
            _running.append(self)
        self._thread = get_ident()

    def _end(self) -> None:
        self._lock.acquire()
        self._thread = None
        self._lock.release()
        self._frame = None
        if self in _running:
            _running.remove(self)
        if self._tool is not None:
            self.relent()
            sys.monitoring.free_tool_id(self._tool)  # type: ignore[attr-defined,unused-ignore]
            self._tool = None
        if self._has_set_exception:
            _take_exception()


_running: list[Interruptible] = []
"""What runs in the main thread; more than one only when one is within another."""


def _handle(number: int, frame: FrameType | None) -> None:
    if not _running or _running[-1]._thread is None:
        return
    work = _running[-1]
    work._heard += 1
    if work._times > 1:
        (_insist if sys.version_info < (3, 12) else _monitor)(work, frame)
    raise Interrupted


def _insist(work: Interruptible, frame: FrameType | None) -> None:
    """The work has caught the first: strike at each line from now on, so that no loop round a handler survives."""
    if work._tracer is not None and sys.gettrace() is work._tracer:
        return

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if is_of_library(frame.f_code.co_filename):
            return None  # what notes the end must come to its end
        if work._thread is not None and event != "exception":
            if signal.getsignal(_SIGNAL) is not _handle:
                raise Interrupted
            signal.raise_signal(_SIGNAL)
        return trace

    work._tracer = trace
    # Code that recurses to the limit leaves no room for being interrupted; the limit is put back afterwards.
    sys.setrecursionlimit(sys.getrecursionlimit() + _ROOM)
    sys.settrace(trace)
    while frame is not None and frame is not work._frame:
        if not is_of_library(frame.f_code.co_filename):
            frame.f_trace = trace
        frame = frame.f_back


def _monitor(work: Interruptible, frame: FrameType | None) -> None:
    """What ``_insist`` does, in newer Pythons, where a tracer that has led to an exception is gone."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    if work._tool is None:
        free = [tool for tool in range(5, -1, -1) if monitoring.get_tool(tool) is None]
        if not free:
            return
        monitoring.use_tool_id(free[0], "nsml")
        work._tool = free[0]

        def strike(code: CodeType, line: int) -> None:
            if work._thread == get_ident() and not is_of_library(code.co_filename):
                raise Interrupted

        monitoring.register_callback(work._tool, monitoring.events.LINE, strike)
        sys.setrecursionlimit(sys.getrecursionlimit() + _ROOM)
    monitoring.set_events(work._tool, monitoring.events.LINE)


def install() -> bool:
    """Have the signal end work in this thread, which is the main one. Answers whether it does.

    The handler stays: a signal that comes late must find it.
    """
    if not _SIGNAL or not hasattr(signal, "pthread_kill"):
        return False
    present = signal.getsignal(_SIGNAL)
    if present is _handle:
        return True
    if present is not signal.SIG_DFL:
        return False  # somebody needs it
    signal.signal(_SIGNAL, _handle)
    return True


def _take_exception() -> None:
    """Have an exception raised here that was set for this thread and has not come yet.

    To clear it instead is no way: Python 3.11 would go on looking for it in all threads, with every call slower, and
    never come out of that as soon as a function is traced.
    """
    try:
        for _ in range(100):
            _pass()
    except Interrupted:
        pass


def _pass() -> None:
    pass


def _set_exception(thread: int, kind: type[BaseException]) -> None:
    try:
        import ctypes
    except ImportError:  # a Python without it: then the work cannot be ended
        return
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
