"""``nsml.bind``: which functions of the user save, load and answer."""

from __future__ import annotations

from nsml import journal
from nsml.constants import IS_ON_NSML

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Callback:
    """A function of the user's with the extra keywords that it was bound with.

    ``as_file`` says what the function does with its path: True, it writes or opens one file there (scripts of 2018);
    False, it fills a directory; None, not known yet. It is learnt at the first call.
    """

    def __init__(self, function: Callable[..., Any], extras: dict[str, Any], as_file: bool | None = None) -> None:
        self.function = function
        self.extras = extras
        self.as_file = as_file


_save: Callback | None = None
_load: Callback | None = None
_infer: Callback | None = None
_infer_input: str | None = None
_objects: dict[str, Any] = {}
_use_legacy: bool | None = None


def bind(
    save: Callable[..., Any] | None = None,
    load: Callable[..., Any] | None = None,
    infer: Callable[..., Any] | None = None,
    *ignored: Any,
    use_nsml_legacy: bool | None = None,
    infer_input: str | None = None,
    **extras: Any,
) -> None:
    """Give the functions that save a checkpoint, load one and answer a question. Call it before ``nsml.paused``.

    ``save(path, **extras)`` gets a fresh, empty directory and writes what it likes into it; ``load(path, **extras)``
    gets a directory with the same content. Functions that treat the path as one file (``torch.save(model, path)``) work
    as well: they are noticed at their first call, or announced by ``use_nsml_legacy=True``. Extra keywords are passed
    on to both. Without functions the extra keywords are the objects that the built-in functions save and load: torch
    modules and optimizers, Keras models, TensorFlow sessions and variables, and by pickle anything else.

    ``infer(data)`` answers ``nsml infer``, the page and ``/serve``. What it gets is described in ``nsml.answers``: by
    default a list with the ``bytes`` of the question, as older scripts expect; ``infer_input`` ("bytes", "text",
    "json", "list", "image"), or an annotation of its first parameter (``bytes``, ``str``), chooses another form.

    May be called again; of each kind the last function given counts. In a session that answers questions, or that
    continues from a checkpoint, bind does what ``nsml.paused`` would do when the script never mentions ``paused``.
    """
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
    if IS_ON_NSML:
        _announce()


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
    """The keywords for a function given at the call: of the bound one in its place, else of the only other one there is."""
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


def _announce() -> None:
    """Tell the platform, be reachable for it, and pause on behalf of a script that never does."""
    journal.append_event("bound", **bound())
    from nsml import control, pausing

    control.start()
    pausing.pause_unless_script_does()
