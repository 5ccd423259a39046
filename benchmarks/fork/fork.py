"""How long a fork of a digits session takes to its first report, beside ``nsml run`` of the same.

    python3 benchmarks/fork/fork.py PROGRAM

PROGRAM is the built nsml. A platform of its own is started in a temporary directory, on a free port, and is gone
afterwards. The environment of the example is built before anything is measured.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "02_digits"
ROUNDS = 10
PLACE = ["-d", "digits", "-g", "0", "-c", "1", "--memory", "1G"]
PATIENCE = 60.0  # seconds


class Platform:
    """A running platform, and the command line that talks to it."""

    def __init__(self, program: str, directory: pathlib.Path) -> None:
        self.program = program
        self.environment = dict(os.environ, XDG_CONFIG_HOME=str(directory / "config"), NO_COLOR="1")

    def nsml(self, *arguments: str, cwd: pathlib.Path | None = None) -> str:
        done = subprocess.run(
            [self.program, *arguments], env=self.environment, cwd=cwd, capture_output=True, text=True, timeout=600
        )
        if done.returncode != 0:
            raise SystemExit("nsml %s: %s%s" % (" ".join(arguments), done.stdout, done.stderr))
        return done.stdout

    def first_report(self, start: float, name: str) -> float:
        """Seconds from ``start`` until the session's first report is with the server."""
        while time.time() - start < PATIENCE:
            if json.loads(self.nsml("inspect", "--json", name)).get("step") is not None:
                return time.time() - start
            time.sleep(0.02)
        raise SystemExit("%s has not reported" % name)


def measure(platform: Platform, code: pathlib.Path, original: str) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {"nsml run": [], "nsml fork": []}
    for _ in range(ROUNDS):
        for what, arguments in (
            ("nsml run", ["run", "-q", *PLACE, "main.py", "--", "--epochs", "1"]),
            ("nsml fork", ["fork", "-q", original, "-a", "--epochs 4"]),
        ):
            start = time.time()
            name = platform.nsml(*arguments, cwd=code).split()[-1]
            costs[what].append(platform.first_report(start, name))
            platform.nsml("wait", name)
    return costs


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="nsml-bench-") as name:
        directory = pathlib.Path(name)
        code = directory / "code"
        shutil.copytree(EXAMPLE, code)
        python, digits = directory / "python" / "bin" / "python3", directory / "digits"
        subprocess.run([sys.executable, "-m", "venv", directory / "python"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy", "scikit-learn"], check=True)
        subprocess.run([python, "make_data.py", digits], cwd=code, check=True, stdout=subprocess.DEVNULL)
        platform = Platform(program, directory)
        data = str(directory / "data")
        platform.nsml("up", "--data", data, "--listen", "127.0.0.1:0")
        try:
            platform.nsml("dataset", "push", "digits", str(digits))
            told = platform.nsml("run", "-q", "--wait", *PLACE, "main.py", "--", "--epochs", "3", cwd=code)
            original = told.split()[-1]
            for what, taken in measure(platform, code, original).items():
                print("%-12s to its first report: %.2f s (%.2f)" % (what, statistics.median(taken), min(taken)))
        finally:
            platform.nsml("down", "--data", data)


if __name__ == "__main__":
    main()
