"""Changes of an earlier run, made again at the same safe points.

``replay.json`` in the session's directory is a list of ``{"point", "step", "code", "way"}``, as the platform has
recorded them (the lines of kind "change" in the journal). A point of -1 is one that only its step tells: that of a
process that was resumed, and counted its safe points anew. Before anything else is done at the safe point of that
number, the code is run there. What does not go as it went then is told in the journal and in the log.
"""

from __future__ import annotations

import os

from nsml import records, reports, safepoint
from nsml.constants import SESSION_DIRECTORY
from nsml.evaluation import Evaluation
from nsml.notices import warn
from nsml.programs import Program, Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_pending: list[dict[str, Any]] = []
_number = 0


def begin() -> None:
    """Read what is to be made again, and make what is due at this safe point. Never raises."""
    import json

    try:
        with open(os.path.join(SESSION_DIRECTORY, "replay.json"), encoding="utf-8") as file:
            changes = json.load(file)
        _pending[:] = sorted((_checked(change) for change in changes), key=lambda change: int(change["point"]))
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError, KeyError) as error:
        warn("the changes to make again could not be read: %s" % error)
        records.append({"way": "replay", "mismatch": "replay.json could not be read: %s" % error})
        return
    if _pending:
        import atexit

        atexit.register(_tell_rest)
        _make_due()


def _checked(change: dict[str, Any]) -> dict[str, Any]:
    if type(change["point"]) is not int or not isinstance(change["code"], str):
        raise ValueError("'point' must be a number and 'code' a text")
    return change


def _is_due(change: dict[str, Any]) -> bool:
    if change["point"] >= 0:
        return bool(change["point"] <= safepoint.passed)
    return int(change.get("step") or 0) <= reports.last_step()


def _make_due() -> None:
    """Make what is due, and come again at the next safe point while there is more."""
    for change in [change for change in _pending if _is_due(change)]:
        _pending.remove(change)
        _make(change)
    if _pending:
        safepoint.postpone(_make_due, first=True)


def _make(change: dict[str, Any]) -> None:
    global _number
    _number -= 1  # below zero: those of questions are above
    step = reports.last_step()
    mismatch = None
    if change.get("step") is not None and change["step"] != step:
        mismatch = "it was made at step %s, and is made again at step %d" % (change["step"], step)
    record: dict[str, Any] = {"way": "replay", "code": change["code"], "targets": []}
    try:
        program = (Setting if change.get("way") == "set" else Program)(change["code"], _number)
    except Exception as error:
        record["mismatch"] = "the code cannot be run: %s" % error
    else:
        evaluation = Evaluation(program)
        evaluation.evaluate(at_safe_point=True)
        record["targets"] = evaluation.changes
        failed = evaluation.state != "done"
        if failed != bool(change.get("failed")):
            mismatch = "then it %s, now it %s" % (
                ("went well", "failed: %s" % evaluation.error) if failed else ("failed", "went well")
            )
        if failed:
            record["failed"] = True
        if mismatch is not None:
            record["mismatch"] = mismatch
    records.append(record)
    if "mismatch" in record:
        warn("a change made again differs: %s" % record["mismatch"])


def _tell_rest() -> None:
    if _pending:
        text = "%d changes were not made again: the code ended before their safe points" % len(_pending)
        warn(text)
        records.append({"way": "replay", "mismatch": text})


def _forget_in_child() -> None:
    """In a forked worker: the parent does it."""
    del _pending[:]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
