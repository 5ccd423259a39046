"""``nsml.save``, ``nsml.load`` and ``nsml.save_folder``.

A checkpoint is a directory under ``NSML_SESSION_DIRECTORY/checkpoints``, handed over by one line of the journal; the
platform stores it while training goes on, so what follows saving costs the training nothing.
"""

from __future__ import annotations

import os
import time

from nsml import bindings, callbacks, journal, naming, outside, reports, safepoint, staging
from nsml.constants import IS_ON_NSML, SESSION_DIRECTORY, SESSION_NAME
from nsml.notices import warn, warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from nsml.callbacks import Callback
    from nsml.staging import Staging

_FULL_BYTES = 256 * 1024  # a disk with less than this left is called full, whatever the error in the callback says

# Lines that a full disk refused. A checkpoint is worth more than a report, so these, unlike reports, are tried again.
_unsaid: list[bytes] = []


def save(
    checkpoint: Any = None, save_fn: Callable[..., Any] | None = None, *ignored: Any, iteration: Any = None
) -> None:
    """Save a checkpoint named ``checkpoint`` (any string or number; without one, the time).

    What writes it: ``save_fn`` if given, else the function bound by ``nsml.bind``, else the built-in way for bound
    objects. A name saved before is replaced. The values last reported become the checkpoint's summary. Returns when the
    files are written to the session's directory; the platform then stores them without holding up training.

    Raises what the saving function raises, unless the reason is the platform's full disk: that, like every other fault
    of the platform, is a warning on stderr, and the checkpoint is missing. ``iteration`` is the older name of
    ``checkpoint``.
    """
    safepoint.pass_by()
    name = naming.checkpoint_name(iteration if checkpoint is None else checkpoint)
    callback = bindings.saver(save_fn)
    if callback is None:
        warn_once("nothing to save", "nothing is saved: give nsml.bind a save function or the objects to save")
        return
    writer: Callback = callback
    _store(name, lambda place: callbacks.call_save(writer, place))


def save_folder(checkpoint: Any, directory: Any) -> None:
    """Save a copy of a directory as the checkpoint ``checkpoint``. Faults are treated as in ``save``.

    Raises NotADirectoryError when there is no such directory.
    """
    safepoint.pass_by()
    if not os.path.isdir(directory):
        raise NotADirectoryError("nsml.save_folder: there is no directory '%s'" % directory)

    def copy_into(place: Staging) -> None:
        import shutil

        own = os.path.abspath(os.path.dirname(place.hidden))  # lies inside ``directory`` when that is the working one

        def without_checkpoints(folder: str, names: list[str]) -> list[str]:
            return [name for name in names if os.path.abspath(os.path.join(folder, name)) == own]

        shutil.copytree(os.fspath(directory), place.path, ignore=without_checkpoints)

    _store(naming.checkpoint_name(checkpoint), copy_into)


def load(
    checkpoint: Any = None,
    load_fn: Callable[..., Any] | None = None,
    session: str | None = None,
    *ignored: Any,
    iteration: Any = None,
) -> Any:
    """Load a checkpoint of this session, or of ``session`` (``USER/DATASET/N``), and return what the function returns.

    What reads it: ``load_fn`` if given, else the function bound by ``nsml.bind``, else the built-in way. Waits until
    the platform has laid the checkpoint out. ``iteration`` is the older name of ``checkpoint``.

    Raises KeyError naming ``USER/DATASET/N/nsml_model/CHECKPOINT`` when there is none of that name, ConnectionError
    when the platform cannot be reached for a minute, LookupError when nothing is bound to load with, and what the
    loading function raises.
    """
    name = naming.checkpoint_name(iteration if checkpoint is None else checkpoint)
    callback = bindings.loader(load_fn)
    if callback is None:
        raise LookupError("checkpoint '%s' cannot be loaded: give nsml.bind a load function first" % name)
    if not IS_ON_NSML:
        outside.tell()
        return callbacks.call_load(callback, outside.checkpoint_directory(name, session))
    from nsml import fresh, supervisor

    with fresh.clone(name, _unsaid) if session in (None, "", SESSION_NAME) else fresh.nothing() as directory:
        return callbacks.call_load(callback, directory or supervisor.checkpoint_directory(name, session))


def load_directory(name: str, directory: str) -> None:
    """Load a checkpoint that the platform has laid out before this process began."""
    callback = bindings.loader()
    if callback is None:
        raise LookupError(
            "checkpoint '%s' cannot be loaded: call nsml.bind with a load function before nsml.paused" % name
        )
    callbacks.call_load(callback, directory)


def _store(name: str, write: Callable[[Staging], None]) -> None:
    """Make a place, have the checkpoint written there, and hand it over."""
    if not IS_ON_NSML:
        outside.tell()
    try:
        final = staging.reserve(_checkpoints()) if IS_ON_NSML else outside.place_for(name)
        place = staging.Staging(final)
    except OSError as error:
        warn("checkpoint '%s' was not saved: %s" % (name, error))
        return
    try:
        write(place)
    except BaseException as error:
        full = _is_disk_full(error, place.hidden)
        place.discard()
        if not full:
            raise
        warn("checkpoint '%s' was not saved: the disk is full" % name)
        return
    try:
        if not IS_ON_NSML and not place.is_untouched():
            outside.make_room(final)
        if not place.publish():
            warn("The folder you are trying to save is empty.")
            return
    except OSError as error:
        place.discard()
        warn("checkpoint '%s' was not saved: %s" % (name, error))
        return
    if IS_ON_NSML:
        _hand_over(name, final)


def _hand_over(name: str, directory: str) -> None:
    """Tell the platform of a checkpoint; from the journal's line on, the directory is the platform's."""
    import json

    record = {
        "kind": "checkpoint",
        "time": round(time.time(), 6),
        "name": name,
        "directory": os.path.relpath(directory, SESSION_DIRECTORY),
        "step": reports.last_step(),
        "summary": reports.last_values(),
    }
    line = _line(json.dumps(record, separators=(",", ":")))
    if len(line) > journal.LINE_LIMIT:  # thousands of reported names: the checkpoint matters more than its summary
        line = _line(json.dumps(dict(record, summary={}), separators=(",", ":")))
    if not _unsaid:
        if journal.append(line):
            return
        import atexit

        atexit.register(_say_again)
    _unsaid.append(line)
    safepoint.postpone(_say_again)


def _say_again() -> None:
    """Try lines again that the journal refused, at each safe point and at exit, oldest first."""
    while _unsaid and journal.append(_unsaid[0]):
        del _unsaid[0]
    if _unsaid:
        safepoint.postpone(_say_again)


def _line(text: str) -> bytes:
    return text.encode("ascii") + b"\n"


def _checkpoints() -> str:
    return os.path.join(SESSION_DIRECTORY, "checkpoints")


def _is_disk_full(error: BaseException | None, place: str) -> bool:
    """Whether saving failed for want of space; libraries written in C say it in words of their own, or not at all."""
    import errno

    if not isinstance(error, Exception):
        return False
    one: BaseException | None = error
    for _ in range(10):  # a chain of causes may be a ring
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        one = one and (one.__cause__ or one.__context__)
    try:
        room = os.statvfs(place)
    except (OSError, AttributeError):
        return False
    return room.f_bavail * room.f_frsize < _FULL_BYTES


def _forget_in_child() -> None:
    """In a forked worker: what the parent could not say, the parent says."""
    del _unsaid[:]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
