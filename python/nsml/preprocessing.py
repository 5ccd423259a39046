"""``nsml.cache``: do a long preparation of data only when its output is not there yet."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def cache(preprocess_fn: Callable[..., Any] | None = None, **kwargs: Any) -> None:
    """Call ``preprocess_fn(output_path=[...], **kwargs)`` unless every path of ``output_path`` exists.

    ``output_path`` is a path or a list of them, ``['./processed']`` by default, and reaches the function as a list.
    What the function raises comes out as it is; a half-written output of its own it must remove itself.
    """
    paths = kwargs.pop("output_path", None) or ["./processed"]
    output_path: list[str] = [os.fspath(paths)] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if preprocess_fn is None or all(os.path.exists(path) for path in output_path):
        return
    preprocess_fn(output_path=output_path, **kwargs)
