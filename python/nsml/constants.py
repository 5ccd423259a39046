"""What a session knows about itself, read once from the environment.

Every name is importable from here and from ``nsml``. Outside the platform they are empty, false or zero, except that
``NSML_DATASET_PATH`` and ``NSML_DATASET_NAME`` are honoured, so that a script can be tried on a directory of one's own.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing is not imported in a session: it would cost more than this whole module
if TYPE_CHECKING:
    from typing import Any


def _strings(variable: str) -> list[str]:
    """The JSON array of strings in an environment variable; empty when it is unset or damaged."""
    text = os.environ.get(variable, "")
    if text in ("", "[]"):
        return []
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [str(item) for item in value] if isinstance(value, list) else []


def _integer(variable: str) -> int:
    """The whole number in an environment variable; 0 when it is unset or damaged."""
    try:
        return int(os.environ.get(variable, "") or 0)
    except ValueError:
        return 0


def _dataset_path() -> Any:
    paths = _strings("NSML_DATASET_PATHS")
    return paths if len(paths) > 1 else os.environ.get("NSML_DATASET_PATH", "")


SESSION_DIRECTORY: str = os.environ.get("NSML_SESSION_DIRECTORY", "")
"""Where the library and the platform meet; empty outside the platform."""

IS_ON_NSML: bool = SESSION_DIRECTORY != ""
"""Whether this process is a session of the platform."""

MODE: str = os.environ.get("NSML_MODE", "") or "train"
"""``train``, ``infer`` or ``submit``."""

DATASET_PATH: Any = _dataset_path()
"""The directory of the dataset (``str``); a list of them when the session has several; ``''`` when it has none."""

DATASET_NAME: str = os.environ.get("NSML_DATASET_NAME", "")
"""The name of the (first) dataset, or ``''``."""

HAS_DATASET: bool = bool(DATASET_PATH)
"""Whether there is a dataset to read."""

IS_DATASET: bool = HAS_DATASET
"""The older name of ``HAS_DATASET``."""

SESSION_NAME: str = os.environ.get("NSML_SESSION", "")
"""``USER/DATASET/N``; ``USER/None/N`` without a dataset; ``''`` outside the platform."""

GPU_NUM: int = _integer("NSML_GPU_NUM")
"""How many GPUs this session may use."""

NSML_NFS_OUTPUT: str = os.environ.get("NSML_NFS_OUTPUT", "")
"""A writable directory that outlives the session, or ``''``."""

MY_RANK: int = _integer("NSML_MY_RANK")
"""The rank of this node among ``PARALLEL_WORLD``; 0 in a session of one node."""

PARALLEL_WORLD: list[str] = _strings("NSML_PARALLEL_WORLD")
"""The hosts of a session of several nodes; empty in a session of one node."""

PARALLEL_PORTS: list[int] = [int(port) for port in _strings("NSML_PARALLEL_PORTS") if port.isdigit()]
"""A free port on each host of ``PARALLEL_WORLD``."""
