"""Settings of the whole interpreter that an evaluation must leave as they were.

Code that is asked to run may replace ``print``, ``repr`` or ``sys.stdout``, lower the limit of recursion, turn warnings
into errors or set a timer: all of that would end the training later, at a place that has nothing to do with it. What
the settings were is kept before an evaluation and put back after it. Objects, modules and environment of the training
are not settings: changing those is what an evaluation may be for.
"""

from __future__ import annotations

import builtins
import gc
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGNALS = tuple(range(1, signal.NSIG))
_TIMERS = tuple(
    getattr(signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(signal, name)
)


class Settings:
    """What the settings are now; ``put_back`` makes them so again."""

    def __init__(self, is_main_thread: bool) -> None:
        self._is_main_thread = is_main_thread
        self._builtins = dict(builtins.__dict__)
        self.handlers: list[Any] = []
        if not is_main_thread:
            return  # in a thread of its own, meanwhile the training may change the rest by itself
        self._streams = (sys.stdin, sys.stdout, sys.stderr, sys.displayhook, sys.excepthook)
        self._limit = sys.getrecursionlimit()
        self._interval = sys.getswitchinterval()
        self._trace = sys.gettrace()
        self._profile = sys.getprofile()
        self._collects = gc.isenabled()
        self.handlers = _handlers()
        self._timers = [signal.getitimer(timer)[0] for timer in _TIMERS]
        self._directory = _directory()
        self._filters = _filters()

    def put_back_builtins(self) -> None:
        """Undo what has changed among the built-in functions, which whatever comes next needs."""
        # By a dict's own methods alone: any name that this could call may be one that was replaced. A name that was
        # added stays: another thread may have added it, and it replaces nothing.
        builtins.__dict__.update(self._builtins)

    def put_back(self) -> None:
        """Undo what has changed. Raises only what a handler raises that the code has left behind."""
        self.put_back_builtins()
        if not self._is_main_thread:
            return
        self._put_back_signals()
        sys.stdin, sys.stdout, sys.stderr, sys.displayhook, sys.excepthook = self._streams
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        if sys.getswitchinterval() != self._interval:
            sys.setswitchinterval(self._interval)
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)
        if self._trace is None:
            _forget_tracers()
        if sys.getprofile() is not self._profile:
            sys.setprofile(self._profile)
        if gc.isenabled() != self._collects:
            (gc.enable if self._collects else gc.disable)()
        if self._directory is not None and _directory() != self._directory:
            try:
                os.chdir(self._directory)
            except OSError:  # removed: then there is nothing to go back to
                pass
        warnings = sys.modules.get("warnings")
        if warnings is not None and self._filters is not None and _filters() != self._filters:
            warnings.filters[:] = self._filters
            warnings._filters_mutated() if hasattr(warnings, "_filters_mutated") else None

    def _put_back_signals(self) -> None:
        for timer, left in zip(_TIMERS, self._timers):
            if not left and signal.getitimer(timer)[0]:
                signal.setitimer(timer, 0)
        now = _handlers()
        if now == self.handlers:
            return
        for number, before, after in zip(_SIGNALS, self.handlers, now):
            if before is not after and before is not None:
                try:
                    signal.signal(number, before)
                except (OSError, ValueError):  # one that cannot be set
                    pass


def _forget_tracers() -> None:
    """A debugger that the code began leaves its tracer on all callers, where the next tracing would wake it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_trace is not None:
            frame.f_trace = None  # type: ignore[assignment]
        frame = frame.f_back


def _handlers() -> list[Any]:
    get = signal.getsignal
    return [get(number) for number in _SIGNALS]


def _directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it has been removed
        return None


def _filters() -> list[Any] | None:
    warnings = sys.modules.get("warnings")
    filters = getattr(warnings, "filters", None)
    return list(filters) if isinstance(filters, list) else None
