"""The control socket: the platform's way into this process.

One daemon thread listens on ``NSML_SESSION_DIRECTORY/control.sock`` and one more serves each connection; what they
answer is for ``nsml.questions`` to say. Of several processes of one session the first
that binds listens; it holds a lock on ``control.lock`` for as long as it lives.
"""

from __future__ import annotations

import io
import os
import socket
import threading
import time

from nsml import framing, moments
from nsml.constants import SESSION_DIRECTORY
from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Answer = tuple[dict[str, Any], bytes]
    Answering = Callable[[dict[str, Any], bytes, "Asker"], Answer]

_CONNECTION_LIMIT = 80  # the platform has at most 64 questions waiting
_PAUSE_SECONDS = 1.0  # before accepting again when that has failed

_listener: socket.socket | None = None
_lock: int | None = None
_free_connections = threading.Semaphore(_CONNECTION_LIMIT)


class Asker:
    """Whoever waits for an answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def has_gone(self) -> bool:
        """Whether nobody waits any more."""
        try:
            return self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


class _Incoming(io.RawIOBase):
    """What a connection brings."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        moments.wait(self._connection.fileno())
        return self._connection.recv_into(buffer)


def start(answering: Answering) -> bool:
    """Listen, unless this process does already, or another of the session does. Never raises.

    Returns whether this call has made this process the one that listens.
    """
    global _listener
    if _listener is not None or _is_other_rank():
        return False
    try:
        if not _take_lock():
            return False
        listener = _listen()
        _listener = listener
        moments.watch(listener.fileno())
        threading.Thread(target=_accept, args=(listener, answering), name="nsml-control", daemon=True).start()
        return True
    except Exception as error:
        warn_once("control socket", "this session cannot be asked anything: %s" % error)
        return False


def _is_other_rank() -> bool:
    """Of the processes that a distributed launcher starts, the one of rank 0 is the session's voice."""
    return os.environ.get("RANK", "0") not in ("", "0")


def _take_lock() -> bool:
    """Whether this process is the one to listen. Raises OSError. The lock ends with the process, however it ends."""
    global _lock
    import fcntl

    descriptor = os.open(os.path.join(SESSION_DIRECTORY, "control.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    except OSError:
        os.close(descriptor)
        raise
    _lock = descriptor
    return True


def _listen() -> socket.socket:
    path = os.path.join(SESSION_DIRECTORY, "control.sock")
    try:
        os.unlink(path)  # left by a process that has ended: we hold the lock
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        framing.at_address(path, listener.bind)
        listener.listen(_CONNECTION_LIMIT)
    except OSError:
        listener.close()
        raise
    return listener


def _accept(listener: socket.socket, answering: Answering) -> None:
    while True:
        try:
            moments.wait(listener.fileno())
            connection, _ = listener.accept()
        except OSError:
            if listener.fileno() < 0:
                return
            time.sleep(_PAUSE_SECONDS)  # no descriptors left, most likely
            continue
        if not _free_connections.acquire(blocking=False):
            connection.close()
            continue
        try:
            threading.Thread(target=_serve, args=(connection, answering), name="nsml-connection", daemon=True).start()
        except RuntimeError:  # no more threads here
            connection.close()
            _free_connections.release()


def _serve(connection: socket.socket, answering: Answering) -> None:
    """Answer the requests of one connection, one after the other, until it closes."""
    descriptor = connection.fileno()
    moments.watch(descriptor)
    try:
        stream = io.BufferedReader(_Incoming(connection))
        while True:
            try:
                message = framing.read(stream)
            except framing.MalformedMessage as error:
                framing.send(connection, {"id": None, "ok": False, "code": "bad_request", "message": str(error)})
                return
            if message is None:
                return
            header, body = answering(message[0], message[1], Asker(connection))
            framing.send(connection, dict(header, id=message[0].get("id")), body)
    except OSError:
        pass  # the other side has gone
    finally:
        moments.unwatch(descriptor)
        connection.close()
        moments.calm(threading.get_ident())
        _free_connections.release()


def _let_go_in_child() -> None:
    """In a forked worker: the socket and the lock are the parent's."""
    global _listener, _lock, _free_connections
    if _listener is not None:
        _listener.close()
    if _lock is not None:
        os.close(_lock)
    _listener = None
    _lock = None
    _free_connections = threading.Semaphore(_CONNECTION_LIMIT)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
