"""Running code that somebody asks for, so that nothing it does by mistake reaches the training.

Whatever the code raises, ``SystemExit`` and ``KeyboardInterrupt`` too, is an answer; so is that it took too long. An
exception that a signal's handler of the user's raised meanwhile is not the code's: it is passed on. What code can do
all the same: end the process (``os._exit``, a deadly signal, a crash in C), use up its memory, and change the objects
and modules of the training, which is what it may be for.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from nsml import safepoint, scopes
from nsml.capturing import Capture
from nsml.describing import clean, describe
from nsml.interpreter import Settings
from nsml.interruption import Interrupted, Interruptible, install
from nsml.scopes import Scope, is_of_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Protocol

    class Work(Protocol):
        """What is evaluated; ``finish`` says afterwards what it has assigned."""

        @property
        def sources(self) -> dict[str, str]: ...
        @property
        def seeds(self) -> bool: ...
        def __call__(self, scope: Scope) -> Any: ...
        def finish(self) -> list[dict[str, Any]]: ...


VALUE_LIMIT = 256 * 1024  # characters of a value
_TRACEBACK_LIMIT = 60  # frames
_ATTEMPTS = 100
_getpid = os.getpid
_clock = time.monotonic
# Code that is asked to run may have replaced them, or what they are called by.
_settrace = sys.settrace
_setprofile = sys.setprofile
_Anything = BaseException

NOTHING = object()
"""What work returns that has no value to show."""


class Evaluation:
    """One piece of work, and what came of it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._sources = work.sources
        self._run = Interruptible()
        self._capture = Capture(is_alone=True)
        self._passed_on: BaseException | None = None
        self.begun = False
        self.begun_at = 0.0
        self.seconds = 0.0
        self.reason: str | None = None
        """Why it was interrupted, if it was: ``timeout`` or ``interrupted``."""
        self.state = "interrupted"
        self.value: str | None = None
        self.error: str | None = None
        self.traceback: str | None = None
        self.notes: list[str] = []
        self.changes: list[dict[str, Any]] = []

    def interrupt(self, reason: str) -> None:
        """Have it end soon, from another thread."""
        self.reason = self.reason or reason
        self._run.interrupt()

    def evaluate(self, at_safe_point: bool) -> None:
        """Do the work in this thread. Raises only what is not the work's own (a stop of the session)."""
        process = _getpid()
        is_main_thread = threading.current_thread() is threading.main_thread()
        if is_main_thread:
            install()
        settings = Settings(is_main_thread, at_safe_point)
        self._capture = Capture(is_main_thread)
        self.begun_at = _clock()
        self.begun = True
        passed = safepoint.passed
        try:
            with self._capture:
                self._run.run(lambda: self._do(at_safe_point, settings))
        except Exception as error:  # of a tracer that the work has put upon what is here
            self.state = "failed"
            self._describe(error)
        finally:
            if at_safe_point:
                safepoint.passed = passed  # what the code reports is no safe point of the training's
            settings.put_back_builtins()
            _put_back(settings)
            if _getpid() != process:
                os._exit(0)  # the code has forked, and the copy must not go on as a second training
            if settings.close() and self._work.seeds:
                self.notes = self.notes + ["the random numbers go on as if they had not been seeded: see the manual"]
        self.seconds = _clock() - self.begun_at
        if self._passed_on is not None:
            raise self._passed_on

    def _do(self, at_safe_point: bool, settings: Settings) -> None:
        try:
            try:
                self._work_in(Scope(at_safe_point), settings)
            except BaseException as error:
                self.state = "failed"
                if isinstance(error, Interrupted):
                    self.state = self.reason or "interrupted"
                elif _is_of_handler(error, settings.handlers):
                    self._passed_on = error
                self._describe(error)
        finally:
            # Texts of values and errors are made by the code's own functions too.
            try:
                _setprofile(None)
            except _Anything:  # it is gone by that
                pass
            _settrace(None)

    def _work_in(self, scope: Scope, settings: Settings) -> None:
        try:
            value = self._work(scope)
        finally:
            # Before anything that is written in Python is called: see nsml.tracing.
            try:
                _setprofile(None)
            except _Anything:  # it is gone by that
                pass
            _settrace(None)
            settings.put_back_builtins()
            self._run.relent()
            _put_back(settings)
            self._capture.put_back()
            scope.commit()
            self.notes = scope.notes
            self.changes = self._work.finish()
        if value is not NOTHING and value is not None:
            self.value = clean(describe(value, VALUE_LIMIT))
        self.state = "done"

    def _describe(self, error: BaseException) -> None:
        if not isinstance(error, Interrupted):
            self.error = type(error).__name__
        try:
            self.traceback = clean(self._format(error))
            if not isinstance(error, Interrupted):
                self.error = clean(describe_error(error))
            if isinstance(error, NameError) and scopes.given is None:
                self.notes = self.notes + [
                    "the names of a function are seen once it gives them: report(scope=locals())"
                ]
        except BaseException as again:  # an error whose text fails as well
            if isinstance(again, Interrupted):
                self.state = self.reason or "interrupted"
            self.traceback = None

    def _format(self, error: BaseException) -> str:
        import linecache
        import traceback

        trace = _without_library(error.__traceback__)
        for name, source in self._sources.items():
            # Python 3.11 sets its marks one column too far to the right below a line that has no end.
            linecache.cache[name] = (len(source), None, (source + "\n").splitlines(True), name)
        try:
            if isinstance(error, Interrupted):
                return "".join(traceback.format_list(traceback.extract_tb(trace, -_TRACEBACK_LIMIT)))
            lines = traceback.format_exception(type(error), error, trace, -_TRACEBACK_LIMIT)
            return describe_text("".join(lines))
        finally:
            for name in self._sources:
                linecache.cache.pop(name, None)

    def answer(self) -> dict[str, Any]:
        """What is told to whoever asked."""
        answer: dict[str, Any] = {
            "state": self.state,
            "output": clean(self._capture.text()),
            "seconds": round(self.seconds, 6),
        }
        if self._capture.is_cut:
            self.notes = self.notes + ["more was printed than is shown"]
        for name in ("value", "error", "traceback"):
            if getattr(self, name) is not None:
                answer[name] = getattr(self, name)
        if self.notes:
            answer["notes"] = [clean(note) for note in self.notes]
        return answer


def _put_back(settings: Settings) -> None:
    for _ in range(_ATTEMPTS):
        try:
            settings.put_back()
            return
        except BaseException:  # of a handler that the code has left behind, with a timer that goes on
            continue


def describe_error(error: BaseException) -> str:
    """``TypeError: what it says``, on one line."""
    text = str(error)
    name = type(error).__name__
    return describe_text("%s: %s" % (name, " ".join(text.split())) if text else name, 2000)


def describe_text(text: str, limit: int = 64 * 1024) -> str:
    """A text, cut in the middle when it is too long."""
    if len(text) <= limit:
        return text
    return "%s\n... (%d characters) ...\n%s" % (text[: limit // 2], len(text) - limit, text[-limit // 2 :])


def _without_library(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this library at its beginning."""
    while trace is not None and is_of_library(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_of_handler(error: BaseException, handlers: list[Any]) -> bool:
    """Whether a handler that the training had set raised it: a stop of the session, or the user's own way of ending."""
    codes = {getattr(handler, "__code__", None) for handler in handlers} - {None}
    trace = error.__traceback__ if codes else None
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _forget_in_child() -> None:
    from nsml import capturing

    capturing.forget_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
