"""Checkpoints of this session that are saved but not yet stored by the platform.

A script that loads what it saved a moment ago, perhaps in another of its processes, must find it. The journal names the
directory; the platform removes that once it has stored it, so the files are linked to a place of our own first.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager

from nsml.constants import SESSION_DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator


@contextmanager
def nothing() -> Iterator[str | None]:
    """Stands for ``clone`` where there is nothing to look for."""
    yield None


@contextmanager
def clone(name: str, unsaid: list[bytes]) -> Iterator[str | None]:
    """A directory with the newest checkpoint of that name for as long as the block lasts, or None.

    None means that there is none, or that the platform has it already. ``unsaid`` are lines that the journal has not
    taken yet.
    """
    saved = _newest(name, unsaid)
    top = _linked(saved) if saved is not None else None
    try:
        yield None if top is None or saved is None else os.path.join(top, os.path.basename(saved))
    finally:
        if top is not None:
            shutil.rmtree(top, ignore_errors=True)


def _newest(name: str, unsaid: list[bytes]) -> str | None:
    found = None
    try:
        with open(os.path.join(SESSION_DIRECTORY, "journal.ndjson"), "rb") as journal:
            for line in journal:
                if b'"kind":"checkpoint"' in line[:40]:
                    found = _directory(line, name) or found
    except OSError:
        pass  # nothing has been said yet
    for line in unsaid:
        found = _directory(line, name) or found
    return os.path.join(SESSION_DIRECTORY, found) if found else None


def _directory(line: bytes, name: str) -> str | None:
    try:
        record = json.loads(line.decode("utf-8"))
        return str(record["directory"]) if record["name"] == name else None
    except (ValueError, KeyError, TypeError):  # a line that a full disk has cut
        return None


def _linked(directory: str) -> str | None:
    """A new directory that holds a copy of ``directory``; None when the platform has taken it away meanwhile."""
    top = None
    try:
        loads = os.path.join(SESSION_DIRECTORY, "loads")
        os.makedirs(loads, exist_ok=True)
        top = tempfile.mkdtemp(prefix=".own-", dir=loads)
        shutil.copytree(directory, os.path.join(top, os.path.basename(directory)), copy_function=_link)
        return top
    except (OSError, shutil.Error):
        if top is not None:
            shutil.rmtree(top, ignore_errors=True)
        return None


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
