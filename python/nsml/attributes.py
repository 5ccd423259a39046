"""``nsml.copy``: bring one object to the state of another without replacing it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def copy(source: Any, target: Any) -> None:
    """Copy the attributes, and for a dict the items, of ``source`` into ``target``, which stays the same object.

    For load functions: whoever else refers to ``target`` sees the loaded state. What the attributes refer to is shared,
    not duplicated. Raises TypeError when the two are not of one type, or of a type with neither (a list, a number).
    """
    if type(source) is not type(target):
        raise TypeError("cannot copy %s into %s" % (type(source).__name__, type(target).__name__))
    copied = False
    if isinstance(source, dict):
        target.update(source)
        copied = True
    if hasattr(source, "__dict__"):
        vars(target).update(vars(source))
        copied = True
    for kind in type(source).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(source, name):
                setattr(target, name, getattr(source, name))
                copied = True
    if not copied:
        raise TypeError("%s has no attributes or items to copy" % type(source).__name__)
