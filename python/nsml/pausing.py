"""``nsml.paused``: where a session that was given a checkpoint takes it up, and where one that answers waits."""

from __future__ import annotations

import os
import sys

from nsml import bindings, journal, outside, safepoint, scopes
from nsml.constants import IS_ON_NSML, MODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_has_loaded = False
_serving = False


def paused(scope: Any = None, *ignored: Any, **also_ignored: Any) -> None:
    """Let the platform take over between setting up and training. Call it after ``nsml.bind``, before reading data.

    In a new training session it returns at once. In one that was forked or resumed it loads the given checkpoint with
    the bound function, once, and returns. In an infer session it loads the checkpoint and answers questions with the
    bound infer function until the session is stopped; in a submitted one it answers for the test data, and ends. From
    these two it does not return. ``scope`` gives the names that ``nsml exec`` and ``nsml set`` see
    (``scope=locals()``); without it they see the globals of the script.

    Raises what the loading function raises, and LookupError when there is a checkpoint to load and nothing bound.
    """
    if scope is not None:
        scopes.given = scope
    safepoint.pass_by()
    if not IS_ON_NSML:
        outside.tell()
        return
    if MODE == "submit":
        _submit()
    _load_once()
    if MODE == "infer":
        _serve()


def pause_unless_script_does() -> None:
    """Do what ``paused`` does on behalf of a script that will not, from within the bind that completes it."""
    bound = bindings.bound()
    continues = bool(os.environ.get("NSML_LOAD_CHECKPOINT"))
    answers = MODE in ("infer", "submit")
    if not (continues or answers) or _serving or _has_loaded:
        return
    is_complete = (bound["load"] or not continues) and (bound["infer"] or not answers)
    if is_complete and _is_entry_process():
        from nsml import sources

        if not sources.script_pauses():
            paused()


def is_serving() -> bool:
    """Whether questions are being answered."""
    return _serving


def _load_once() -> None:
    global _has_loaded
    name = os.environ.get("NSML_LOAD_CHECKPOINT")
    if not name or _has_loaded:
        return
    from nsml import checkpoints

    checkpoints.load_directory(name, os.environ.get("NSML_LOAD_DIRECTORY", ""))
    _has_loaded = True
    # What is reported from here on takes the place of what was reported after that checkpoint before.
    journal.append_event("resumed", checkpoint=name)


def _submit() -> None:
    from nsml import submitting

    submitting.enter("load")
    try:
        _load_once()
    except BaseException as error:  # an exit while loading is a failure like any other
        submitting.fail(error)
    submitting.run()


def _serve() -> None:
    global _serving
    _end_quietly_on_termination()
    _serving = True
    journal.append_event("paused")
    try:
        safepoint.serve_for_ever()
    finally:
        _serving = False


def _end_quietly_on_termination() -> None:
    """Stopping is how a session that answers ends: exit status 0, no traceback. A handler of the user's stays."""
    import signal
    import threading

    def end(number: int, frame: object) -> None:
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _is_entry_process() -> bool:
    """False in the workers of a data loader that imported the script again."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is None or multiprocessing.parent_process() is None
