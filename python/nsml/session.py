"""What the calls of a script set going: the control socket, replayed changes, and ``nsml.bind``.

This module stands above the others: it knows them, and none of them knows it.
"""

from __future__ import annotations

from nsml import bindings, control, journal, pausing, questions, replay, safepoint, stacks
from nsml.constants import IS_ON_NSML

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def begin() -> None:
    """Be reachable for the platform, from the first safe point or bind on. Never raises; later calls do nothing."""
    if control.start(questions.answer):
        stacks.register()
        replay.begin()


def reach(is_lent: bool) -> None:
    """What ``nsml.reaching`` has the process do: be reachable, and do what waits for a safe point.

    ``is_lent``: the script itself has not imported the library.
    """
    safepoint.lent = safepoint.lent or is_lent
    begin()
    safepoint.attend()


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
    bindings.take(save, load, infer, use_nsml_legacy, infer_input, extras)
    if IS_ON_NSML:
        journal.append_event("bound", **bindings.bound())
        begin()
        pausing.pause_unless_script_does()
