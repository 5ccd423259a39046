"""What one call of nsml.report costs the training that makes it.

    python3 benchmarks/report.py [CALLS]

Prints microseconds a call, by the number of metrics in it. The journal lies in a temporary directory.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
import time

LIBRARY = pathlib.Path(__file__).resolve().parent.parent / "python"


def percentile(sorted_values: list[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def measure(calls: int, metrics: int) -> list[float]:
    """Microseconds of each call, sorted."""
    import nsml

    values = {"train__m%d" % number: 0.123456789 * number for number in range(metrics)}
    costs = []
    for step in range(calls):
        start = time.perf_counter()
        nsml.report(step=step, **values)
        costs.append((time.perf_counter() - start) * 1e6)
    return sorted(costs)


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as directory:
        os.environ["NSML_SESSION_DIRECTORY"] = directory
        os.environ["NSML_SESSION"] = "bench/None/1"
        sys.path.insert(0, str(LIBRARY))
        print("%8s %8s %10s %10s %10s" % ("metrics", "calls", "median us", "p99 us", "worst us"))
        for metrics in (1, 10, 100):
            costs = measure(calls, metrics)
            print(
                "%8d %8d %10.1f %10.1f %10.1f"
                % (metrics, calls, percentile(costs, 0.5), percentile(costs, 0.99), costs[-1])
            )
        journal = pathlib.Path(directory) / "journal.ndjson"
        print("\njournal: %d bytes, %d lines" % (journal.stat().st_size, journal.read_bytes().count(b"\n")))


if __name__ == "__main__":
    main()
