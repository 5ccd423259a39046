"""What evaluations cost a training, and how fast they are answered, over a real control socket.

    python3 benchmarks/evaluations.py [STEPS]

A training of STEPS steps (20,000) of about 1 ms of pure Python, each with a report, is run beside nothing, and with
1,000 evaluations spread over it, at safe points and at once; each three times, one after the other in turn. On a
machine that is too busy for so many they end with the training, and the table says how many there were. Its own
processor time is shown too, since on a busy machine the wall time says more of the others.
"""

from __future__ import annotations

import json
import os
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

LIBRARY = pathlib.Path(__file__).resolve().parent.parent / "python"
EVALUATIONS = 1000
ROUNDS = 3
TRAINING = """
import nsml, sys, time
def work(count):
    total = 0
    for number in range(count):
        total += number * number
    return total
def train(steps, count):
    begun, used = time.perf_counter(), time.process_time()
    for step in range(steps):
        loss = work(count)
        nsml.report(step=step, scope=locals(), loss=loss)
    print(time.perf_counter() - begun, time.process_time() - used, flush=True)
nsml.report()
sys.stdin.readline()
train(int(sys.argv[1]), int(sys.argv[2]))
while True:
    nsml.report()
    time.sleep(0.001)
"""
# 1 ms of the work above on this machine; the best of some, so that the machine's other work does not count.
CALIBRATION = """
import timeit
code = "total = 0\\nfor number in range(10_000):\\n    total += number * number"
print(int(10_000 * 0.001 / min(timeit.repeat(code, number=5, repeat=20)) * 5))
"""


class Training:
    """A training that waits for ``go``, and the way into it."""

    def __init__(self, steps: int, count: int) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="nsml-")
        share = self._directory.name
        environment = dict(os.environ, NSML_SESSION_DIRECTORY=share, NSML_SESSION="a/b/1", PYTHONPATH=str(LIBRARY))
        self._process = subprocess.Popen(
            [sys.executable, "-c", TRAINING, str(steps), str(count)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while self._socket.connect_ex(os.path.join(share, "control.sock")):
            time.sleep(0.01)
        self._stream = self._socket.makefile("rb")

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ask(self, code: str, **parameters: Any) -> float:
        """Evaluate, and answer with the seconds that it took."""
        header = {"id": 1, "command": "exec", "parameters": parameters, "length": len(code)}
        begun = time.perf_counter()
        self._socket.sendall(json.dumps(header).encode() + b"\n" + code.encode())
        answer = json.loads(self._stream.readline())
        body = json.loads(self._stream.read(answer["length"]))
        seconds = time.perf_counter() - begun
        if body.get("state") != "done":
            raise RuntimeError("the training has answered %r" % body)
        return seconds

    def has_names(self) -> bool:
        """Whether the loop has reported, and so given its names."""
        try:
            self.ask("loss, step")
        except RuntimeError:
            return False
        return True

    def is_over(self) -> bool:
        """Whether the loop has ended; its process is there still."""
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def end(self) -> tuple[float, float]:
        """Seconds of the loop: of the wall's clock, and of the processor."""
        assert self._process.stdout is not None
        output = self._process.stdout.readline()
        self._process.kill()
        self._process.communicate()
        self._stream.close()
        self._socket.close()
        self._directory.cleanup()
        wall, used = output.split()
        return float(wall), float(used)


def run(steps: int, count: int, seconds: float, **parameters: Any) -> tuple[float, float, list[float]]:
    """One training, asked over that many seconds, or not at all."""
    training = Training(steps, count)
    training.go()
    while seconds and not training.has_names():
        pass
    begun = time.perf_counter()
    costs = []
    for number in range(EVALUATIONS if seconds else 0):
        due = begun + number * seconds / EVALUATIONS
        time.sleep(max(0.0, due - time.perf_counter()))
        if training.is_over():
            break
        costs.append(training.ask("loss * 2, step", **parameters))
    wall, used = training.end()
    return wall, used, costs


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    calibrated = subprocess.run([sys.executable, "-c", CALIBRATION], capture_output=True, text=True, check=True)
    count = int(calibrated.stdout)
    kinds: dict[str, dict[str, Any]] = {"alone": {}, "at safe points": {}, "at once": {"now": True}}
    results: dict[str, list[tuple[float, float, list[float]]]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        seconds = 0.0
        for kind, parameters in kinds.items():
            results[kind].append(run(steps, count, seconds, **parameters))
            # The others are asked over most of the time that it takes alone, so that it does not end before.
            seconds = results["alone"][-1][0] * 0.7
    bases = [statistics.median(one[index] for one in results["alone"]) for index in (0, 1)]
    print("%d steps, %d evaluations, median of %d" % (steps, EVALUATIONS, ROUNDS))
    columns = ("", "asked", "wall", "more", "CPU", "more", "each, CPU", "answer p50, p95")
    print("%-16s %6s %9s %8s %9s %8s %12s %20s" % columns)
    for kind, rounds in results.items():
        wall, used = (statistics.median(one[index] for one in rounds) for index in (0, 1))
        asked = min(len(one[2]) for one in rounds)
        line = "%-16s %6d %7.2f s %+7.2f%% %7.2f s %+7.2f%%" % (
            kind, asked, wall, (wall / bases[0] - 1) * 100, used, (used / bases[1] - 1) * 100
        )  # fmt: skip
        costs = sorted(cost for one in rounds for cost in one[2])
        if costs:
            each = (used - bases[1]) / max(asked, 1) * 1e6
            middle, late = costs[len(costs) // 2] * 1e3, costs[int(len(costs) * 0.95)] * 1e3
            line += " %9.0f us %9.1f, %5.1f ms" % (each, middle, late)
        print(line)


if __name__ == "__main__":
    main()
