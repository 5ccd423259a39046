"""Changes that people make to a running session, on record: one line of the journal each.

    {"kind":"change","time":...,"step":120,"point":122,"question":7,"way":"set","now":false,"failed":false,
     "code":"lr = 0.1","targets":[{"target":"lr","old":"0.01","new":"0.1"}]}

``step`` is that of the last report, ``point`` the number of the safe point (``nsml.safepoint.passed``), ``question``
the platform's number of the question, by which it knows who asked.
"""

from __future__ import annotations

from nsml import journal, reports, safepoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CODE_LIMIT = 64 * 1024  # characters; longer code is cut, and cannot be made again
_TARGET_LIMIT = 40  # more are told as a number


def append(record: dict[str, Any]) -> None:
    """Write one change down. Never raises."""
    from json import dumps
    from time import time

    whole: dict[str, Any] = {"kind": "change", "time": round(time(), 6), "step": reports.last_step()}
    whole["point"] = safepoint.passed
    whole.update(record)
    if len(whole.get("code", "")) > CODE_LIMIT:
        whole["code"] = whole["code"][:CODE_LIMIT]
        whole["isCut"] = True
    targets = whole.get("targets", [])
    if len(targets) > _TARGET_LIMIT:
        whole["targets"] = targets[:_TARGET_LIMIT]
        whole["moreTargets"] = len(targets) - _TARGET_LIMIT
    line = _line(dumps(whole, separators=(",", ":")))
    if len(line) > journal.LINE_LIMIT:  # little but what JSON must escape
        whole["code"] = whole["code"][: CODE_LIMIT // 8]
        whole["isCut"] = True
        line = _line(dumps(whole, separators=(",", ":")))
    journal.append(line)


def _line(text: str) -> bytes:
    return text.encode("ascii") + b"\n"
