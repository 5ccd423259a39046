"""How long an urgent session waits for its first line when another must save and give way first.

    python3 benchmarks/preempt.py PROGRAM [ROUNDS]

PROGRAM is the built nsml. A platform of its own with one declared GPU is started in a temporary directory and is gone
afterwards. The loser trains and saves 10 MB when it is asked to. The baseline of the same run is the start of the same
session on the free machine.
"""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
import tempfile
import time

from command_line import CommandLine

LOSER = """
import nsml, os, time
weights = os.urandom(10_000_000)
state = {"step": 0}
def save(directory):
    with open(directory + "/weights", "wb") as file: file.write(weights)
def load(directory):
    open(directory + "/weights", "rb").read()
nsml.bind(save=save, load=load)
nsml.save("first")
while True:
    state["step"] += 1
    weights = os.urandom(64) + weights[64:]
    nsml.report(step=state["step"], loss=1.0)
    time.sleep(0.1)
"""
URGENT = "import time; print(time.time(), flush=True)\n"
LIMIT = 120.0


class Platform(CommandLine):
    """A running platform, and the command line that talks to it."""

    def __init__(self, program: str, directory: pathlib.Path) -> None:
        super().__init__(program, directory, LIMIT)

    def run(self, directory: pathlib.Path, *options: str) -> str:
        asked = ("run", "-q", "-g", "1", "-c", "1", "--memory", "512M", *options)
        return self.nsml(*asked, cwd=directory).split()[-1]

    def until(self, session: str, field: str, value: object) -> None:
        end = time.monotonic() + LIMIT
        while json.loads(self.nsml("inspect", "--json", session)).get(field) != value:
            if time.monotonic() > end:
                raise TimeoutError("%s of %s is not %s" % (field, session, value))
            time.sleep(0.05)

    def first_line(self, directory: pathlib.Path, *options: str) -> float:
        """Seconds from the call of run to the first line that the session prints."""
        start = time.time()
        session = self.run(directory, *options)
        self.nsml("wait", session)
        return float(self.nsml("logs", session).split()[0]) - start


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        loser, urgent = directory / "loser", directory / "urgent"
        for folder, code in ((loser, LOSER), (urgent, URGENT)):
            folder.mkdir()
            (folder / "main.py").write_text(code, encoding="utf-8")
        platform = Platform(program, directory)
        data = str(directory / "data")
        platform.nsml("up", "--data", data, "--listen", "127.0.0.1:0", "--gpus", "1")
        try:
            platform.first_line(urgent)  # what the first start alone has to do
            free = [platform.first_line(urgent) for _ in range(rounds)]
            pushed = []
            for _ in range(rounds):
                low = platform.run(loser)
                platform.until(low, "canResume", True)
                pushed.append(platform.first_line(urgent, "--priority", "10"))
                platform.nsml("rm", "-f", low)
            for what, costs in (
                ("start on the free machine", free),
                ("start with a session of 10 MB to push out", pushed),
            ):
                print(
                    "%-48s median %.2f s, best %.2f s, worst %.2f s"
                    % (what, statistics.median(costs), min(costs), max(costs))
                )
        finally:
            platform.nsml("down", "--data", data)


if __name__ == "__main__":
    main()
