"""A thousand evaluations that mean no good leave a training as it would be without them."""

from __future__ import annotations

import itertools
import json
import os
import unittest
from typing import Any

import hostile
from support import TIME_LIMIT, Control, SessionTest

# Learns a line from noisy points; everything depends on the random numbers and on all that went before.
TRAINING = """
import nsml, os, random, sys, time
try:
    import numpy
except ImportError:
    numpy = None
def train(steps, stop):
    random.seed(7)
    if numpy is not None:
        numpy.random.seed(7)
    weight = bias = 0.0
    step = 0
    while step < steps and not os.path.exists(stop):
        x = random.gauss(0, 1) if numpy is None or step % 2 else float(numpy.random.normal())
        error = weight * x + bias - (3 * x + 1 + random.gauss(0, 0.1))
        weight -= 0.01 * error * x
        bias -= 0.01 * error
        time.sleep(0.001)
        nsml.report(summary=True, scope=locals(), step=step, loss=error * error, weight=weight)
        print(step, len(repr(error)), file=sys.stderr if step % 2 else sys.stdout)
        step += 1
    print("done", flush=True)
train(int(sys.argv[1]), sys.argv[2])
"""
COUNT = 1000
OWN_THREAD_EVERY = 5  # of the evaluations, one runs at once in a thread of its own


class HostileTest(SessionTest):
    def test_a_thousand_hostile_evaluations_leave_the_curve_as_it_is(self) -> None:
        control = self.train()
        asked = 0
        for code in hostile.ENDLESS:
            answer = self.ask(control, code, timeout=0.05)
            self.assertIn(answer["state"], ("timeout", "failed"), code)
            asked += 1
        at_safe_points, at_once = itertools.cycle(hostile.AT_SAFE_POINTS), itertools.cycle(hostile.AT_ONCE)
        for number in range(asked, COUNT):
            if number % OWN_THREAD_EVERY:
                self.ask(control, next(at_safe_points), timeout=5)
            else:
                self.ask(control, next(at_once), timeout=5, now=True)
        self.assertEqual(self.ask(control, "step > 10")["value"], "True")
        curve = self.finish()
        self.assertGreater(len(curve), COUNT // 2)
        self.assertEqual(curve, self.quiet_curve(len(curve)))

    def test_an_evaluation_at_once_and_then_a_tracer_do_not_stop_the_training(self) -> None:
        control = self.train()
        self.assertEqual(self.ask(control, "1 + 1", now=True)["value"], "2")
        self.assertEqual(self.ask(control, "while True: pass", now=True, timeout=0.05)["state"], "timeout")
        self.ask(control, "import sys; sys.settrace(lambda *a: 1/0)", timeout=5)
        self.ask(control, "import sys; sys.settrace(lambda *a: None)\ndef h_f(): pass\nh_f()", timeout=5)
        self.assertEqual(self.ask(control, "import sys; sys.gettrace(), sys.getprofile()")["value"], "(None, None)")
        self.finish()

    def test_reading_and_debugging_are_answered_with_what_is_wrong(self) -> None:
        control = self.train()
        for code in ("input()", "breakpoint()", "import sys; sys.stdin.read()", "import code; code.interact()"):
            for now in (False, True):
                answer = self.ask(control, code, timeout=5, now=now)
                self.assertEqual(answer["state"], "failed", answer)
                self.assertIn("nobody sits at its standard input", answer["error"])
        self.finish()

    def test_seeding_says_that_it_does_not_last(self) -> None:
        control = self.train()
        answer = self.ask(control, "import random; random.seed(3); random.random()")
        self.assertEqual(answer["value"], "0.23796462709189137")
        self.assertIn("had not been seeded", answer["notes"][0])
        self.finish()

    def train(self) -> Control:
        self.stop = os.path.join(self.top, "stop")
        log = open(os.path.join(self.top, "log"), "wb")  # noqa: SIM115
        self.addCleanup(log.close)
        self.process = self.start(TRAINING, "1000000000", self.stop, log=log)
        while not os.path.exists(os.path.join(self.share, "control.sock")):
            self.assertIsNone(self.process.poll(), self.log())
        control = Control(self.share)
        self.addCleanup(control.close)
        return control

    def finish(self) -> list[Any]:
        """End the training and answer with its curve."""
        with open(self.stop, "w", encoding="ascii"):
            pass
        self.assertEqual(self.process.wait(TIME_LIMIT), 0, self.log())
        self.assertTrue(self.log().endswith("done\n"), self.log())
        return self.curve()

    def quiet_curve(self, steps: int) -> list[Any]:
        """The curve of the same training that nobody asks anything."""
        os.remove(os.path.join(self.share, "journal.ndjson"))
        with open(os.path.join(self.top, "quiet"), "wb") as log:
            process = self.start(TRAINING.replace("time.sleep(0.001)", ""), str(steps), self.stop + "-never", log=log)
            self.assertEqual(process.wait(TIME_LIMIT), 0)
        return self.curve()

    def curve(self) -> list[Any]:
        return [(one["step"], one["values"]) for one in self.journal("report")]

    def ask(self, control: Control, code: str, **parameters: Any) -> dict[str, Any]:
        try:
            header, body = control.ask("exec", code.encode("utf-8", "surrogatepass"), **parameters)
        except (OSError, ValueError) as error:
            self.fail("no answer to %r: %s\n%s" % (code, error, self.log()))
        self.assertTrue(header["ok"], (code, header, self.log()))
        answer = json.loads(body)
        self.assertIn(answer["state"], ("done", "failed", "timeout"), (code, answer))
        return dict(answer)

    def log(self) -> str:
        with open(os.path.join(self.top, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]


if __name__ == "__main__":
    unittest.main()
