"""Names to complete what somebody types, found without running code of the user's.

Attributes come from the dictionaries of objects and types, never by ``getattr`` or ``dir``, so no property and no
``__getattr__`` is called. The submodules and parameters of torch are looked up where torch keeps them.
"""

from __future__ import annotations

import builtins
import keyword

from nsml import scopes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = 500  # names
_KEPT_BY_TORCH = ("_modules", "_parameters", "_buffers")
_ABSENT = object()


def complete(text: str) -> tuple[str, list[str]]:
    """What of the end of ``text`` is being completed, and all that it could become, sorted."""
    start = len(text)
    while start and (text[start - 1].isidentifier() or text[start - 1].isdigit() or text[start - 1] == "."):
        start -= 1
    word = text[start:]
    if word[:1].isdigit():
        return "", []
    parts = word.split(".")
    names = scopes.snapshot()
    if len(parts) == 1:
        candidates = set(_keys(names)) | set(_keys(vars(builtins))) | set(keyword.kwlist)
    else:
        value = names.get(parts[0], vars(builtins).get(parts[0], _ABSENT))
        for part in parts[1:-1]:
            value = _ABSENT if value is _ABSENT else _attribute(value, part)
        if value is _ABSENT:
            return parts[-1], []
        candidates = set(_attributes(value))
    prefix = parts[-1]
    found = [name for name in candidates if name.startswith(prefix) and (prefix or not name.startswith("_"))]
    return prefix, sorted(found)[:_LIMIT]


def _attributes(value: Any) -> list[str]:
    names: list[str] = []
    for space in _spaces(value):
        names += _keys(space)
    kinds = _kinds(value)
    for kind in kinds:
        names += _keys(kind.__dict__)
    return names


def _attribute(value: Any, name: str) -> Any:
    """An attribute, if it can be had without calling anything, else ``_ABSENT``."""
    for space in _spaces(value):
        if name in space:
            return space[name]
    for kind in _kinds(value):
        found = kind.__dict__.get(name, _ABSENT)
        if found is not _ABSENT:
            # Slots are read by a member of the type's, written in C; other descriptors are code of somebody's.
            if type(found).__name__ == "member_descriptor":
                try:
                    return found.__get__(value, type(value))
                except AttributeError:
                    return _ABSENT
            return _ABSENT if hasattr(type(found), "__get__") else found
    return _ABSENT


def _kinds(value: Any) -> tuple[type, ...]:
    mro: tuple[type, ...] = type.__dict__["__mro__"].__get__(value if isinstance(value, type) else type(value))
    return mro


def _spaces(value: Any) -> list[dict[str, Any]]:
    """The dictionaries that hold an object's own attributes."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:
        return []
    if not isinstance(own, dict):
        return []
    return [own] + [own[name] for name in _KEPT_BY_TORCH if isinstance(own.get(name), dict)]


def _keys(names: Any) -> list[str]:
    for _ in range(3):
        try:
            return [name for name in list(names) if isinstance(name, str) and name.isidentifier()]
        except RuntimeError:  # the training has just added one
            continue
    return []
