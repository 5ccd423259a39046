"""Sentences for the person who reads the session's log. Saying them never raises and never repeats."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

_SAID_LIMIT = 1000  # a script that makes up a new key at every step must not grow this for ever
_said: set[str] = set()


def warn(text: str) -> None:
    """Print one warning to stderr, in the form that users of NSML know."""
    say("NSML Warning) " + text)


def warn_once(subject: str, text: str) -> None:
    """Print a warning unless this process has already warned about the same subject."""
    if subject in _said or len(_said) >= _SAID_LIMIT:
        return
    _said.add(subject)
    warn(text)


def say(text: str) -> None:
    """Print one line to stderr; a closed or full stderr is nobody's error."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except Exception:  # stderr may be None, closed, or replaced by an object of the user's
        pass
