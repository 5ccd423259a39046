"""What the tests share: a session's directory, real processes in it, and a stand-in for the supervisor."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from typing import IO, Any

PYTHON = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIME_LIMIT = 180  # seconds; only a broken test waits that long


class SessionTest(unittest.TestCase):
    """A test with a session's directory of its own (``share``) and a working directory (``work``)."""

    def setUp(self) -> None:
        self.top = tempfile.mkdtemp(prefix="nsml-")
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.share = os.path.join(self.top, "share")
        self.work = os.path.join(self.top, "work")
        os.mkdir(self.share)
        os.mkdir(self.work)

    def environment(self, **variables: str | None) -> dict[str, str]:
        """The environment of a session; a variable given as None is left out."""
        values: dict[str, str | None] = {
            name: value for name, value in os.environ.items() if not name.startswith("NSML_") and name != "RANK"
        }
        values.update(
            PYTHONPATH=PYTHON,
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONWARNINGS="ignore::DeprecationWarning:__main__",  # newer Pythons advise against fork with threads
            NSML_SESSION_DIRECTORY=self.share,
            NSML_SESSION="alice/mnist/1",
            NSML_MODE="train",
        )
        values.update(variables)
        return {name: value for name, value in values.items() if value is not None}

    def start(
        self, script: str, *arguments: str, log: IO[bytes] | None = None, **variables: str | None
    ) -> subprocess.Popen[str]:
        """Start a script in the session, its output to ``log`` or a pipe; the test ends it at the latest."""
        path = os.path.join(self.work, "main.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(script))
        process = subprocess.Popen(
            [sys.executable, "-u", path, *arguments],
            cwd=self.work,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.PIPE,
            stderr=log or subprocess.PIPE,
            encoding="utf-8",
        )
        self.addCleanup(_end, process)
        return process

    def run_script(self, script: str, *arguments: str, **variables: str | None) -> tuple[int, str, str]:
        """Run a script to its end: exit status, output, errors."""
        process = self.start(script, *arguments, **variables)
        output, errors = process.communicate(timeout=TIME_LIMIT)
        return process.returncode, output, errors

    def check(self, script: str, *arguments: str, **variables: str | None) -> str:
        """Run a script that must end well without a word on stderr, and return its output."""
        status, output, errors = self.run_script(script, *arguments, **variables)
        self.assertEqual((status, errors), (0, ""), output)
        return output

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The journal's records as a reader sees them: lines that are no JSON are skipped."""
        records = []
        with open(os.path.join(self.share, "journal.ndjson"), encoding="utf-8") as file:
            for line in file:
                try:
                    record = json.loads(line, parse_constant=_refuse)
                except ValueError:
                    continue
                if kind is None or record["kind"] == kind:
                    records.append(record)
        return records

    def files(self, directory: str) -> dict[str, str]:
        """Relative paths and contents of all files below a directory of the session."""
        found = {}
        top = os.path.join(self.share, directory)
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    found[os.path.relpath(path, top)] = file.read()
        return found

    def supervisor(self) -> Supervisor:
        """Start a stand-in for the supervisor."""
        supervisor = Supervisor(self.share)
        self.addCleanup(supervisor.close)
        return supervisor


class Supervisor:
    """Takes checkpoints that the journal names away from the session, and lays them out again when asked."""

    def __init__(self, share: str) -> None:
        self.share = share
        self.stored: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(os.path.join(share, "supervisor.sock"))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def store(self) -> None:
        """Do what the supervisor does with the checkpoints in the journal: store them and free their place."""
        with open(os.path.join(self.share, "journal.ndjson"), encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        for record in records:
            directory = os.path.join(self.share, record.get("directory", "none"))
            if record["kind"] == "checkpoint" and os.path.isdir(directory):
                place = os.path.join(self.share, "stored-%d" % len(os.listdir(self.share)))
                shutil.move(directory, place)
                self.stored["alice/mnist/1/nsml_model/" + record["name"]] = place

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(TIME_LIMIT)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                request = json.loads(stream.readline())
                self.requests.append(request)
                stream.write(json.dumps(dict(self._answer(request["parameters"]), id=request["id"])).encode() + b"\n")

    def _answer(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name = "%s/nsml_model/%s" % (parameters["session"] or "alice/mnist/1", parameters["name"])
        if name not in self.stored:
            return {"ok": False, "code": "not_found", "message": name, "length": 0}
        directory = "loads/%06d" % len(self.requests)
        shutil.copytree(self.stored[name], os.path.join(self.share, directory))
        return {"ok": True, "length": 0, "parameters": {"directory": directory}}


class Control:
    """A connection to a session's control socket, as the supervisor has one."""

    def __init__(self, share: str) -> None:
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.settimeout(TIME_LIMIT)
        self.connection.connect(os.path.join(share, "control.sock"))
        self.stream = self.connection.makefile("rb")

    def send(self, command: str, body: bytes = b"", **parameters: Any) -> None:
        header = {"id": 7, "command": command, "parameters": parameters, "length": len(body)}
        self.connection.sendall(json.dumps(header).encode() + b"\n" + body)

    def receive(self) -> tuple[dict[str, Any], bytes]:
        header = json.loads(self.stream.readline())
        return header, self.stream.read(header["length"])

    def ask(self, command: str, body: bytes = b"", **parameters: Any) -> tuple[dict[str, Any], bytes]:
        self.send(command, body, **parameters)
        return self.receive()

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=TIME_LIMIT)


def _refuse(constant: str) -> None:
    raise ValueError("%s is no JSON" % constant)
