"""Names of checkpoints: any text, as the platform can keep it."""

from __future__ import annotations

import time

from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = 255  # bytes of UTF-8


def checkpoint_name(value: Any = None) -> str:
    """The name that a value stands for: text as it is, a number as its digits, nothing as the present time.

    What the platform cannot keep (control characters, more than 255 bytes) is replaced or cut with a warning: a bad
    name is no reason to lose a model.
    """
    if value is None:
        now = time.time()
        return time.strftime("%Y%m%d-%H%M%S", time.localtime(now)) + "-%03d" % (now * 1000 % 1000)
    item = getattr(value, "item", None)
    if callable(item):
        try:
            value = item()
        except Exception:  # an array of several elements; its text will do
            pass
    import unicodedata

    given = unicodedata.normalize("NFC", str(value).encode("utf-8", "replace").decode())
    kept = "".join("_" if unicodedata.category(letter) == "Cc" else letter for letter in given)
    kept = kept.encode()[:_LIMIT].decode("utf-8", "ignore")
    if not kept:
        return checkpoint_name()
    if kept != given:
        warn_once("name " + kept, "the checkpoint is named '%s': names have at most 255 bytes, none of control" % kept)
    return kept
