"""The session in which a TensorBoard runs: it has no network, and is reached like a model, by questions.

The platform asks three things of it. A question is a line of JSON, and behind it a body:

1. ``{"do": "points", "run": "alice/mnist/1"}`` and ``{"loss": {"steps": [1], "times": [1e12], "values": [0.5]}}``: what
   a session has reported since the last time; ``"restart": true`` when all of it comes anew.
2. ``{"do": "file", "run": ..., "path": "logs/events.out.tfevents.1", "offset": 0}`` and bytes: a piece of an event file
   that the session's code has written itself.
3. ``{"do": "get", "method": "GET", "path": "/data/runs", "query": "", "type": ""}`` and a body: what a browser asks.
   The answer is a line of JSON with status, type and encoding, and the body behind it.
"""

from __future__ import annotations

import json
import os
import tempfile
from io import BytesIO
from typing import Any

import nsml

# What TensorBoard's page looks for and does not have where it is kept apart: storage, cookies and workers.
SHIM = b"""<script>(() => {
const memory = () => {
  const kept = new Map();
  return { getItem: (k) => kept.get(String(k)) ?? null, setItem: (k, v) => void kept.set(String(k), String(v)),
    removeItem: (k) => void kept.delete(String(k)), clear: () => kept.clear(), key: (i) => [...kept.keys()][i] ?? null,
    get length() { return kept.size; } };
};
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { value: memory(), configurable: true });
Object.defineProperty(document, "cookie", { get: () => "", set: () => {} });
delete window.OffscreenCanvas;
})();</script>"""


class Board:
    """TensorBoard's own application over a directory of event files, and what writes these."""

    def __init__(self, directory: str) -> None:
        from tensorboard import assets, default, program
        from tensorboard.backend import application
        from tensorboard.backend.event_processing import data_ingester

        self._directory = directory
        self._writers: dict[str, Any] = {}
        self._is_stale = True
        board = program.TensorBoard(default.get_plugins(), assets.get_default_assets_zip_provider())
        board.configure(argv=["tensorboard", "--logdir", directory, "--load_fast=false"])
        # Not started: it would look for news by itself, and we know when there are some.
        ingester = data_ingester.LocalDataIngester(board.flags)
        self._runs = ingester.deprecated_multiplexer
        self._application = application.TensorBoardWSGIApp(
            board.flags, board.plugin_loaders, ingester.data_provider, board.assets_zip_provider, self._runs
        )

    def answer(self, question: bytes) -> bytes:
        line, _, body = question.partition(b"\n")
        head = json.loads(line)
        if head["do"] == "points":
            self._write(self._place(head["run"]), json.loads(body), head.get("restart", False))
        elif head["do"] == "file":
            self._keep(self._place(os.path.join(head["run"], "files", head["path"])), head["offset"], body)
        else:
            return self._ask(head, body)
        self._is_stale = True
        return b"{}\n"

    def _place(self, path: str) -> str:
        place = os.path.normpath(os.path.join(self._directory, path))
        if not place.startswith(self._directory + os.sep):
            raise ValueError("%r leads elsewhere" % path)
        return place

    def _write(self, place: str, metrics: dict[str, Any], is_restart: bool) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        writer = self._writers.get(place)
        if writer is None:
            writer = self._writers[place] = EventFileWriter(place)
        if is_restart:
            writer.add_event(Event(step=0, session_log=SessionLog(status=SessionLog.START)))
        # By step: TensorBoard takes a step that is smaller than the last for a restart.
        points = [
            (step, time / 1000, name, float(value))
            for name, columns in metrics.items()
            for step, time, value in zip(columns["steps"], columns["times"], columns["values"])
        ]
        for step, time, name, value in sorted(points, key=lambda point: point[0]):
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(wall_time=time, step=step, summary=summary))
        writer.flush()

    def _keep(self, place: str, offset: int, piece: bytes) -> None:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "r+b" if os.path.exists(place) else "w+b") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(piece)

    def _ask(self, head: dict[str, Any], body: bytes) -> bytes:
        if self._is_stale and "/data/" in head["path"]:
            self._is_stale = False
            self._runs.AddRunsFromDirectory(self._directory)
            self._runs.Reload()
        is_page = head["path"] in ("/", "/index.html")
        environment = {
            "REQUEST_METHOD": head["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": head["path"],
            "QUERY_STRING": head["query"],
            "CONTENT_TYPE": head["type"],
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_ENCODING": "" if is_page else "gzip",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        answer: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            fields = {name.lower(): value for name, value in headers}
            answer["status"] = int(status.split()[0])
            answer["type"] = fields.get("content-type", "application/octet-stream")
            encoding = fields.get("content-encoding", "identity")
            answer["encoding"] = None if encoding == "identity" else encoding
            # What has the sum of its content in its address never changes.
            answer["isFixed"] = "_file_hash" in head["query"]
            return lambda _: None

        pieces = self._application(environment, start)
        content = b"".join(pieces)
        if hasattr(pieces, "close"):
            pieces.close()
        if answer["type"].startswith("text/html") and not answer["encoding"]:
            # Its letters are the only thing that it looks for at the root.
            content = content.replace(b"<head>", b"<head>" + SHIM, 1).replace(b"/font-roboto/", b"font-roboto/")
        return json.dumps(answer).encode() + b"\n" + content


def serve() -> None:
    """Answer until the session is stopped."""
    board = Board(os.path.realpath(tempfile.mkdtemp(prefix="runs")))
    nsml.bind(infer=board.answer, infer_input="bytes")
    nsml.paused()
