"""Asking the session's supervisor for something, over its socket in the session's directory."""

from __future__ import annotations

import os
import socket
import time

from nsml import framing
from nsml.constants import SESSION_DIRECTORY, SESSION_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A supervisor may be restarted under a running session; it is back within seconds. The time in which it answers is not
# limited: a checkpoint of many gigabytes takes as long as it takes.
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.5


def checkpoint_directory(name: str, session: str | None = None) -> str:
    """Have a checkpoint laid out and return its directory.

    Raises KeyError naming ``USER/DATASET/N/nsml_model/CHECKPOINT`` when there is none of that name, and ConnectionError
    when the supervisor cannot be reached or cannot get it.
    """
    answer = request("checkpoint", {"session": session, "name": name})
    full_name = "%s/nsml_model/%s" % (session or SESSION_NAME, name)
    if answer.get("ok") is not True:
        if answer.get("code") == "not_found":
            raise KeyError(answer.get("message") or full_name)
        raise ConnectionError("NSML could not get %s: %s" % (full_name, answer.get("message") or answer.get("code")))
    return os.path.join(SESSION_DIRECTORY, str(answer["parameters"]["directory"]))


def request(command: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Send one request and return the answer's header. Raises ConnectionError when nobody answers for a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return _ask({"id": 1, "command": command, "parameters": parameters})
        except (OSError, framing.MalformedMessage) as error:
            if time.monotonic() >= deadline:
                raise ConnectionError("the session's supervisor does not answer: %s" % error) from None
        time.sleep(_PAUSE_SECONDS)


def _ask(header: dict[str, Any]) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        framing.at_address(os.path.join(SESSION_DIRECTORY, "supervisor.sock"), connection.connect)
        framing.send(connection, header)
        with connection.makefile("rb") as stream:
            message = framing.read(stream)
    if message is None:
        raise ConnectionError("it closed the connection")
    return message[0]
