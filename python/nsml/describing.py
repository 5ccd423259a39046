"""Values as text for a person: bounded, whatever they are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# Code that is asked to run may replace the built-in functions; these are the real ones.
_repr = repr
_type = type
_len = len
_str = str
_DIGITS_LIMIT = 20_000  # bits; more digits take long, and newer Pythons refuse
_DEPTH_LIMIT = 20
_SLACK = 100  # characters beyond the limit for the remark of what was left out


def describe(value: Any, limit: int) -> str:
    """``repr`` of a value, cut to about ``limit`` characters; no more of a list or text is looked at than is shown.

    Runs the ``repr`` of the value's own type; what that raises is told in its stead, except what is no ``Exception``.
    """
    text = _describe(value, limit, 0)
    return text if _len(text) <= limit + _SLACK else text[:limit] + "..."


def brief(value: Any) -> str:
    """At most some hundred characters, for the record of a change."""
    return describe(value, 300)


def clean(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _describe(value: Any, limit: int, depth: int) -> str:
    kind = _type(value)
    if kind is str or kind is bytes or kind is bytearray:
        if _len(value) <= limit:
            return _repr(value)
        return "%s... (%d %s)" % (_repr(value[:limit]), _len(value), "characters" if kind is str else "bytes")
    if kind is int:
        bits = value.bit_length()
        return _repr(value) if bits <= _DIGITS_LIMIT else "<int of %d bits>" % bits
    if kind in _BRACKETS or kind is dict:
        if depth > _DEPTH_LIMIT:
            return "..."
        if kind is dict:
            return _items("{", "}", value, limit, lambda key, room: _pair(key, value[key], room, depth))
        before, after = _BRACKETS[kind]
        if not _len(value):
            return _repr(value)
        if kind is tuple and _len(value) == 1:
            after = ",)"
        return _items(before, after, value, limit, lambda item, room: _describe(item, room, depth + 1))
    try:
        return _str(_repr(value))
    except RecursionError:
        return "<%s: its repr recurses without end>" % kind.__name__
    except Exception as error:
        return "<%s: its repr raised %s>" % (kind.__name__, _type(error).__name__)


_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


def _pair(key: Any, value: Any, limit: int, depth: int) -> str:
    return "%s: %s" % (_describe(key, limit, depth + 1), _describe(value, limit, depth + 1))


def _items(before: str, after: str, values: Any, limit: int, each: Callable[[Any, int], str]) -> str:
    parts = []
    size = 0
    for shown, item in enumerate(values):
        if size > limit:
            parts.append("... (%d more)" % (_len(values) - shown))
            break
        part = each(item, limit - size)
        parts.append(part)
        size += _len(part) + 2
    return before + ", ".join(parts) + after
