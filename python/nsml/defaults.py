"""The built-in save and load, for objects given to ``nsml.bind`` without functions: ``nsml.bind(model=m,
optimizer=o)``.

Each object lies in the checkpoint under its keyword, in the format of the library that it belongs to. Objects are
recognised by what they can do, so that no library is imported that the script does not use.

    NAME.pt           torch: the state_dict
    NAME.weights.h5   Keras: the weights
    NAME.tf...        TensorFlow: a session's variables, or a trackable object's
    NAME.pickle       anything else
"""

from __future__ import annotations

import os
import pickle
import sys

from nsml.attributes import copy
from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def save(directory: str, **objects: Any) -> None:
    """Write every object into the directory. Raises what the object's own library raises."""
    for name, value in objects.items():
        kind = _kind(value)
        path = os.path.join(directory, name + _SUFFIX[kind])
        if kind == "torch":
            sys.modules["torch"].save(value.state_dict(), path)
        elif kind == "keras":
            value.save_weights(path)
        elif kind == "tensorflow session":
            _tensorflow().compat.v1.train.Saver().save(value, path)
        elif kind == "tensorflow":
            _tensorflow().train.Checkpoint(root=value).write(path)
        else:
            with open(path, "wb") as file:
                pickle.dump(_portable(value), file)


def load(directory: str, **objects: Any) -> None:
    """Bring every object, in place, to the state that was saved. Raises what the object's own library raises."""
    for name, value in objects.items():
        kind = _kind(value)
        path = os.path.join(directory, name + _SUFFIX[kind])
        if kind == "torch":
            # The devices of the session that saved may not exist here; load_state_dict moves to those of the object.
            value.load_state_dict(sys.modules["torch"].load(path, map_location="cpu"))
        elif kind == "keras":
            value.load_weights(path)
        elif kind == "tensorflow session":
            _tensorflow().compat.v1.train.Saver().restore(value, path)
        elif kind == "tensorflow":
            _tensorflow().train.Checkpoint(root=value).read(path)
        else:
            with open(path, "rb") as file:
                _restore(name, value, pickle.load(file))


_SUFFIX = {
    "torch": ".pt",
    "keras": ".weights.h5",
    "tensorflow session": ".tf",
    "tensorflow": ".tf",
    "pickle": ".pickle",
}


def _kind(value: Any) -> str:
    if hasattr(value, "state_dict") and hasattr(value, "load_state_dict") and "torch" in sys.modules:
        return "torch"
    if hasattr(value, "save_weights") and hasattr(value, "load_weights"):
        return "keras"
    if type(value).__module__.split(".")[0] == "tensorflow":
        return "tensorflow session" if hasattr(value, "graph") and hasattr(value, "run") else "tensorflow"
    return "pickle"


def _tensorflow() -> Any:
    return sys.modules["tensorflow"]


def _has_state(value: Any) -> bool:
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict")


def _portable(value: Any) -> Any:
    return value.state_dict() if _has_state(value) else value


def _restore(name: str, value: Any, saved: Any) -> None:
    if _has_state(value):
        value.load_state_dict(saved)
        return
    if isinstance(value, list) and isinstance(saved, list):
        value[:] = saved
        return
    try:
        copy(saved, value)
    except TypeError as error:
        warn_once("restore " + name, "'%s' could not be brought back in place: %s" % (name, error))
