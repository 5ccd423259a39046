"""Messages on the two sockets of a session.

A message is one line of JSON, at most ``HEADER_LIMIT`` bytes, and then as many raw bytes as its ``length`` says, at
most ``BODY_LIMIT``. Requests carry ``id``, ``command`` and ``parameters``; answers carry the same ``id`` and ``ok``.
"""

from __future__ import annotations

import json
import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Callable

    Header = dict[str, Any]

HEADER_LIMIT = 64 * 1024
BODY_LIMIT = 64 * 1024 * 1024

_PATH_LIMIT = 107  # bytes of a Unix socket's address


class MalformedMessage(Exception):
    """What arrived is no message; nothing that follows on the connection can be understood."""


def read(stream: BinaryIO) -> tuple[Header, bytes] | None:
    """The next message, or None when the other side has closed. Raises MalformedMessage and OSError."""
    line = stream.readline(HEADER_LIMIT + 1)
    if not line:
        return None
    if len(line) > HEADER_LIMIT or not line.endswith(b"\n"):
        raise MalformedMessage("a header must be one line of at most %d bytes" % HEADER_LIMIT)
    try:
        header = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise MalformedMessage("a header must be JSON: %s" % error) from None
    if not isinstance(header, dict):
        raise MalformedMessage("a header must be a JSON object")
    length = header.get("length", 0)
    if type(length) is not int or not 0 <= length <= BODY_LIMIT:
        raise MalformedMessage("length must lie between 0 and %d bytes" % BODY_LIMIT)
    body = stream.read(length) if length else b""
    if len(body) != length:
        raise MalformedMessage("the connection ended %d bytes early" % (length - len(body)))
    return header, body


def send(connection: socket.socket, header: Header, body: bytes = b"") -> None:
    """Send one message. Raises OSError."""
    line = json.dumps(dict(header, length=len(body)), separators=(",", ":")).encode("ascii") + b"\n"
    if len(body) <= HEADER_LIMIT:
        connection.sendall(line + body)
    else:
        connection.sendall(line)
        connection.sendall(body)


def at_address(path: str, use: Callable[[str], None]) -> None:
    """Call ``use`` (bind or connect) with an address for the socket at ``path``, however long the path is."""
    if len(os.fsencode(path)) <= _PATH_LIMIT:
        use(path)
        return
    directory, name = os.path.split(path)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        use("/proc/self/fd/%d/%s" % (descriptor, name))
    finally:
        os.close(descriptor)
