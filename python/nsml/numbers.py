"""What a reported value means: a number, a text, or nothing that can be kept."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Number = Union[int, float]

LARGEST_EXACT = 2**53 - 1


def scalar(value: Any) -> int | float | str:
    """The plain number or string that a value stands for.

    Takes Python numbers, numpy and torch scalars and one-element arrays (by ``item``), and whatever ``float`` takes.
    An ``int`` that a double cannot hold exactly becomes a ``float``.

    Raises TypeError, ValueError or OverflowError when it stands for neither.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        whole = int(value)
        return whole if -LARGEST_EXACT <= whole <= LARGEST_EXACT else float(whole)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (bytes, bytearray)):
        raise TypeError("bytes are neither a number nor a text")
    item = getattr(value, "item", None)
    if callable(item):
        plain = item()
        if isinstance(plain, (str, int, float)):
            return scalar(plain)
        value = plain
    try:
        return float(value)
    except TypeError:
        raise TypeError("%s is no number" % type(value).__name__) from None


def in_json(number: Number) -> str:
    """A number as JSON; one that is not finite as a string, so that a diverged run stays visible."""
    if number - number == 0:
        return repr(number)
    if number != number:
        return '"NaN"'
    return '"Infinity"' if number > 0 else '"-Infinity"'
