"""The session's journal: what the library says to the platform.

On disk ``NSML_SESSION_DIRECTORY/journal.ndjson``: one JSON object a line, UTF-8, at most ``LINE_LIMIT`` bytes with its
newline, each line appended by exactly one ``write(2)`` to a file opened ``O_APPEND``. So lines of several threads and
processes never mix, a line is safe from the moment ``append`` returns, even if the process is killed next, and nothing
is left to flush at exit. A line that a full disk has cut short is no valid JSON and is skipped by readers; this process
then starts its next line with a newline.
"""

from __future__ import annotations

import os
from os import write

from nsml.constants import SESSION_DIRECTORY
from nsml.notices import warn, warn_once

LINE_LIMIT = 256 * 1024

# Scripts that close "every" descriptor, and then open files of their own, begin at 3: stay out of their reach, or our
# lines would land in their file.
_LOWEST_DESCRIPTOR = 200

_descriptor = -1
_torn = False
_lost = 0


def append(line: bytes) -> bool:
    """Append one line, which ends with a newline.

    Returns whether the journal holds it. False (disk full, directory gone) is not an error for the caller: the person
    has been warned, once for each cause, and the next line is tried afresh. Never raises, never waits.
    """
    if not _torn:
        try:
            if write(_descriptor, line) == len(line):
                if _lost:
                    _tell_recovery()
                return True
        except OSError as error:
            return _append_after(error, line)
        return _cut()
    return _append_after_cut(line)


def append_event(event: str, **detail: object) -> bool:
    """Append one event; ``detail`` is what JSON can hold. Returns and warns as ``append`` does."""
    from json import dumps
    from time import time

    record = {"kind": "event", "time": round(time(), 6), "event": event}
    if detail:
        record["detail"] = detail
    return append(dumps(record, separators=(",", ":")).encode("ascii") + b"\n")


def _append_after(error: OSError, line: bytes) -> bool:
    """Second try of a line whose write failed outright: the first of all lines, or a descriptor that was closed."""
    import errno

    if error.errno != errno.EBADF:
        return _lose(error)
    try:
        _open()
        if write(_descriptor, line) == len(line):
            return True
    except OSError as again:
        return _lose(again)
    return _cut()


def _append_after_cut(line: bytes) -> bool:
    global _torn
    try:
        written = write(_descriptor, b"\n" + line)
    except OSError as error:
        return _append_after(error, b"\n" + line)
    if written == len(line) + 1:
        _torn = False
        _tell_recovery()
        return True
    return _cut()


def _open() -> None:
    global _descriptor
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    low = os.open(os.path.join(SESSION_DIRECTORY, "journal.ndjson"), flags, 0o644)
    try:
        import fcntl

        _descriptor = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _LOWEST_DESCRIPTOR)
    except (ImportError, OSError):  # no fcntl here, or a limit of fewer descriptors than that
        _descriptor = low
    else:
        os.close(low)


def _cut() -> bool:
    """A short write: the disk filled up in the middle of the line."""
    global _torn, _lost
    _torn = True
    _lost += 1
    warn_once("journal cut", "the disk is full: a report was lost, training goes on")
    return False


def _lose(error: OSError) -> bool:
    global _lost
    _lost += 1
    reason = error.strerror or str(error)
    warn_once("journal " + reason, "a report could not be written (%s): it is lost, training goes on" % reason)
    return False


def _tell_recovery() -> None:
    global _lost
    lost, _lost = _lost, 0
    warn("reports are written again; %d could not be" % lost)
