"""What a platform costs and how fast it answers, measured through the built program as a user meets it.

    python3 benchmarks/platform.py PROGRAM

PROGRAM is the built nsml, best the one of a release build. A platform of its own is started in a temporary directory,
on a free port, and is gone afterwards.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from command_line import CommandLine

REPORTS = 50_000
HELLO = "print('hello', flush=True)\n"
CLOCK = "import time; print(time.time(), flush=True)\n"
REPORTER = (
    """
import nsml
for step in range(%d):
    nsml.report(step=step, train__loss=1.0 / (step + 1))
"""
    % REPORTS
)


class Platform(CommandLine):
    """A running platform, and the command line that talks to it."""

    def __init__(self, program: str, directory: pathlib.Path) -> None:
        super().__init__(program, directory, limit=600)
        self.data = directory / "data"

    def session(self, name: str) -> dict[str, object]:
        record: dict[str, object] = json.loads(self.nsml("inspect", "--json", name))
        return record

    def server_process(self) -> int:
        return int(json.loads(self.nsml("status", "--json"))["processId"])


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def row(what: str, value: str) -> None:
    print("%-58s %14s" % (what, value))


def repeated(what: str, count: int, action: Callable[[], object]) -> None:
    costs = sorted(seconds(action) * 1000 for _ in range(count))
    row(what, "%.0f ms (%.0f)" % (statistics.median(costs), costs[0]))


def memory(process: int) -> str:
    """Resident memory, and the part of it that no file backs."""
    fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/%d/status" % process).read_text().splitlines())
    resident, anonymous = (int(fields[name].split()[0]) / 1000 for name in ("VmRSS", "RssAnon"))
    return "%.0f MB (%.1f)" % (resident, anonymous)


@contextlib.contextmanager
def running(platform: Platform) -> Iterator[None]:
    row(
        "nsml up, until it answers",
        "%.2f s" % seconds(lambda: platform.nsml("up", "--data", str(platform.data), "--listen", "127.0.0.1:0")),
    )
    try:
        yield
    finally:
        platform.nsml("down", "--data", str(platform.data))


def workspace(directory: pathlib.Path, name: str, code: str) -> pathlib.Path:
    folder = directory / name
    folder.mkdir()
    (folder / "main.py").write_text(code)
    return folder


def measure_sessions(platform: Platform, directory: pathlib.Path) -> None:
    hello = workspace(directory, "hello", HELLO)
    costs = [seconds(lambda: platform.nsml("run", "-f", "--memory", "1G", cwd=hello)) for _ in range(5)]
    row("a session that says hello, run to end: first, then best", "%.2f, %.2f s" % (costs[0], min(costs[1:])))

    reporter = workspace(directory, "reporter", REPORTER)
    name = platform.nsml("run", "-q", "--wait", "--memory", "1G", cwd=reporter).split()[0]
    record = platform.session(name)
    taken = _between(str(record["startedAt"]), str(record["finishedAt"]))
    row("%d reports of one session: from its start to its end" % REPORTS, "%.1f s" % taken)
    repeated("nsml inspect", 20, lambda: platform.session(name))


def measure_first_line(platform: Platform, directory: pathlib.Path) -> None:
    """From the moment that a session exists to the first line of its script, beside the same script started by hand."""
    clock = workspace(directory, "clock", CLOCK)
    costs, bare = [], []
    for _ in range(10):
        name = platform.nsml("run", "-q", "--wait", "-g", "0", "--memory", "1G", cwd=clock).split()[0]
        began = float(platform.nsml("logs", "--raw", name))
        costs.append((began - _instant(str(platform.session(name)["createdAt"])).timestamp()) * 1000)
        start = time.time()
        done = subprocess.run(["python3", "main.py"], cwd=clock, check=True, capture_output=True, text=True)
        bare.append((float(done.stdout) - start) * 1000)
    for what, list_ in (
        ("submit to the first line of the script, sandboxed, warm", costs),
        ("python3 main.py, to its first line", bare),
    ):
        row(what, "%.0f ms (%.0f)" % (statistics.median(list_), min(list_)))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _between(first: str, second: str) -> float:
    return (_instant(second) - _instant(first)).total_seconds()


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    row("size of the program", "%.0f MB" % (os.path.getsize(program) / 1e6))
    print("\nmedian (best)")
    with tempfile.TemporaryDirectory(prefix="nsml-bench-") as name:
        directory = pathlib.Path(name)
        platform = Platform(program, directory)
        repeated("nsml, which shows all commands", 20, lambda: platform.nsml())
        repeated("nsml run --help", 20, lambda: platform.nsml("run", "--help"))
        with running(platform):
            repeated("nsml ps", 20, lambda: platform.nsml("ps"))
            row("memory of the idle server: resident (anonymous)", memory(platform.server_process()))
            measure_first_line(platform, directory)
            measure_sessions(platform, directory)
            row("memory of the server after that", memory(platform.server_process()))


if __name__ == "__main__":
    main()
