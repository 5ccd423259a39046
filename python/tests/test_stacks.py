"""Where the threads of a session are, also of one that is stuck, or never imported the library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from typing import Any

from support import PYTHON, TIME_LIMIT, Control, SessionTest

sys.path.insert(0, PYTHON)
from nsml import reaching  # noqa: E402

# As the protocol has them, which nsml.stacks describes.
SIGNAL = getattr(signal, "SIGRTMAX", 0) and int(signal.SIGRTMAX) - 5
FRAME_LIMIT = 100

STUCK = """
import nsml, threading
def waiting(): threading.Event().wait()
threading.Thread(target=waiting, name="loader", daemon=True).start()
def stuck():
    print("ready", flush=True)
    while True:
        pass
nsml.report(step=41, loss=1.0)
stuck()
"""
DEEP = """
import nsml, time
def deep(n):
    return deep(n - 1) if n else print("ready", flush=True) or time.sleep(1000)
nsml.report(step=0)
deep(500)
"""
HOLDS_THE_INTERPRETER = """
import ctypes, nsml
def held():
    sleep = ctypes.PyDLL(None).sleep
    print("ready", flush=True)
    while True:
        sleep(1000)
nsml.report(step=0)
held()
"""
NEVER_IMPORTS = """
import time
secret = 42
print("ready", flush=True)
while True:
    time.sleep(0.01)
"""


class StacksTest(SessionTest):
    def begin(self, script: str) -> None:
        self.process = self.start(script)
        assert self.process.stdout is not None
        self.assertEqual(self.process.stdout.readline(), "ready\n")

    def connect(self) -> Control:
        control = Control(self.share)
        self.addCleanup(control.close)
        return control

    def stack(self) -> dict[str, Any]:
        header, body = self.connect().ask("stack")
        self.assertTrue(header["ok"], header)
        return dict(json.loads(body))

    def test_a_training_stuck_in_python_shows_where(self) -> None:
        self.begin(STUCK)
        answer = self.stack()
        self.assertEqual((answer["process"], answer["step"]), (self.process.pid, 41))
        main = answer["threads"][0]
        self.assertEqual((main["name"], main["main"], main["omitted"]), ("MainThread", True, 0))
        last = main["frames"][-1]
        self.assertEqual((os.path.basename(last["file"]), last["function"]), ("main.py", "stuck"))
        self.assertIn(last["code"], ("while True:", "pass"))
        names = [thread["name"] for thread in answer["threads"]]
        self.assertEqual(names[1], "loader")
        self.assertIn("waiting", [frame["function"] for frame in answer["threads"][1]["frames"]])
        self.assertTrue(all(thread["library"] for thread in answer["threads"][2:]))
        self.assertIn("in stuck", answer["text"])
        self.assertNotIn("nsml-control", answer["text"])

    def test_of_a_deep_stack_the_middle_is_left_out(self) -> None:
        self.begin(DEEP)
        main = self.stack()["threads"][0]
        self.assertEqual(len(main["frames"]), FRAME_LIMIT)
        self.assertEqual(main["omitted"], 502 - FRAME_LIMIT)
        self.assertEqual(main["frames"][0]["function"], "<module>")

    @unittest.skipUnless(SIGNAL and os.path.exists("/proc/self/status"), "no real-time signals here")
    def test_one_that_holds_the_interpreter_in_c_writes_its_stacks_on_a_signal(self) -> None:
        self.begin(HOLDS_THE_INTERPRETER)
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            (caught,) = (line.split()[1] for line in file if line.startswith("SigCgt"))
        self.assertTrue(int(caught, 16) >> (SIGNAL - 1) & 1)
        self.process.send_signal(SIGNAL)
        end = time.monotonic() + TIME_LIMIT
        text = ""
        while "in <module>" not in text and time.monotonic() < end:
            with open(os.path.join(self.share, "stacks.txt"), encoding="utf-8") as file:
                text = file.read()
        self.assertIn("in held", text)
        self.assertIsNone(self.process.poll())


@unittest.skipUnless(hasattr(sys, "remote_exec"), "sys.remote_exec came with CPython 3.14, and this is an older one")
class ReachingTest(SessionTest):
    def reach(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nsml.reaching", str(self.process.pid)]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=TIME_LIMIT)
        if "Operation not permitted" in done.stderr:
            self.skipTest("this machine does not let processes reach one another: " + done.stderr.strip())
        return done

    def test_a_script_that_never_imported_the_library_can_be_asked(self) -> None:
        self.process = self.start(NEVER_IMPORTS)
        assert self.process.stdout is not None
        self.assertEqual(self.process.stdout.readline(), "ready\n")
        done = self.reach()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        control = Control(self.share)
        self.addCleanup(control.close)
        self.assertEqual(json.loads(control.ask("exec", b"secret", now=True)[1])["value"], "42")
        main = json.loads(control.ask("stack")[1])["threads"][0]
        self.assertEqual(os.path.basename(main["frames"][0]["file"]), "main.py")
        self.assertTrue(json.loads(control.ask("state")[1])["lent"])
        # At a safe point, which is made for it.
        control.send("exec", b"secret = 43")
        while self.reach().returncode == 0:
            import select

            if select.select([control.connection], [], [], 0.1)[0]:
                break
        self.assertEqual(json.loads(control.receive()[1])["state"], "done")
        self.assertEqual(json.loads(control.ask("exec", b"secret", now=True)[1])["value"], "43")
        self.assertEqual([name for name in os.listdir(self.share) if name.startswith(".reach")], [])
        self.assertIsNone(self.process.poll())

    def test_a_process_that_is_no_session_is_refused_with_a_sentence(self) -> None:
        self.process = self.start(NEVER_IMPORTS, NSML_SESSION_DIRECTORY=None)
        done = self.reach()
        self.assertEqual(done.returncode, 2)
        self.assertIn("no NSML_SESSION_DIRECTORY", done.stderr)


class WordTest(SessionTest):
    """What a process that was reached says is read by somebody else."""

    def test_it_is_read_from_a_plain_file_only(self) -> None:
        path = os.path.join(self.share, "done")
        self.assertIsNone(reaching._read(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write("reached" + "x" * 10_000)
        self.assertEqual(reaching._read(path), "reached" + "x" * 1993)
        os.link(path, path + "2")
        with self.assertRaises(OSError):
            reaching._read(path)
        os.symlink(path, path + "3")
        with self.assertRaises(OSError):
            reaching._read(path + "3")
        os.mkfifo(path + "4")
        with self.assertRaises(OSError):
            reaching._read(path + "4")


class OldPythonTest(SessionTest):
    @unittest.skipIf(hasattr(sys, "remote_exec"), "this Python has sys.remote_exec")
    def test_an_older_python_says_what_is_needed(self) -> None:
        command = [sys.executable, "-m", "nsml.reaching", "1"]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=TIME_LIMIT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("CPython 3.14 or newer is needed", done.stderr)


if __name__ == "__main__":
    unittest.main()
