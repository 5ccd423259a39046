"""Which functions of the user save, load and answer: what ``nsml.bind`` was given."""

from __future__ import annotations

from nsml.callbacks import Callback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


_save: Callback | None = None
_load: Callback | None = None
_infer: Callback | None = None
_infer_input: str | None = None
_objects: dict[str, Any] = {}
_use_legacy: bool | None = None


def take(
    save: Callable[..., Any] | None,
    load: Callable[..., Any] | None,
    infer: Callable[..., Any] | None,
    use_nsml_legacy: bool | None,
    infer_input: str | None,
    extras: dict[str, Any],
) -> None:
    """Keep what ``nsml.bind`` was given; of each kind the last one counts."""
    global _save, _load, _infer, _infer_input, _objects, _use_legacy
    if infer_input is not None:
        infer_input = _known_form(infer_input)
    if use_nsml_legacy is not None:
        _use_legacy = use_nsml_legacy
    if save is not None:
        _save = Callback(save, extras, use_nsml_legacy)
    if load is not None:
        _load = Callback(load, extras, use_nsml_legacy)
    if infer is not None:
        _infer = Callback(infer, extras)
        _infer_input = infer_input
    if save is None and load is None and infer is None:
        _rebind_extras(extras)
    if save is None and load is None and extras:
        _objects = extras


def bound() -> dict[str, bool]:
    """Which of ``save``, ``load`` and ``infer`` there is a function for, a user's or a built-in one."""
    has_objects = bool(_objects)
    return {
        "save": _save is not None or has_objects,
        "load": _load is not None or has_objects,
        "infer": _infer is not None,
    }


def saver(function: Callable[..., Any] | None = None) -> Callback | None:
    """What saves: the function passed, else the bound one, else a built-in one for bound objects, else None."""
    if function is not None:
        return Callback(function, _extras_of(_save, _load), _use_legacy)
    if _save is not None:
        return _save
    if _objects:
        from nsml import defaults

        return Callback(defaults.save, _objects, False)
    return None


def loader(function: Callable[..., Any] | None = None) -> Callback | None:
    """What loads, by the same order as ``saver``."""
    if function is not None:
        return Callback(function, _extras_of(_load, _save), _use_legacy)
    if _load is not None:
        return _load
    if _objects:
        from nsml import defaults

        return Callback(defaults.load, _objects, False)
    return None


def _extras_of(own: Callback | None, other: Callback | None) -> dict[str, Any]:
    """The keywords for a function given at the call: of the bound one in its place, else of the only other one."""
    callback = own or other
    return callback.extras if callback else {}


def answerer() -> Callback | None:
    """The bound infer function, or None."""
    return _infer


def infer_input() -> str | None:
    """The form of input that bind was told the infer function takes, or None."""
    return _infer_input


def _known_form(form: str) -> str | None:
    from nsml.answers import FORMS
    from nsml.notices import warn

    if form in FORMS:
        return form
    warn("infer_input=%.100r is not one of %s: infer gets a list with the bytes" % (form, ", ".join(FORMS)))
    return None


def _rebind_extras(extras: dict[str, Any]) -> None:
    for callback in (_save, _load, _infer):
        if callback is not None and extras:
            callback.extras = extras
