"""Settings of the whole interpreter that an evaluation must leave as they were.

Code that is asked to run may replace ``print``, ``repr`` or ``sys.excepthook``, lower the limit of recursion, turn
warnings into errors or set a timer: all of that would end the training later, at a place that has nothing to do with
it. What the settings were is kept before an evaluation and put back after it; random numbers too, see
``nsml.randomness``. Of modules and search paths only what has gone is put back; what was added may be meant. Objects,
modules and environment of the training are not settings: changing those is what an evaluation may be for.
"""

from __future__ import annotations

import builtins
import gc
import os
import signal
import sys
import threading
from importlib import import_module

from nsml.randomness import Randomness
from nsml.tracing import Tracing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What ``signal`` is made of: without its enumerations, which would cost half of an evaluation.
_signal = import_module("_signal")

_SIGNALS = tuple(range(1, signal.NSIG))
_TIMERS = tuple(
    getattr(signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(signal, name)
)
_HOOKS = ("displayhook", "excepthook", "unraisablehook")
_LISTS = ("path", "meta_path", "path_hooks")
_DESCRIPTORS = (0, 1, 2)


class Settings:
    """What the settings are now; ``put_back`` makes them so again, and ``close`` at last."""

    def __init__(self, is_main_thread: bool, at_safe_point: bool) -> None:
        self._is_main_thread = is_main_thread
        self._tracing = Tracing()
        self._builtins = dict(builtins.__dict__)
        self._modules = sys.modules
        self._loaded = dict(sys.modules)
        self._lists = [(name, getattr(sys, name), list(getattr(sys, name))) for name in _LISTS]
        self._hooks = [(sys, name, getattr(sys, name)) for name in _HOOKS]
        self._hooks.append((threading, "excepthook", threading.excepthook))
        self._limit = sys.getrecursionlimit()
        self._interval = sys.getswitchinterval()
        self._randomness = Randomness() if at_safe_point else None
        self.handlers: list[Any] = []
        self._duplicates: list[int | None] = []
        if not is_main_thread:
            return  # in a thread of its own, meanwhile the training may change the rest by itself
        self._collects = gc.isenabled()
        self._threshold = gc.get_threshold()
        self._callbacks = list(gc.callbacks)
        self.handlers = _handlers()
        self._blocked = _signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._timers = [_signal.getitimer(timer)[0] for timer in _TIMERS]
        self._directory = _directory()
        self._filters = _filters()
        self._duplicates = [_duplicate(descriptor) for descriptor in _DESCRIPTORS]

    def put_back_builtins(self) -> None:
        """Undo what has changed among the built-in functions, which whatever comes next needs."""
        # By a dict's own methods alone: any name that this could call may be one that was replaced. A name that was
        # added stays: another thread may have added it, and it replaces nothing.
        builtins.__dict__.update(self._builtins)

    def put_back(self) -> None:
        """Undo what has changed. Raises only what a handler raises that the code has left behind."""
        self.put_back_builtins()
        if self._is_main_thread:
            self._put_back_signals()
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        if sys.getswitchinterval() != self._interval:
            sys.setswitchinterval(self._interval)
        for holder, name, hook in self._hooks:
            if getattr(holder, name, None) is not hook:
                setattr(holder, name, hook)
        self._put_back_imports()
        if self._is_main_thread:
            self._put_back_process()
        self._tracing.put_back()

    def close(self) -> bool:
        """Undo what else has changed, once, when nothing of the code runs any more. Answers whether it was random."""
        for descriptor, duplicate in zip(_DESCRIPTORS, self._duplicates):
            if duplicate is not None:
                _put_back_descriptor(descriptor, duplicate)
        self._duplicates = []
        moved = self._randomness is not None and self._randomness.put_back()
        self._randomness = None
        return moved

    def _put_back_imports(self) -> None:
        if sys.modules is not self._modules:
            sys.modules = self._modules
        for name, module in self._loaded.items():
            if self._modules.get(name) is None and module is not None:
                self._modules[name] = module
        for name, entries, before in self._lists:
            if getattr(sys, name, None) is not entries:
                setattr(sys, name, entries)
            if entries != before and not all(entry in entries for entry in before):
                entries[:] = before

    def _put_back_process(self) -> None:
        if gc.isenabled() != self._collects:
            (gc.enable if self._collects else gc.disable)()
        if gc.get_threshold() != self._threshold:
            gc.set_threshold(*self._threshold)
        if gc.callbacks != self._callbacks:
            gc.callbacks[:] = self._callbacks
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
            if not left and _signal.getitimer(timer)[0]:
                signal.setitimer(timer, 0)
        now = _handlers()
        for number, before, after in zip(_SIGNALS, self.handlers, now) if now != self.handlers else ():
            if before is not after and before is not None:
                try:
                    _signal.signal(number, before)
                except (OSError, ValueError):  # one that cannot be set
                    pass
        if _signal.pthread_sigmask(signal.SIG_BLOCK, ()) != self._blocked:
            _signal.pthread_sigmask(signal.SIG_SETMASK, self._blocked)


def _handlers() -> list[Any]:
    get = _signal.getsignal
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


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # closed, or no more to be had
        return None


def _put_back_descriptor(descriptor: int, duplicate: int) -> None:
    try:
        if not _is_same(descriptor, duplicate):
            os.dup2(duplicate, descriptor)
    finally:
        os.close(duplicate)


def _is_same(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:  # closed
        return False
