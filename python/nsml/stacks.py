"""Where all threads of this process are: what ``nsml stack`` shows.

Whoever asks tries these ways in this order.

1. **The question ``stack``** on the control socket (no body, no parameters), answered at once by a thread of the
   library, also while the training is stuck in Python or waits in the system. The answer's body is JSON::

       {"state": "done", "process": PID, "python": "3.11.7", "step": 41, "text": "Thread MainThread ...",
        "threads": [{"name": "MainThread", "id": IDENT, "native": TID or null,
                     "main": true, "daemon": false, "library": false, "omitted": 0,
                     "frames": [{"file": "/app/main.py", "line": 12, "function": "train", "code": "step(batch)"}]}]}

   The main thread comes first and the library's own (``library``) last. Frames are in the order of a traceback, the
   most recent call last; of more than ``FRAME_LIMIT`` the middle ones are left out, ``omitted`` of them. ``code`` is
   the source line, empty where the file cannot be read. ``process`` and ``native`` are as the process sees them, that
   is in its own namespace. ``text`` is all that in the form of a traceback, without the library's own threads.

2. **The signal** ``SIGNAL`` (SIGRTMAX - 5, on Linux 59), when the socket does not answer within a second or two: some C
   code holds the interpreter. ``faulthandler`` then appends the stacks to ``stacks.txt`` in the session's directory,
   the most recent call first: note the file's size, send the signal, read what has been added once it no longer grows.
   **Send it only** to a process that catches it: in ``/proc/PID/status`` the bit ``SIGNAL - 1`` of ``SigCgt``
   (hexadecimal) is set. A process that does not is ended by it. Waits of C code in the system may end early by it. A
   script that has put something else on the signal before keeps that, and then there is no ``stacks.txt``.

3. **py-spy** (a package with one static program), for a process that never imported the library: from outside,
   ``py-spy dump --pid PID`` (``--json`` for programs; ``--native`` for C frames too) with the PID as the one who asks
   sees it. It needs to be root, or the same user where ``/proc/sys/kernel/yama/ptrace_scope`` is 0. It stops the
   process for some milliseconds.

From CPython 3.14 on, ``nsml.reaching`` has such a process open the control socket: then the first way is open.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from nsml import reports
from nsml.constants import SESSION_DIRECTORY
from nsml.describing import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

SIGNAL = getattr(signal, "SIGRTMIN", 0) and int(signal.SIGRTMAX) - 5
"""Makes a process that imported the library write its stacks; 0 where there are no such signals."""

FRAME_LIMIT = 100
_THREAD_LIMIT = 500
_FILE = "stacks.txt"
_file: Any = None


def described() -> dict[str, Any]:
    """All stacks, as the question ``stack`` is answered."""
    threads = _threads()
    return {
        "state": "done",
        "process": os.getpid(),
        "python": sys.version.split()[0],
        "step": reports.last_step(),
        "threads": threads,
        "text": "\n".join(_text(thread) for thread in threads if not thread["library"]),
    }


def register() -> None:
    """Have the signal write the stacks, unless the script uses it itself. Never raises."""
    global _file
    try:
        if _file is not None or not SIGNAL or signal.getsignal(SIGNAL) is not signal.SIG_DFL:
            return
        import faulthandler

        _file = open(os.path.join(SESSION_DIRECTORY, _FILE), "ab", buffering=0)  # noqa: SIM115
        faulthandler.register(SIGNAL, file=_file, all_threads=True, chain=False)
    except Exception:  # a full disk, or a Python without faulthandler: there are other ways
        pass


def _threads() -> list[dict[str, Any]]:
    known = {thread.ident: thread for thread in threading.enumerate()}
    main = threading.main_thread()
    found = []
    for ident, frame in list(sys._current_frames().items())[:_THREAD_LIMIT]:
        thread = known.get(ident)
        name = thread.name if thread is not None else "(not started by Python's threading)"
        frames, omitted = _frames(frame)
        found.append(
            {
                "name": clean(str(name)),
                "id": ident,
                "native": getattr(thread, "native_id", None),
                "main": thread is main,
                "daemon": thread is not None and thread.daemon,
                "library": thread is not None and str(name).startswith("nsml-"),
                "frames": frames,
                "omitted": omitted,
            }
        )
    return sorted(found, key=lambda one: (not one["main"], one["library"], str(one["name"])))


def _frames(frame: FrameType | None) -> tuple[list[dict[str, Any]], int]:
    import linecache

    places = []
    while frame is not None:
        places.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    places.reverse()
    omitted = max(0, len(places) - FRAME_LIMIT)
    if omitted:
        places[FRAME_LIMIT // 2 : FRAME_LIMIT // 2 + omitted] = []
    frames = [
        {
            "file": clean(code.co_filename),
            "line": line or 0,
            "function": clean(getattr(code, "co_qualname", code.co_name)),
            "code": clean(linecache.getline(code.co_filename, line or 0).strip()),
        }
        for code, line in places
    ]
    return frames, omitted


def _text(thread: dict[str, Any]) -> str:
    lines = ["Thread %s (most recent call last):" % thread["name"]]
    for index, frame in enumerate(thread["frames"]):
        if thread["omitted"] and index == FRAME_LIMIT // 2:
            lines.append("  ... %d calls are left out ..." % thread["omitted"])
        lines.append('  File "%s", line %d, in %s' % (frame["file"], frame["line"], frame["function"]))
        if frame["code"]:
            lines.append("    " + frame["code"])
    return "\n".join(lines) + "\n"
