"""What one report costs the training: nsml.report beside what is plainly possible, and beside trackio.

    python3 benchmarks/report/report.py [--calls 20000]

Each way runs in a process of its own, reports four numbers and a step at every call, and then ends. "exit" is the time
from the end of the script's last line to the end of the process, less that of a script that does nothing: what is still
buffered is paid there. Times are wall times; run it on an idle machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "python")

# The numbers are random, so that their digits cost what those of a real loss cost.
HARNESS = """
import json, random, sys, time
calls = int(sys.argv[1])
numbers = [tuple(random.Random(i).random() for _ in range(4)) for i in range(1000)]
PREPARE
times = []
clock = time.perf_counter_ns
for step in range(calls):
    a, b, c, d = numbers[step % 1000]
    begin = clock()
    REPORT
    times.append(clock() - begin)
if not times:
    times = [0]
times.sort()
result = {"median": times[len(times) // 2], "p99": times[int(len(times) * 0.99)], "max": times[-1], "total": sum(times)}
FINISH
print(json.dumps(dict(result, end=time.time())), flush=True)
"""

NOTHING = ("", "pass", "")
NSML = ("import nsml", "nsml.report(summary=True, step=step, train__loss=a, train__acc=b, val__loss=c, val__acc=d)", "")
BASELINE = (
    "import os\nfile = os.open('baseline.ndjson', os.O_WRONLY | os.O_APPEND | os.O_CREAT)",
    "os.write(file, (json.dumps({'kind': 'report', 'time': time.time(), 'step': step, 'summary': True, 'values': "
    "{'train/loss': a, 'train/acc': b, 'val/loss': c, 'val/acc': d}}) + '\\n').encode())",
    "",
)
TRACKIO = (
    "import trackio\ntrackio.init(project='benchmark', name='report', embed=False)",
    "trackio.log({'train/loss': a, 'train/acc': b, 'val/loss': c, 'val/acc': d}, step=step)",
    "begin = clock()\ntrackio.finish()\nresult['finish'] = clock() - begin",
)


def script(way):
    prepare, report, finish = way
    return HARNESS.replace("PREPARE", prepare).replace("REPORT", report).replace("FINISH", finish)


def measure(way, calls):
    """Times in nanoseconds, and the seconds from the last line to the end of the process."""
    with tempfile.TemporaryDirectory() as directory:
        environment = dict(
            os.environ,
            PYTHONPATH=LIBRARY,
            NSML_SESSION_DIRECTORY=directory,
            NSML_SESSION="a/b/1",
            TRACKIO_DIR=os.path.join(directory, "trackio"),
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script(way), str(calls)],
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines = [process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith("{"):  # a tracker may greet
            lines.append(process.stdout.readline())
        process.wait()
        ended = time.time()
        errors = process.stderr.read()
        if process.returncode != 0 or not lines[-1]:
            raise RuntimeError(errors.strip().split("\n")[-1])
        result = json.loads(lines[-1])
        result["exit"] = ended - result["end"]
        journal = os.path.join(directory, "journal.ndjson")
        if way is NSML:
            with open(journal) as file:
                assert sum(1 for _ in file) == calls, "a report is missing"
        return result


def is_installed(module):
    command = [sys.executable, "-c", "import " + module]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each way; the one with the best median counts")
    args = parser.parse_args()

    quiet_exit = min(measure(NOTHING, 0)["exit"] for _ in range(5))
    print("%d reports of 4 numbers, Python %s" % (args.calls, sys.version.split()[0]))
    columns = ("way", "median us", "p99 us", "max us", "total ms", "exit ms")
    print("%-24s %10s %10s %10s %10s %10s" % columns)
    ways = [("nsml.report", NSML), ("json.dumps + os.write", BASELINE)]
    if is_installed("trackio"):
        ways.append(("trackio.log + finish", TRACKIO))
    for name, way in ways:
        try:
            result = min((measure(way, args.calls) for _ in range(args.repeats)), key=lambda one: one["median"])
        except RuntimeError as error:
            print("%-24s failed: %s" % (name, error))
            continue
        ending = result["exit"] * 1e3 - quiet_exit * 1e3 + result.get("finish", 0) / 1e6
        row = (result["median"] / 1e3, result["p99"] / 1e3, result["max"] / 1e3, result["total"] / 1e6, max(ending, 0))
        print("%-24s %10.2f %10.2f %10.0f %10.1f %10.1f" % ((name,) + row))
    if len(ways) == 2:
        print("%-24s not installed: pip install trackio" % "trackio")


if __name__ == "__main__":
    main()
