"""How long a question to a running training takes, as the one who asks at a terminal sees it.

    python3 benchmarks/live.py PROGRAM [QUESTIONS]

PROGRAM is the built nsml. A platform of its own is started in a temporary directory and is gone afterwards. A training
of steps of 1 ms that reports each of them is asked by ``nsml exec``, at safe points and with ``--now``; each call is a
process of its own. The baseline of the same run is ``nsml whoami``, which asks the server alone.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
import time

from command_line import CommandLine

TRAINING = """
import nsml, time
step = 0
while True:
    step += 1
    time.sleep(0.001)
    nsml.report(step=step, loss=1.0 / step)
"""
LIMIT = 60.0


def costs(call, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return sorted(taken)


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / "code").mkdir()
        (directory / "code" / "main.py").write_text(TRAINING, encoding="utf-8")
        platform = CommandLine(program, directory, LIMIT)
        platform.nsml("up", "--data", str(directory / "data"), "--listen", "127.0.0.1:0")
        try:
            session = platform.nsml("run", "-q", "-g", "0", "-c", "1", cwd=directory / "code").split()[-1]
            platform.nsml("exec", session, "step")
            rows = {
                "nsml whoami": costs(lambda: platform.nsml("whoami"), count),
                "nsml exec, at a safe point": costs(lambda: platform.nsml("exec", session, "step"), count),
                "nsml exec --now": costs(lambda: platform.nsml("exec", "--now", session, "step"), count),
            }
            platform.nsml("stop", "--now", session)
        finally:
            platform.nsml("down", "--data", str(directory / "data"))
    print("%-30s %8s %8s %8s" % ("ms, of %d calls" % count, "median", "p95", "max"))
    for what, taken in rows.items():
        median, high, worst = (taken[int(share * (count - 1))] * 1e3 for share in (0.5, 0.95, 1.0))
        print("%-30s %8.1f %8.1f %8.1f" % (what, median, high, worst))


if __name__ == "__main__":
    main()
