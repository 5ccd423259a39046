"""Calling a user's save or load function, whether it takes its path for a directory or for a file.

Since 2018 NSML hands a directory; before, it handed the path of a file, and scripts of both kinds are in use. A
function of the other kind fails at its first touch of the path, before it has written anything, with an error that says
so; it is then called once more with the other kind of path.
"""

from __future__ import annotations

import os

from nsml.staging import contents_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from nsml.staging import Staging

# How libraries that wrap the system's error word it: torch, h5py, TensorFlow, and what mentions only the path.
_WORDS_FOR_DIRECTORY = ("is a directory", "cannot be opened", "not a valid checkpoint", "failed to open")
_WORDS_FOR_ABSENCE = (
    "not a directory",
    "no such file",
    "does not exist",
    "unable to open",
    "failed to find any matching files",
)


class Callback:
    """A function of the user's with the extra keywords that it was bound with.

    ``as_file`` says what the function does with its path: True, it writes or opens one file there (scripts of 2018);
    False, it fills a directory; None, not known yet. It is learnt at the first call.
    """

    def __init__(self, function: Callable[..., Any], extras: dict[str, Any], as_file: bool | None = None) -> None:
        self.function = function
        self.extras = extras
        self.as_file = as_file


def call_save(callback: Callback, staging: Staging) -> None:
    """Have the function write a checkpoint. Whatever it raises comes out as it is."""
    first = bool(callback.as_file)
    staging.prepare(as_file=first)
    try:
        callback.function(staging.path, **callback.extras)
        return
    except Exception as error:
        if not (staging.is_untouched() and _is_about_place(error, staging.path, absent=first)):
            raise
        refusal = error
    staging.prepare(as_file=not first)
    try:
        callback.function(staging.path, **callback.extras)
    except Exception as error:
        if staging.is_untouched() and _is_about_place(error, staging.path, absent=not first):
            raise refusal from None  # neither kind of path helped: the first error is the one to read
        raise
    callback.as_file = not first


def call_load(callback: Callback, directory: str) -> Any:
    """Have the function read a checkpoint and return what it returns. Whatever it raises comes out as it is."""
    refusal = None
    for path in _paths_to_try(callback, directory):
        try:
            return callback.function(path, **callback.extras)
        except Exception as error:
            if not _is_about_place(error, path, absent=True):
                raise
            refusal = refusal or error
    assert refusal is not None  # there is always a path to try
    raise refusal


def _paths_to_try(callback: Callback, directory: str) -> list[str]:
    """The path by the form in which the checkpoint was saved first, then the other readings of it."""
    file_path = contents_path(directory)
    names = os.listdir(directory)
    single = os.path.join(directory, names[0]) if len(names) == 1 else None
    if callback.as_file and file_path is None and single is not None:
        return [single, directory]
    paths = [file_path or directory, directory]
    if single is not None:
        paths.append(single)
    return list(dict.fromkeys(paths))


def _is_about_place(error: BaseException, path: str, absent: bool) -> bool:
    """Whether an error says that the path is of the wrong kind; ``absent`` if it may also say that nothing is there."""
    for one in _with_causes(error):
        if isinstance(one, (IsADirectoryError, FileExistsError)):
            return True
        if absent and isinstance(one, (NotADirectoryError, FileNotFoundError)):
            return True
        if isinstance(one, PermissionError) and one.filename == path:
            return True  # how some systems answer to opening a directory
        text = str(one).lower()
        if any(words in text for words in _WORDS_FOR_DIRECTORY):
            return True
        if (absent or path.lower() in text) and any(words in text for words in _WORDS_FOR_ABSENCE):
            return True
    return False


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    one = error
    while one is not None and one not in seen:
        yield one
        seen.append(one)
        one = one.__cause__ or one.__context__  # type: ignore[assignment]
