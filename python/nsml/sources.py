"""Whether the script itself will call ``nsml.paused``, by what is written in its files.

Imported only in sessions that continue from a checkpoint or answer questions.
"""

from __future__ import annotations

import ast
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

# What the platform would have told the script by its arguments.
_ARGUMENTS = ("pause", "mode", "iteration")


def script_pauses() -> bool:
    """Whether the entry, or a module beside or below it that is imported by now, will come to a call of ``paused``.

    A call behind a condition on the historic arguments (``if config.pause:``) counts only when they were given: a
    script that does not take them would never come to it.
    """
    entry = getattr(sys.modules.get("__main__"), "__file__", None)
    if not entry:
        return True  # a notebook or a prompt: do not take it over
    is_told = any(word == "--pause" or word.startswith("--pause=") for word in sys.argv[1:])
    return any(_pauses(path, is_told) for path in _files(os.path.abspath(entry)))


def _files(entry: str) -> Iterator[str]:
    yield entry
    folder = os.path.join(os.path.dirname(entry), "")
    library = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path.endswith(".py"):
            path = os.path.abspath(path)
            if path.startswith(folder) and not path.startswith(library) and "site-packages" not in path:
                yield path


def _pauses(path: str, is_told: bool) -> bool:
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    if b"paused" not in text:
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return True  # what cannot be read is believed to do it
    return _reaches(tree, is_told)


def _reaches(node: ast.AST, is_told: bool) -> bool:
    """Whether ``paused`` is used below a node; its import alone is no use."""
    if isinstance(node, (ast.If, ast.IfExp)) and not is_told and _asks(node.test):
        branch = node.orelse if isinstance(node.orelse, list) else [node.orelse]
        return any(_reaches(child, is_told) for child in branch)
    if isinstance(node, ast.Attribute) and node.attr == "paused":
        return True
    if isinstance(node, ast.Name) and node.id == "paused":
        return True
    if isinstance(node, ast.Constant) and node.value == "paused":
        return True  # getattr(nsml, "paused")
    return any(_reaches(child, is_told) for child in ast.iter_child_nodes(node))


def _asks(test: ast.AST) -> bool:
    """Whether a condition is about one of the arguments that the platform would have given."""
    for node in ast.walk(test):
        word = None
        if isinstance(node, ast.Attribute):
            word = node.attr
        elif isinstance(node, ast.Name):
            word = node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value
        if word is not None and word.lower().lstrip("-") in _ARGUMENTS:
            return True
    return False
