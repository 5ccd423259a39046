"""What the library does in a process that is no session, so that a script can be tried where it is written.

Reports go nowhere. Checkpoints are written to, and loaded from, ``./nsml_local/checkpoints/NAME``, with the bytes of a
name that are unsafe in paths percent-encoded. ``paused`` returns at once.
"""

from __future__ import annotations

import os

from nsml.notices import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

DIRECTORY = "nsml_local"
_NAME_LIMIT = 200  # bytes; file systems allow 255, and a staging place beside it has a longer name

_told = False


def tell() -> None:
    """Say once for each process that this is not the platform."""
    global _told
    if not _told:
        _told = True
        say("NSML) not on NSML: reports are dropped, checkpoints go to ./%s" % DIRECTORY)


def place_for(name: str) -> str:
    """The directory of a checkpoint, existing or not; the one above it exists. Raises OSError."""
    parent = os.path.join(DIRECTORY, "checkpoints")
    os.makedirs(parent, exist_ok=True)
    return os.path.join(parent, _directory_name(name))


def make_room(place: str) -> None:
    """Remove the checkpoint that lies where another of the same name is about to. Raises OSError."""
    if os.path.isdir(place):
        import shutil

        shutil.rmtree(place)


def checkpoint_directory(name: str, session: str | None = None) -> str:
    """Where a saved checkpoint lies. Raises KeyError when there is none; of other sessions there never is one."""
    place = os.path.join(DIRECTORY, "checkpoints", _directory_name(name))
    if session or not os.path.isdir(place):
        raise KeyError("%s/nsml_model/%s" % (session or DIRECTORY, name))
    return place


def _directory_name(name: str) -> str:
    from urllib.parse import quote

    safe = quote(name, safe=" ")
    if safe.startswith("."):
        safe = "%2E" + safe[1:]
    if len(safe) > _NAME_LIMIT:
        from hashlib import sha256

        safe = safe[: _NAME_LIMIT - 20] + "-" + sha256(name.encode()).hexdigest()[:16]
    return safe
