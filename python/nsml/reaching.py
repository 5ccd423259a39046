"""The way into a process that never imported the library: CPython 3.14 or newer, and ``sys.remote_exec`` (PEP 768).

    python3.14 -m nsml.reaching PID [SECONDS [DIRECTORY]]

run from outside by the one who asks, with a Python of the same minor version as the process's, and this library on its
path. The process opens its control socket at the next instruction of its main thread, and does there what waits for a
safe point. So ``stack``, ``complete`` and evaluations with ``now`` work from then on as in any session; a question at a
safe point is sent over the socket first, and then this is run again, which makes the one safe point that the script
itself has not.

Exit status: 0 the process has done so; 1 it has not within SECONDS (10), with a sentence on stderr: its main thread is
in a call that does not come back to Python; 2 it cannot be tried (the Python of either is too old, there is no such
process, or no permission: one must be root, or the same user where ``/proc/sys/kernel/yama/ptrace_scope`` is 0).

The process needs ``NSML_SESSION_DIRECTORY`` and the library on its own path, as every session has them. The file that
it is made to run, and the one by which it says that it has, lie in that directory. DIRECTORY is where it lies for the
one who asks, who should say so when the process is not trusted; without it, it is looked up through the process.
"""

from __future__ import annotations

import os
import sys
import time
import uuid

_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.01

# Runs in the process, whose own names it leaves alone.
_SCRIPT = """
def _nsml_reach():
    import os
    directory = DIRECTORY
    try:
        from nsml import safepoint, session
        session.begin()
        safepoint.pass_by()
        word = "reached"
    except BaseException as error:
        word = "%s: %s" % (type(error).__name__, error)
    with open(os.path.join(directory, "DONE.tmp"), "w") as file:
        file.write(word)
    os.rename(os.path.join(directory, "DONE.tmp"), os.path.join(directory, "DONE"))
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
    name = ".reach-" + uuid.uuid4().hex
    script, done = name + ".py", name + ".done"
    try:
        with open(os.path.join(seen_from_here, script), "x", encoding="utf-8") as file:
            file.write(_SCRIPT.replace("DONE", done).replace("DIRECTORY", repr(directory)))
            os.fchmod(file.fileno(), 0o644)  # whoever the process belongs to reads it
        try:
            sys.remote_exec(process, os.path.join(directory, script))
        except (OSError, RuntimeError) as error:
            raise Unreachable(2, "process %d does not let itself be reached: %s" % (process, error)) from None
        _wait(os.path.join(seen_from_here, done), process, patience)
    except OSError as error:
        raise Unreachable(2, "the directory of the session of process %d: %s" % (process, error)) from None
    finally:
        for one in (script, done):
            try:
                os.unlink(os.path.join(seen_from_here, one))
            except OSError:  # never made, or the process has gone with its directory
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


def _wait(path: str, process: int, patience: float) -> None:
    end = time.monotonic() + patience
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise Unreachable(1, "process %d has not come back to Python within %g seconds" % (process, patience))
        time.sleep(_LOOK_SECONDS)
    with open(path, encoding="utf-8") as file:
        word = file.read()
    if word != "reached":
        raise Unreachable(1, "process %d was reached, but: %s" % (process, word))


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
