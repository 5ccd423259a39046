"""Output of an evaluation while other threads print."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest

SCRIPT = """
import sys, threading
from nsml.capturing import Capture
over = False
def chatter():
    while not over: print("x")
threads = [threading.Thread(target=chatter) for _ in range(4)]
sys.setswitchinterval(1e-5)
for thread in threads: thread.start()
for _ in range(10000):
    with Capture(True): pass
over = True
for thread in threads: thread.join()
sys.stderr.write("done")
"""


class CaptureTest(unittest.TestCase):
    def test_a_stream_outlives_those_who_print_to_it(self) -> None:
        library = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=dict(os.environ, PYTHONPATH=library),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
        )
        self.assertEqual((done.returncode, done.stderr), (0, b"done"))


if __name__ == "__main__":
    unittest.main()
