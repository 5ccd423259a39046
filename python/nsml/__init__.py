"""The library inside sessions of NSML: report, save, load, answer, and know where the data is.

    import nsml

    nsml.bind(save=save, load=load, infer=infer)
    nsml.paused()
    for epoch in range(10):
        nsml.report(summary=True, step=epoch, train__loss=train(nsml.DATASET_PATH))
        nsml.save(epoch)

Standard library only. A fault of the platform never raises into the training, never holds it up and never ends it: it
is one warning on stderr. Outside the platform everything can still be called (see ``nsml.outside``).
"""

from __future__ import annotations

from nsml.constants import (
    DATASET_NAME,
    DATASET_PATH,
    GPU_NUM,
    HAS_DATASET,
    IS_DATASET,
    IS_ON_NSML,
    MY_RANK,
    NSML_NFS_OUTPUT,
    PARALLEL_PORTS,
    PARALLEL_WORLD,
    SESSION_NAME,
)
from nsml.reports import report
from nsml.safepoint import waiting as _waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nsml.actions import action
    from nsml.attributes import copy
    from nsml.checkpoints import load, save, save_folder
    from nsml.inference import infer
    from nsml.media import Audio, Histogram, Image, Table
    from nsml.pausing import paused
    from nsml.plots import Visdom
    from nsml.preprocessing import cache
    from nsml.session import bind

__version__ = "0.1.0"

__all__ = [
    "Audio",
    "DATASET_NAME",
    "DATASET_PATH",
    "GPU_NUM",
    "HAS_DATASET",
    "Histogram",
    "IS_DATASET",
    "IS_ON_NSML",
    "Image",
    "MY_RANK",
    "NSML_NFS_OUTPUT",
    "PARALLEL_PORTS",
    "PARALLEL_WORLD",
    "SESSION_NAME",
    "Table",
    "Visdom",
    "action",
    "bind",
    "cache",
    "copy",
    "infer",
    "load",
    "paused",
    "report",
    "save",
    "save_folder",
]

# Imported when first used: a worker process that only reports, or only reads DATASET_PATH, does not pay for the rest.
_MODULES = {
    "Audio": "media",
    "Histogram": "media",
    "Image": "media",
    "Table": "media",
    "Visdom": "plots",
    "action": "actions",
    "bind": "session",
    "cache": "preprocessing",
    "copy": "attributes",
    "infer": "inference",
    "load": "checkpoints",
    "paused": "pausing",
    "save": "checkpoints",
    "save_folder": "checkpoints",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in ("decoder", "encoder"):
        return import_module("nsml." + name)
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError("module 'nsml' has no attribute '%s'" % name)
    value = getattr(import_module("nsml." + module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(list(globals()) + list(_MODULES))


def _begin() -> None:
    from nsml import session

    session.begin()


def _begin_in_child() -> None:
    # The process that was forked may be the one that trains.
    _waiting.append(_begin)


if IS_ON_NSML:
    import os as _os

    _waiting.append(_begin)
    if hasattr(_os, "register_at_fork"):
        _os.register_at_fork(after_in_child=_begin_in_child)
