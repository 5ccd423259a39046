"""Tracers and profilers, of which an evaluation must leave none behind.

A function that ``sys.settrace`` or ``sys.setprofile`` has been given is called at the next call of anything, in this
library too, and raises there what it likes; so the two are taken away by the evaluation itself before it calls anything
written in Python. What lasts longer is here: the tracers of the training itself, those that a debugger leaves on the
frames of the callers, and those that are meant for new threads. What ``sys.monitoring`` raises at every line of every
thread cannot be helped.
"""

from __future__ import annotations

import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


class Tracing:
    """Who traces this thread, its callers and new threads now; ``put_back`` makes it so again."""

    def __init__(self) -> None:
        self._trace = sys.gettrace()
        self._profile = sys.getprofile()
        self._hooks = _hooks()
        self._of_frames = {id(frame): frame.f_trace for frame in _callers() if frame.f_trace is not None}

    def put_back(self) -> None:
        """Undo what has changed; the training's own tracers come last, so that they see nothing of this."""
        trace_hook, profile_hook = _hooks()
        if trace_hook is not self._hooks[0]:
            threading.settrace(self._hooks[0])
            if self._hooks[0] is None and hasattr(sys, "_settraceallthreads"):
                sys._settraceallthreads(None)
        if profile_hook is not self._hooks[1]:
            threading.setprofile(self._hooks[1])
            if self._hooks[1] is None and hasattr(sys, "_setprofileallthreads"):
                sys._setprofileallthreads(None)
        for frame in _callers():
            if frame.f_trace is not None and frame.f_trace is not self._of_frames.get(id(frame)):
                frame.f_trace = self._of_frames.get(id(frame))
        if sys.getprofile() is not self._profile:
            sys.setprofile(self._profile)
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)


def _hooks() -> tuple[Any, Any]:
    return getattr(threading, "_trace_hook", None), getattr(threading, "_profile_hook", None)


def _callers() -> list[FrameType]:
    frames = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
