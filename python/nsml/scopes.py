"""The names that a question sees and what its assignments reach.

The scope is the one last given to ``report(scope=)`` or ``paused(scope=)``, else the globals of the script. For module
globals an assignment is simply one. The scope of a function (``scope=locals()`` within it) is a picture of its
variables: at a safe point the frame it belongs to is looked for among the callers, and where it is found assignments
reach the function's own variables. Elsewhere (in a thread of its own, or when the function has returned) they do not,
and ``Scope.notes`` says so. Attributes and items of the objects can be assigned from everywhere.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

given: Any = None
"""What the script gave last: only kept, never looked into before somebody asks."""

_OPTIMIZED = 1  # of a code object: its variables are a function's
_FRAME_LIMIT = 50
_ABSENT = object()
_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")

_own: dict[str, Any] = {}
"""Names that questions made up while the scope was a function's: for later questions, never for the training."""


class Scope:
    """The names for one question: its code runs in ``names``, ``commit`` carries assignments to where they belong."""

    def __init__(self, at_safe_point: bool) -> None:
        self.notes: list[str] = []
        self._frame: FrameType | None = None
        self._given: dict[str, Any] | None = None
        self._globals = entry_globals()
        scope = given
        if isinstance(scope, dict) and not _is_module(scope):
            self._given = scope
            self._frame = _frame_of(scope) if at_safe_point else None
            if self._frame is not None:
                self._globals = self._frame.f_globals
            self.names = dict(self._globals)
            self.names.update(_own)
            self.names.update(scope if self._frame is None else _variables(self._frame, scope))
            self._before = dict(self.names)
        else:
            if isinstance(scope, dict):
                self._globals = scope
            self.names = self._globals
            self._before = {}

    @property
    def is_module(self) -> bool:
        """Whether the code runs in the globals of a module."""
        return self._given is None

    def hindrance(self, name: str) -> str | None:
        """Why an assignment to this name would not reach the training; None when it would."""
        if self._given is None or (name not in self._given and name in self._globals):
            return None
        if self._frame is not None and name in _names_of(self._frame.f_code) and _can_assign():
            return None
        if self._frame is None:
            return (
                "'%s' is a variable of a function and can be assigned only at a safe point within it, as "
                "report(scope=locals()) is; change an attribute or an item instead" % name
            )
        return "'%s' is no variable of the function" % name

    def commit(self) -> None:
        """Carry what was assigned to where it belongs. In the globals of a module it is there already."""
        if self._given is None:
            return
        changed = {name: value for name, value in self.names.items() if self._before.get(name, _ABSENT) is not value}
        removed = [name for name in self._before if name not in self.names]
        changed.pop("__builtins__", None)
        variables = {}
        for name, value in changed.items():
            if name in self._given:
                hindrance = self.hindrance(name)
                if hindrance is not None:
                    self.notes.append(hindrance)
                    self._given[name] = value
                else:
                    variables[name] = value
            elif self._frame is not None and name in _names_of(self._frame.f_code):
                variables[name] = value
            elif name in self._globals:
                self._globals[name] = value
            else:
                _own[name] = value
        if variables and self._frame is not None:
            _assign(self._frame, variables)
            self._given.update(variables)
        for name in removed:
            if _own.pop(name, _ABSENT) is _ABSENT:
                if name in self._given:
                    self.notes.append("'%s' is a variable of a function and was not deleted there" % name)
                else:
                    self._globals.pop(name, None)


def entry_globals() -> dict[str, Any]:
    """The globals of the script."""
    module = sys.modules.get("__main__")
    return vars(module) if module is not None else {}


def is_of_library(filename: str) -> bool:
    """Whether a file is one of this library."""
    return filename.startswith(_LIBRARY)


def snapshot() -> dict[str, Any]:
    """The names to complete from, without looking for frames."""
    scope = given
    if not isinstance(scope, dict):
        return entry_globals()
    if _is_module(scope):
        return scope
    return {**entry_globals(), **_own, **scope}


def _is_module(scope: dict[str, Any]) -> bool:
    module = sys.modules.get(scope.get("__name__", "")) if isinstance(scope.get("__name__", ""), str) else None
    return module is not None and getattr(module, "__dict__", None) is scope


def _names_of(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames + code.co_cellvars + code.co_freevars


def _frame_of(scope: dict[str, Any]) -> FrameType | None:
    """The frame among the callers whose variables these are."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_FRAME_LIMIT):
        if frame is None:
            return None
        code = frame.f_code
        # The names are compared first: before 3.13, looking at the variables of a frame refreshes every earlier
        # ``locals()`` of it, which is fine for the frame that gave this scope and for no other.
        if code.co_flags & _OPTIMIZED and scope and not is_of_library(code.co_filename):
            names = set(_names_of(code))
            if all(name in names for name in scope) and _is_picture(frame, scope):
                return frame
        frame = frame.f_back
    return None


def _is_picture(frame: FrameType, scope: dict[str, Any]) -> bool:
    variables = frame.f_locals
    if variables is scope:
        return True
    if not _makes_pictures():
        return False
    # The picture may be some reports old: most variables of a loop's function stay the same objects.
    same = sum(1 for name, value in scope.items() if variables.get(name, _ABSENT) is value)
    return same * 2 >= len(scope)


def _makes_pictures() -> bool:
    """Whether every ``locals()`` of a function is a copy of its own: from Python 3.13 on (PEP 667)."""
    return sys.version_info >= (3, 13)


def _variables(frame: FrameType, scope: dict[str, Any]) -> dict[str, Any]:
    return scope if frame.f_locals is scope else dict(frame.f_locals)


def _can_assign() -> bool:
    if sys.version_info >= (3, 13):
        return True
    try:
        import ctypes  # noqa: F401
    except ImportError:  # a Python without it
        return False
    return True


def _assign(frame: FrameType, variables: dict[str, Any]) -> None:
    """Assign variables of a running function: by its own view of them (PEP 667), or as debuggers do it before 3.13."""
    view = frame.f_locals
    for name, value in variables.items():
        view[name] = value
    if sys.version_info < (3, 13):
        import ctypes

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
