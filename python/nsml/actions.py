"""``nsml.action``: functions of the script that people call by name while it runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Function = Callable[..., Any]

_LIMIT = 200  # actions of one process; more come from a loop that makes up names
_actions: dict[str, Function] = {}


def action(name: str, function: Function | None = None) -> Any:
    """Let ``nsml do SESSION NAME [ARGUMENTS]`` call a function at the next safe point.

    Without a function it is a decorator. A name given before is replaced. What the function returns and prints is shown
    to whoever asked; what it raises does not reach the training. Arguments come as numbers, lists and so on where they
    read as such in Python, else as text; ``NAME=VALUE`` is a keyword. Outside the platform nothing calls it.

    Raises TypeError when the name is no text or the function cannot be called.
    """
    if not isinstance(name, str) or not name or not name.isprintable():
        raise TypeError("nsml.action needs a name of printable characters, not %.100r" % (name,))
    if function is None:
        return lambda decorated: action(name, decorated)
    if not callable(function):
        raise TypeError("nsml.action('%s', ...) needs a function, not %s" % (name, type(function).__name__))
    if name not in _actions and len(_actions) >= _LIMIT:
        raise ValueError("there are %d actions already" % _LIMIT)
    _actions[name] = function
    return function


def described() -> list[dict[str, str]]:
    """Names, parameters and first lines of the documentation, for a list of them."""
    import inspect

    found = []
    for name, function in sorted(_actions.items()):
        try:
            parameters = str(inspect.signature(function))
        except (TypeError, ValueError):  # some functions written in C do not tell
            parameters = "(...)"
        text = getattr(function, "__doc__", None)
        first = text.strip().split("\n")[0] if isinstance(text, str) and text.strip() else ""
        found.append({"name": name, "parameters": parameters[:500], "description": first[:500]})
    return found


def run(name: str, *arguments: Any, **keywords: Any) -> Any:
    """Call an action. Raises LookupError when there is none of that name, and what the function raises."""
    return find(name)(*arguments, **keywords)


def find(name: str) -> Function:
    """The action of that name. Raises LookupError when there is none."""
    function = _actions.get(name)
    if function is None:
        known = ", ".join(sorted(_actions)) or "none"
        raise LookupError("there is no action '%s'; the script has: %s" % (name, known))
    return function


def call(words: Any) -> str:
    """The Python call that stands for the words of a command line, the action's name and its arguments.

    Raises LookupError when there is no such action.
    """
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError("expected a list of texts: the action's name and its arguments")
    find(words[0])
    parts = [repr(words[0])]
    keywords = []
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if equals and key.isidentifier():
            keywords.append("%s=%r" % (key, _value(value)))
        else:
            parts.append(repr(_value(word)))
    return "__import__('nsml.actions').actions.run(%s)" % ", ".join(parts + keywords)


def _value(word: str) -> Any:
    import ast

    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return word
