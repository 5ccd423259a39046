"""How long it takes from `nsml submit` of a checkpoint of the digits to its rank, measured as a user meets it.

    python3 benchmarks/submit/submit.py PROGRAM [TIMES]

PROGRAM is the built nsml, best the one of a release build. A platform of its own is started in a temporary directory,
the digits of `examples/02_digits` are trained once, and their last checkpoint is submitted TIMES times (10). The
baseline in the same run does the same work by hand and without any platform: it starts the script's Python, loads the
checkpoint, answers for the test set, writes the predictions, and runs evaluation.py over them.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "02_digits"
LIBRARY = EXAMPLE.parents[1] / "python"
SETTINGS = ["-g", "0", "-c", "1", "--memory", "1G"]

BY_HAND = """
import importlib.util, os, sys
sys.path.insert(0, ".")
import main
network = main.Network(32, 1)
with main.np.load(sys.argv[1]) as arrays:
    network.state = {name: arrays[name] for name in arrays.files}
spec = importlib.util.spec_from_file_location("data_loader", os.path.join(sys.argv[2], "data_loader.py"))
loader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loader)
pixels = main.np.stack([main.pixels_of(line) for line in loader.test_data_loader(sys.argv[2])])
with open(sys.argv[3], "w") as file:
    file.writelines("%d\\n" % digit for digit in network.probabilities(pixels).argmax(axis=1))
"""


class Platform:
    def __init__(self, program: str, directory: pathlib.Path) -> None:
        self.program = program
        self.data = str(directory / "data")
        self.environment = dict(os.environ, XDG_CONFIG_HOME=str(directory / "config"), NO_COLOR="1")

    def nsml(self, *arguments: str, cwd: pathlib.Path | None = None) -> str:
        done = subprocess.run(
            [self.program, *arguments], env=self.environment, cwd=cwd, capture_output=True, text=True, timeout=600
        )
        if done.returncode != 0:
            raise SystemExit("nsml %s: %s%s" % (" ".join(arguments), done.stdout, done.stderr))
        return done.stdout


def shown(what: str, costs: list[float]) -> None:
    print("%-64s %6.2f s (%.2f), slowest %.2f" % (what, statistics.median(costs), min(costs), max(costs)))


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory(prefix="nsml-bench-") as name:
        directory = pathlib.Path(name)
        python = str(directory / "python" / "bin" / "python3")
        subprocess.run([sys.executable, "-m", "venv", str(directory / "python")], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "numpy", "scikit-learn"]
        subprocess.run(install, check=True)
        digits = directory / "digits"
        subprocess.run([python, "make_data.py", str(digits)], cwd=EXAMPLE, check=True, stdout=subprocess.DEVNULL)
        platform = Platform(program, directory)
        platform.nsml("up", "--data", platform.data, "--listen", "127.0.0.1:0")
        try:
            measure(platform, directory, digits, python, times)
        finally:
            platform.nsml("down", "--data", platform.data)


def measure(platform: Platform, directory: pathlib.Path, digits: pathlib.Path, python: str, times: int) -> None:
    platform.nsml("dataset", "push", "digits", str(digits), "--submit-limit", "0")
    session = platform.nsml("run", "-q", "--wait", *SETTINGS, "-d", "digits", "main.py", cwd=EXAMPLE).split()[-1]
    platform.nsml("model", "pull", session, "19", str(directory))
    weights = next(directory.glob("*/19/model/network.npz"))
    platform.nsml("submit", session, "19")  # the first lays the test data out
    costs, loads, bare = [], [], []
    for _ in range(times):
        start = time.perf_counter()
        record = json.loads(platform.nsml("submit", "--json", session, "19"))
        costs.append(time.perf_counter() - start)
        loads.append(record["loadSeconds"] + record["inferSeconds"])
        start = time.perf_counter()
        by_hand(directory, digits, python, weights)
        bare.append(time.perf_counter() - start)
    print("median (best), %d times; score %s" % (times, record["score"]))
    shown("nsml submit of a digits checkpoint, to its rank", costs)
    shown("  of it the author's code: start, load, test set", loads)
    shown("the same by hand: load, answer, evaluate", bare)


def by_hand(directory: pathlib.Path, digits: pathlib.Path, python: str, weights: pathlib.Path) -> None:
    predictions = str(directory / "predictions")
    environment = dict(os.environ, PYTHONPATH=str(LIBRARY))
    arguments = [str(weights), str(digits), predictions]
    subprocess.run([python, "-c", BY_HAND, *arguments], cwd=EXAMPLE, env=environment, check=True)
    label = str(digits / "test" / "test_label")
    evaluation = [python, str(digits / "evaluation.py"), "--prediction", predictions, "--test_label_path", label]
    subprocess.run(evaluation, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
