"""``nsml.report``: named numbers of one step of training.

The usual call (names seen before, plain numbers) fills a template and costs one ``write``: some microseconds. Whatever
is new or unusual goes through ``_report_anything``, which also makes the template for the next call.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from time import time

from nsml import journal, moments, outside, safepoint, scopes
from nsml.constants import IS_ON_NSML
from nsml.notices import warn_once
from nsml.numbers import LARGEST_EXACT, in_json, scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME_LIMIT = 255  # bytes; longer ones come from a whole object given as a name
_TEXT_LIMIT = 1000  # bytes
_TEMPLATE_LIMIT = 1000  # a script that makes up names at every step must not grow the cache for ever
_TEMPLATE_VALUES = 100  # at most 24 characters a number and 255 bytes a name: stays far below the limit of a line
_PART_LIMIT = 100_000  # bytes of values, and of texts, in one line; together below journal.LINE_LIMIT
_FROM_PLATFORM = ("walltime", "reltime")  # older scripts pass them; the platform's own clock counts
_HEAD = '{"kind":"report","time":%%.6f,"step":%%d,"summary":%s,"values":{'

_waiting = safepoint.waiting
_append = journal.append
_templates: dict[tuple[str, ...], bytes] = {}
_summary_templates: dict[tuple[str, ...], bytes] = {}
_stored_names: dict[str, str] = {}
_last: tuple[int, dict[str, Any]] = (-1, {})
_step_lock = allocate_lock()


def report(summary: Any = False, scope: Any = None, *ignored: Any, step: Any = None, **values: Any) -> None:
    """Report named numbers at a step of training.

    ``summary=True`` shows the values in ``nsml ps`` and in the list of checkpoints. ``step`` is the x axis, a whole
    number from 0 on; without it steps count up from the last one. ``__`` in a name is stored as ``/``, whose left side
    groups the charts: ``train__loss`` is ``train/loss``. Numpy and torch scalars are taken as numbers, NaN and
    infinities are kept and shown as gaps, strings are kept as short texts (at most 1000 bytes). Pictures (of PIL,
    matplotlib, arrays of two or three dimensions, bytes of an image file), sounds and tables of pandas are kept too,
    and whatever ``nsml.Image``, ``nsml.Audio``, ``nsml.Histogram`` and ``nsml.Table`` make. ``scope=locals()``
    gives the names that ``nsml exec`` and ``nsml set`` see; without it they see the globals of the script. ``walltime``
    and ``reltime`` are accepted for older scripts and not used.

    Never raises, whatever is given and whatever the state of the platform: what cannot be kept is skipped, with one
    warning on stderr for each name. The report is on disk when the call returns.
    """
    global _last
    try:
        if scope is not None:
            scopes.given = scope
        safepoint.passed += 1
        template = (_summary_templates if summary else _templates).get(tuple(values))
        if template is not None and type(step) is int and 0 <= step <= LARGEST_EXACT:
            for value in values.values():
                kind = type(value)
                if kind is float:
                    if value - value != 0.0:
                        break
                elif kind is not int or not -LARGEST_EXACT <= value <= LARGEST_EXACT:
                    break
            else:
                _last = (step, values)
                now = time()
                _append(template % (now, step, *values.values()))
                if _waiting or not moments.since <= now < moments.until:
                    safepoint.attend()
                return
        _report_anything(bool(summary), step, values)
    except Exception as error:
        warn_once("report", "a report was skipped (%s: %s)" % (type(error).__name__, error))
    # Last: what waits may save a checkpoint of this step and end the process, and the step must be reported by then.
    if _waiting or not moments.since <= time() < moments.until:
        safepoint.attend()


def last_step() -> int:
    """The step of the last report, 0 before the first one."""
    return max(_last[0], 0)


def last_values() -> dict[str, int | float | str]:
    """The numbers of the last report under their stored names; those that are not finite as strings."""
    numbers, _, _ = _sorted_out(_last[1])
    return {name: number if number - number == 0 else in_json(number)[1:-1] for name, number in numbers.items()}


def _report_anything(summary: bool, step: Any, values: dict[str, Any]) -> None:
    global _last
    numbers, texts, seen = _sorted_out(values)
    if not numbers and not texts and not seen and step is None:
        return  # a bare report() is a safe point and nothing else
    with _step_lock:
        place = _whole_step(step)
        if place is None:
            place = _last[0] + 1
        _last = (place, numbers or _last[1])
    if not IS_ON_NSML:
        outside.tell()
        return
    for name, item in seen.items():
        _append_media(name, place, item)
    if seen and not numbers and not texts:
        return
    if len(numbers) == len(values) <= _TEMPLATE_VALUES and all(n - n == 0 for n in numbers.values()):
        _append(_template(summary, values, numbers) % (time(), place, *numbers.values()))
        return
    head = _HEAD % ("true" if summary else "false") % (time(), place)
    number_parts = _parts([_quoted(name) + ":" + in_json(number) for name, number in numbers.items()])
    text_parts = _parts([_quoted(name) + ":" + _quoted(text) for name, text in texts.items()])
    for index in range(max(len(number_parts), len(text_parts), 1)):
        line = head + (number_parts[index] if index < len(number_parts) else "") + "}"
        if index < len(text_parts):
            line += ',"texts":{' + text_parts[index] + "}"
        _append((line + "}\n").encode())


def _append_media(name: str, step: int, item: Any) -> None:
    from nsml import media

    try:
        media.append(name, step, item)
    except Exception as error:
        warn_once("media " + name, "%s '%s' was skipped: %s" % (item.kind, name, error))


def _sorted_out(values: dict[str, Any]) -> tuple[dict[str, int | float], dict[str, str], dict[str, Any]]:
    """Numbers, texts, and pictures and the like under their stored names; the rest is left out with a warning."""
    numbers: dict[str, int | float] = {}
    texts: dict[str, str] = {}
    seen: dict[str, Any] = {}
    for key, value in values.items():
        if key in _FROM_PLATFORM:
            continue
        try:
            name = _stored_names.get(key) or _stored_name(key)
            try:
                plain = scalar(value)
            except Exception:
                from nsml.media import media

                item = media(value)
                if item is None:
                    raise
                seen[name] = item
                continue
        except Exception as error:
            warn_once("report of " + str(key)[:100], "report of '%s' was skipped: %s" % (str(key)[:100], error))
            continue
        if isinstance(plain, str):
            texts[name] = plain.encode("utf-8", "replace")[:_TEXT_LIMIT].decode("utf-8", "ignore")
        else:
            numbers[name] = plain
    return numbers, texts, seen


def _stored_name(key: str) -> str:
    name = str(key).replace("__", "/").encode("utf-8", "replace").decode()
    if not 1 <= len(name.encode()) <= _NAME_LIMIT:
        raise ValueError("its name must have 1 to %d bytes" % _NAME_LIMIT)
    if not name.isprintable():
        raise ValueError("its name has characters that cannot be printed")
    if len(_stored_names) < _TEMPLATE_LIMIT:
        _stored_names[key] = name
    return name


def _whole_step(step: Any) -> int | None:
    """The step as a whole number; None when there is none, or none that can be used."""
    if step is None:
        return None
    try:
        number = scalar(step)
        whole = int(number)
        if 0 <= whole <= LARGEST_EXACT:
            if whole != float(number):
                warn_once("fraction of a step", "steps are whole numbers: step=%s was taken as %d" % (number, whole))
            return whole
        problem = "it must lie between 0 and 2^53-1"
    except Exception as error:
        problem = str(error)
    warn_once("step", "step=%.100r cannot be used (%s): counting on from the last step" % (step, problem))
    return None


def _template(summary: bool, values: dict[str, Any], numbers: dict[str, int | float]) -> bytes:
    """The line for these names with a slot for the time, the step and each number; kept for the next call."""
    templates = _summary_templates if summary else _templates
    template = templates.get(tuple(values))
    if template is None:
        if len(templates) >= _TEMPLATE_LIMIT:
            templates.clear()
        slots = ",".join(_quoted(name).replace("%", "%%") + ":%a" for name in numbers)
        template = (_HEAD % ("true" if summary else "false") + slots + "}}\n").encode()
        templates[tuple(values)] = template
    return template


def _parts(members: list[str]) -> list[str]:
    """Members of a JSON object joined into pieces that each fit a line."""
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for member in members:
        if piece and size + len(member) > _PART_LIMIT:
            pieces.append(",".join(piece))
            piece, size = [], 0
        piece.append(member)
        size += len(member) + 1
    if piece:
        pieces.append(",".join(piece))
    return pieces


def _quoted(text: str) -> str:
    """A JSON string in ASCII, so that its length in characters is its length in bytes."""
    from json import dumps

    return dumps(text)


def _renew_lock() -> None:
    """In a forked worker: the lock may have been held by a thread that does not exist here."""
    global _step_lock
    _step_lock = allocate_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
