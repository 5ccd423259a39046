"""The control socket: the platform's way into this process.

One daemon thread listens on ``NSML_SESSION_DIRECTORY/control.sock`` and one more serves each connection. Nothing of the
user's runs in them: what concerns the training waits for a safe point. Of several processes of one session the first
that binds listens; it holds a lock on ``control.lock`` for as long as it lives.
"""

from __future__ import annotations

import os
import socket
import threading
import time

from nsml import bindings, framing, pausing, reports, safepoint
from nsml.constants import SESSION_DIRECTORY
from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Answer = tuple[dict[str, Any], bytes]

_CONNECTION_LIMIT = 32  # the supervisor uses one or two
_LOOK_SECONDS = 1.0  # how often a request that waits for a safe point looks whether anybody still wants the answer

_listener: socket.socket | None = None
_lock: int | None = None
_free_connections = threading.Semaphore(_CONNECTION_LIMIT)


def start() -> None:
    """Listen, unless this process does already, or another of the session does. Never raises."""
    global _listener
    if _listener is not None or _is_other_rank():
        return
    try:
        if not _take_lock():
            return
        listener = _listen()
    except Exception as error:
        warn_once("control socket", "this session cannot be asked anything: %s" % error)
        return
    _listener = listener
    threading.Thread(target=_accept, args=(listener,), name="nsml-control", daemon=True).start()


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


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            if listener.fileno() < 0:
                return
            time.sleep(_LOOK_SECONDS)  # no descriptors left, most likely
            continue
        if not _free_connections.acquire(blocking=False):
            connection.close()
            continue
        try:
            threading.Thread(target=_serve, args=(connection,), name="nsml-connection", daemon=True).start()
        except RuntimeError:  # no more threads here
            connection.close()
            _free_connections.release()


def _serve(connection: socket.socket) -> None:
    """Answer the requests of one connection, one after the other, until it closes."""
    try:
        with connection, connection.makefile("rb") as stream:
            while True:
                try:
                    message = framing.read(stream)
                except framing.MalformedMessage as error:
                    framing.send(connection, {"id": None, "ok": False, "code": "bad_request", "message": str(error)})
                    return
                if message is None:
                    return
                header, body = _answer(message[0], message[1], connection)
                framing.send(connection, dict(header, id=message[0].get("id")), body)
    except OSError:
        pass  # the other side has gone
    finally:
        _free_connections.release()


def _answer(request: dict[str, Any], body: bytes, connection: socket.socket) -> Answer:
    command = request.get("command")
    parameters = request.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    if command == "ping":
        return {"ok": True}, b""
    if command == "state":
        return _state()
    if command == "save":
        return _save(parameters, connection)
    if command == "infer":
        return _infer(parameters, body, connection)
    return _refusal("unknown_command", "there is no command '%.100s'" % command)


def _state() -> Answer:
    import json

    state = {"bound": bindings.bound(), "paused": pausing.is_serving(), "step": reports.last_step()}
    return {"ok": True, "contentType": "application/json"}, json.dumps(state).encode()


def _save(parameters: dict[str, Any], connection: socket.socket) -> Answer:
    if not bindings.bound()["save"]:
        return _refusal("cannot_save", "the script has bound no save function")
    from nsml import checkpoints

    def work() -> Answer:
        checkpoints.save(parameters.get("name"))
        return {"ok": True}, b""

    return _at_safe_point(work, "save_failed", connection)


def _infer(parameters: dict[str, Any], body: bytes, connection: socket.socket) -> Answer:
    if not pausing.is_serving():
        return _refusal("cannot_infer", "the session is not paused: it answers only in infer mode")
    if not bindings.bound()["infer"]:
        return _refusal("cannot_infer", "the script has bound no infer function")
    from nsml import inference

    def work() -> Answer:
        content_type, result = inference.answer(parameters, body)
        if len(result) > framing.BODY_LIMIT:
            return _refusal(
                "answer_too_large", "the answer has %d bytes, the limit is %d" % (len(result), framing.BODY_LIMIT)
            )
        return {"ok": True, "contentType": content_type}, result

    return _at_safe_point(work, "infer_failed", connection)


def _at_safe_point(work: Callable[[], Answer], code: str, connection: socket.socket) -> Answer:
    """Have the training thread do the work, and wait for it as long as the other side does."""
    done = threading.Event()
    result: Answer = _refusal(code, "the asking side has gone")

    def task() -> None:
        nonlocal result
        try:
            result = work()
        except Exception as error:
            result = _failure(code, error)
        except BaseException as error:  # an exit or a Ctrl-C in the middle: pass it on, but leave nobody waiting
            result = _failure(code, error)
            raise
        finally:
            done.set()

    safepoint.submit(task)
    while not done.wait(_LOOK_SECONDS):
        if _has_gone(connection):
            safepoint.withdraw(task)
            break
    return result


def _failure(code: str, error: BaseException) -> Answer:
    import traceback

    message = "%s: %s" % (type(error).__name__, error)
    report = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    header = {"ok": False, "code": code, "message": message[:4000]}
    return header, report.encode("utf-8", "replace")[: framing.BODY_LIMIT]


def _refusal(code: str, message: str) -> Answer:
    return {"ok": False, "code": code, "message": message}, b""


def _has_gone(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


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
