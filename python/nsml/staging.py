"""Where a checkpoint grows until it is whole.

    PARENT/000003/             reserved, empty, until the checkpoint is published in one rename
    PARENT/.000003/nsml_file   the path that the user's function gets: a directory, or nothing yet

A function that fills the directory leaves ``000003/<its files>``. One that writes a single file, or files whose names
begin with the path (``path.index``, ``path.npy``), leaves ``000003/nsml_file...``; that name is how loading knows what
to hand over.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

FILE_NAME = "nsml_file"


class Staging:
    """One checkpoint in the making: ``publish`` or ``discard`` ends it. Raises OSError when the disk refuses."""

    def __init__(self, final: str) -> None:
        parent, name = os.path.split(final)
        self.final = final
        self.hidden = os.path.join(parent, "." + name)
        self.path = os.path.join(self.hidden, FILE_NAME)
        if os.path.lexists(self.hidden):  # left by a process that was killed
            _remove_tree(self.hidden)
        os.mkdir(self.hidden)

    def prepare(self, as_file: bool) -> None:
        """Make the path an empty directory, or, for a function that writes a file, make sure that nothing is there."""
        if as_file:
            if os.path.isdir(self.path):
                os.rmdir(self.path)
        elif not os.path.isdir(self.path):
            os.mkdir(self.path)

    def is_untouched(self) -> bool:
        """Whether nothing has been written yet."""
        names = os.listdir(self.hidden)
        if not names:
            return True
        return names == [FILE_NAME] and os.path.isdir(self.path) and not os.listdir(self.path)

    def publish(self) -> bool:
        """Put what was written at its final place; False, and all is cleared away, when nothing was written."""
        if self.is_untouched():
            self.discard()
            return False
        is_directory = os.path.isdir(self.path) and not os.path.islink(self.path)
        if is_directory and not os.listdir(self.path):
            os.rmdir(self.path)
            is_directory = False
        source = self.path if is_directory and os.listdir(self.hidden) == [FILE_NAME] else self.hidden
        os.rename(source, self.final)  # replaces the empty directory that reserved the place
        if source != self.hidden:
            os.rmdir(self.hidden)
        return True

    def discard(self) -> None:
        """Clear everything away. Never raises."""
        _remove_tree(self.hidden)
        try:
            os.rmdir(self.final)
        except OSError:  # not reserved, or holds an earlier checkpoint
            pass


def reserve(parent: str) -> str:
    """Make a fresh numbered directory, safe against other processes of the session.

    Numbers are not used twice, even after the platform has removed a directory that it has stored: ``.last`` keeps the
    highest. Raises OSError.
    """
    os.makedirs(parent, exist_ok=True)
    number = _last_number(parent)
    while True:
        number += 1
        directory = os.path.join(parent, "%06d" % number)
        try:
            os.mkdir(directory)
        except FileExistsError:
            continue
        _keep_last_number(parent, number)
        return directory


def _last_number(parent: str) -> int:
    numbers = [int(name) for name in os.listdir(parent) if name.isdigit()]
    try:
        with open(os.path.join(parent, ".last"), encoding="ascii") as file:
            numbers.append(int(file.read(20)))
    except (OSError, ValueError):
        pass  # the first checkpoint, or a note that a full disk has cut
    return max(numbers, default=0)


def _keep_last_number(parent: str, number: int) -> None:
    note = os.path.join(parent, ".last-%d" % os.getpid())
    try:
        with open(note, "w", encoding="ascii") as file:
            file.write(str(number))
        os.replace(note, os.path.join(parent, ".last"))
    except OSError:
        pass  # the directories that are still there keep the numbers apart


def contents_path(directory: str) -> str | None:
    """The path inside a checkpoint's directory to hand to a function that saved by file; None when it filled it."""
    for name in os.listdir(directory):
        if name.startswith(FILE_NAME):
            return os.path.join(directory, FILE_NAME)
    return None


def _remove_tree(path: str) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
