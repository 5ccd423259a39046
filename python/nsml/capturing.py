"""What an evaluation prints goes to whoever asked; what other threads print meanwhile goes where it always goes."""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 256 * 1024  # characters that one evaluation may print; more is cut off

_captures: dict[int, Capture] = {}
_lock = allocate_lock()
_kept: tuple[Any, Any] = (None, None)
_splitters: tuple[Any, Any] = (None, None)


class Capture:
    """Within ``with``, output of this thread to ``sys.stdout`` and ``sys.stderr`` is kept as text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = LIMIT
        self.is_cut = False
        self._outer: Capture | None = None

    def __enter__(self) -> Capture:
        global _kept, _splitters
        with _lock:
            if not _captures:
                _kept = (sys.stdout, sys.stderr)
                _splitters = (_Splitter(sys.stdout), _Splitter(sys.stderr))
                sys.stdout, sys.stderr = _splitters
            self._outer = _captures.get(get_ident())
            _captures[get_ident()] = self
        return self

    def __exit__(self, *ignored: object) -> None:
        with _lock:
            if self._outer is not None:
                _captures[get_ident()] = self._outer
                return
            _captures.pop(get_ident(), None)
            if not _captures:
                # Whoever has put something else there meanwhile, in another thread, has reasons.
                if sys.stdout is _splitters[0]:
                    sys.stdout = _kept[0]
                if sys.stderr is _splitters[1]:
                    sys.stderr = _kept[1]

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


class _Splitter:
    """Stands for a stream: text of a thread that is captured goes there, all else to the stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

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

    def close(self) -> None:
        if get_ident() not in _captures:
            self._stream.close()

    def detach(self) -> Any:
        if get_ident() in _captures:
            raise ValueError("this stream cannot be detached")
        return self._stream.detach()

    def isatty(self) -> bool:
        return False if get_ident() in _captures or self._stream is None else bool(self._stream.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def forget_in_child() -> None:
    """In a forked worker: no evaluation runs here."""
    global _lock
    _lock = allocate_lock()
    if _captures:
        _captures.clear()
        sys.stdout, sys.stderr = _kept
