"""The way into a process that never imported the library: CPython 3.14 or newer, and ``sys.remote_exec`` (PEP 768).

    python3.14 -m nsml.reaching PID [SECONDS [DIRECTORY]]

run by the one who asks, with a Python of the same minor version as the process's. It needs nothing else of this
library, so the file may be run by its path, with ``-I -S``. The platform runs it beside the process, with no more
rights than that has.

The process opens its control socket at the next instruction of its main thread, and does there what waits for a safe
point. So ``stack``, ``complete`` and evaluations with ``now`` work from then on as in any session; a question at a safe
point is sent over the socket first, and then this is run again, which makes the one safe point that the script itself
has not (it is not counted). ``state`` says of such a process that it is ``lent``.

Exit status: 0 the process has done so; 1 it has not within SECONDS (10), with a sentence on stderr: its main thread is
in a call that does not come back to Python; 2 it cannot be tried (the Python of either is too old, there is no such
process, or no permission: one must be root, or the same user where ``/proc/sys/kernel/yama/ptrace_scope`` is 0).

The process needs ``NSML_SESSION_DIRECTORY`` and the library on its own path, as every session has them. The file that
it is made to run lies in that directory; the process removes it. DIRECTORY is where it lies for the
one who asks, who should say so when the process is not trusted; without it, it is looked up through the process.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
import uuid

_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.01
_WORD_LIMIT = 2000  # bytes
_SCOPE = "/proc/sys/kernel/yama/ptrace_scope"

# Runs in the process, whose own names it leaves alone. That it is gone says that it has run; where it failed, its place
# is taken by why. One that the process comes to too late for us stays for it: it would print that it is not there.
_SCRIPT = """
def _nsml_reach():
    import os, sys
    path = PATH
    try:
        is_lent = "nsml" not in sys.modules
        from nsml import session
        session.reach(is_lent)
    except BaseException as error:
        with open(path + ".failed", "w") as file:
            file.write("%s: %s" % (type(error).__name__, error))
        os.rename(path + ".failed", path)
    else:
        os.unlink(path)
_nsml_reach()
del _nsml_reach
"""


class Unreachable(Exception):
    """The process cannot be reached, and why; ``status`` is what the program ends with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def reach(process: int, patience: float = _PATIENCE_SECONDS, seen_from_here: str | None = None) -> None:
    """Have a process open its control socket and do what waits for a safe point. Raises Unreachable."""
    if not hasattr(sys, "remote_exec"):
        raise Unreachable(2, "CPython 3.14 or newer is needed, and this is %d.%d" % sys.version_info[:2])
    directory = _directory(process)
    if seen_from_here is None:
        seen_from_here = "/proc/%d/root%s" % (process, directory)
    name = ".reach-%s.py" % uuid.uuid4().hex
    here, there = os.path.join(seen_from_here, name), os.path.join(directory, name)
    text = _SCRIPT.replace("PATH", repr(there))
    try:
        with open(here, "x", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)  # whoever the process belongs to reads it
        try:
            sys.remote_exec(process, there)
        except (OSError, RuntimeError) as error:
            _remove(here)
            raise Unreachable(2, "process %d does not let itself be reached: %s" % (process, _why(error))) from None
        _wait(here, text, process, patience)
    except OSError as error:
        raise Unreachable(2, "the directory of the session of process %d: %s" % (process, error)) from None


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # the process has gone with its directory
        pass


def _directory(process: int) -> str:
    try:
        with open("/proc/%d/environ" % process, "rb") as file:
            variables = dict(entry.partition(b"=")[::2] for entry in file.read().split(b"\0"))
    except OSError as error:
        raise Unreachable(2, "process %d: %s" % (process, error.strerror)) from None
    directory = os.fsdecode(variables.get(b"NSML_SESSION_DIRECTORY", b""))
    if not directory:
        raise Unreachable(2, "process %d is no session: it has no NSML_SESSION_DIRECTORY" % process)
    return directory


def _wait(path: str, text: str, process: int, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        found = _read(path)
        if found is None:
            return
        if found and not text.startswith(found):
            _remove(path)
            raise Unreachable(1, "process %d was reached, but: %s" % (process, found))
        if time.monotonic() > end:
            raise Unreachable(1, "process %d has not come back to Python within %g seconds" % (process, patience))
        time.sleep(_LOOK_SECONDS)


def _read(path: str) -> str | None:
    """The beginning of a file; None when there is none. Raises OSError when it is no plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise OSError(errno.EINVAL, "not a plain file: %s" % path)
        return os.read(descriptor, _WORD_LIMIT).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _why(error: BaseException) -> str:
    """An error of ``sys.remote_exec``, and what to do about it."""
    said = "; ".join(str(one) for one in (error, error.__cause__ or error.__context__) if one is not None)
    if not isinstance(error, PermissionError) and "ermi" not in said:
        return said
    try:
        with open(_SCOPE, encoding="ascii") as file:
            scope = file.read().strip()
    except (OSError, ValueError):  # a kernel without it
        scope = "0"
    return said if scope == "0" else "%s (%s is %s here; 0 allows it)" % (said, _SCOPE, scope)


def main(arguments: list[str]) -> int:
    """The program."""
    try:
        process = int(arguments[0])
        patience = float(arguments[1]) if len(arguments) > 1 else _PATIENCE_SECONDS
        directory = arguments[2] if len(arguments) > 2 else None
    except (IndexError, ValueError):
        sys.stderr.write("usage: python3.14 -m nsml.reaching PID [SECONDS [DIRECTORY]]\n")
        return 2
    try:
        reach(process, patience, directory)
    except Unreachable as error:
        sys.stderr.write("%s\n" % error)
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
