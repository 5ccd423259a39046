"""What an evaluation prints goes to whoever asked; what other threads print meanwhile goes where it always goes.

An evaluation that reads from standard input, or calls ``breakpoint()``, gets an error: nobody sits there, and the
training would wait for ever. Nor can it close the streams: that does nothing.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 256 * 1024  # characters that one evaluation may print; more is cut off

_NO_INPUT = "an evaluation cannot ask for input: nobody sits at its standard input"
_NO_DEBUGGER = "an evaluation cannot start a debugger: nobody sits at its standard input; print what you want to see"

_captures: dict[int, Capture] = {}
_lock = allocate_lock()
_kept: dict[str, Any] = {}
_stand_ins: dict[str, Any] = {}
_known: list[_StandIn] = []
_KNOWN_LIMIT = 100  # more only where evaluations put ever new streams there


class Capture:
    """Within ``with``, output of this thread to ``sys.stdout`` and ``sys.stderr`` is kept as text."""

    def __init__(self, is_alone: bool) -> None:
        """``is_alone``: nobody but the evaluation is expected to replace the streams meanwhile."""
        self._is_alone = is_alone
        self._parts: list[str] = []
        self._room = LIMIT
        self.is_cut = False
        self._outer: Capture | None = None

    def __enter__(self) -> Capture:
        with _lock:
            if not _captures:
                _stand_in()
            self._outer = _captures.get(get_ident())
            _captures[get_ident()] = self
        return self

    def __exit__(self, *ignored: object) -> None:
        with _lock:
            if self._outer is not None:
                _captures[get_ident()] = self._outer
                return
            _captures.pop(get_ident(), None)
            _put_back(_stand_ins if _captures else _kept, self._is_alone)

    def put_back(self) -> None:
        """Undo what the evaluation has done to the streams; it is still captured."""
        with _lock:
            _put_back(_stand_ins, self._is_alone)

    def write(self, text: str) -> None:
        """Keep what fits."""
        if self._room > 0:
            self._parts.append(text[: self._room])
        if len(text) > self._room:
            self.is_cut = True
        self._room -= len(text)

    def text(self) -> str:
        """What was printed."""
        return "".join(self._parts)


def _stand_in() -> None:
    global _kept, _stand_ins
    _kept = {
        name: getattr(sys, name, None)
        for name in ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
    }
    _stand_ins = {name: _made(_Reader if "in" in name else _Splitter, stream) for name, stream in _kept.items()}
    _kept["breakpointhook"] = sys.breakpointhook
    _stand_ins["breakpointhook"] = _refuse_debugger
    for name, value in _stand_ins.items():
        setattr(sys, name, value)


def _made(kind: type[_StandIn], stream: Any) -> Any:
    """The stand-in for a stream, the same each time.

    It must outlive the evaluation: before CPython 3.13 ``print`` holds ``sys.stdout`` without counting that, so one
    that goes away while another thread prints takes the process with it.
    """
    for known in _known:
        if type(known) is kind and known._stream is stream:
            return known
    made = kind(stream)
    _known.append(made)
    del _known[:-_KNOWN_LIMIT]
    return made


def _put_back(values: dict[str, Any], in_any_case: bool) -> None:
    for name, value in values.items():
        present = getattr(sys, name, None)
        # Whoever has put something else there meanwhile, in another thread, has reasons, if it works.
        if present is not value and (in_any_case or present is _stand_ins[name] or not _works(present)):
            setattr(sys, name, value)


def _works(stream: Any) -> bool:
    try:
        return callable(stream) or (stream is not None and not stream.closed)
    except Exception:  # something that is no stream
        return False


def _refuse_debugger(*arguments: Any, **keywords: Any) -> Any:
    if get_ident() in _captures:
        raise RuntimeError(_NO_DEBUGGER)
    return _kept["breakpointhook"](*arguments, **keywords)


class _StandIn:
    """Stands for a stream, which cannot be closed meanwhile."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __enter__(self) -> _StandIn:
        return self

    def __exit__(self, *ignored: object) -> None:
        pass

    def close(self) -> None:
        pass

    def detach(self) -> Any:
        if get_ident() in _captures:
            raise ValueError("this stream cannot be detached")
        return self._stream.detach()

    def isatty(self) -> bool:
        return False if get_ident() in _captures or self._stream is None else bool(self._stream.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Splitter(_StandIn):
    """Text of a thread that is captured goes there, all else to the stream."""

    def write(self, text: str) -> int:
        capture = _captures.get(get_ident())
        if capture is not None:
            if not isinstance(text, str):
                raise TypeError("write() argument must be str, not " + type(text).__name__)
            capture.write(text)
            return len(text)
        if self._stream is None:
            return len(text)
        count: int = self._stream.write(text)
        return count

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if get_ident() not in _captures and self._stream is not None:
            self._stream.flush()

    @property
    def buffer(self) -> Any:
        return _Bytes(self) if get_ident() in _captures else self._stream.buffer


class _Bytes(_StandIn):
    """The stream under the text, of a thread that is captured."""

    def write(self, data: Any) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        pass


class _Reader(_StandIn):
    """A thread that is captured has nothing to read."""

    def __getattr__(self, name: str) -> Any:
        if get_ident() in _captures and name in _READING:
            raise RuntimeError(_NO_INPUT)
        return getattr(self._stream, name)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> str:
        if get_ident() in _captures:
            raise RuntimeError(_NO_INPUT)
        line: str = next(self._stream)
        return line


_READING = ("read", "readline", "readlines", "readinto", "readable", "buffer", "fileno", "raw")


def forget_in_child() -> None:
    """In a forked worker: no evaluation runs here."""
    global _lock
    _lock = allocate_lock()
    if _captures:
        _captures.clear()
        _put_back(_kept, True)
