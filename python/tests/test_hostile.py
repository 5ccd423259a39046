"""A thousand evaluations that mean no good leave a training as it would be without them."""

from __future__ import annotations

import json
import os
import unittest
from typing import Any

import hostile
from support import TIME_LIMIT, Control, SessionTest

# Learns a line from noisy points; everything depends on the random numbers and on all that went before.
TRAINING = """
import nsml, os, random, sys
def train(steps, stop):
    random.seed(7)
    weight = bias = 0.0
    step = 0
    while step < steps and not os.path.exists(stop):
        x = random.gauss(0, 1)
        error = weight * x + bias - (3 * x + 1 + random.gauss(0, 0.1))
        weight -= 0.01 * error * x
        bias -= 0.01 * error
        nsml.report(summary=True, scope=locals(), step=step, loss=error * error, weight=weight)
        print(step, len(repr(error)), file=sys.stderr if step % 2 else sys.stdout)
        step += 1
        if step == 1:
            print("ready", flush=True)
    print("done", flush=True)
train(int(sys.argv[1]), sys.argv[2])
"""
COUNT = 1000


class HostileTest(SessionTest):
    def test_a_thousand_hostile_evaluations_leave_the_curve_as_it_is(self) -> None:
        stop = os.path.join(self.top, "stop")
        log = open(os.path.join(self.top, "log"), "wb")  # noqa: SIM115
        self.addCleanup(log.close)
        self.process = self.start(TRAINING, "1000000000", stop, log=log)
        self.wait_for("control.sock")
        control = Control(self.share)
        self.addCleanup(control.close)
        asked = 0
        for code in hostile.ENDLESS:
            answer = self.ask(control, code, timeout=0.05)
            self.assertIn(answer["state"], ("timeout", "failed"), code)
            asked += 1
        while asked < COUNT:
            for code in hostile.AT_SAFE_POINTS:
                self.ask(control, code, timeout=5)
            for code in hostile.AT_ONCE:
                self.ask(control, code, timeout=5, now=True)
            asked += len(hostile.AT_SAFE_POINTS) + len(hostile.AT_ONCE)
        self.assertEqual(self.ask(control, "step > 10")["value"], "True")
        with open(stop, "w", encoding="ascii"):
            pass
        self.assertEqual(self.process.wait(TIME_LIMIT), 0, self.log())
        curve = [(one["step"], one["values"]) for one in self.journal("report")]
        os.remove(os.path.join(self.share, "journal.ndjson"))
        with open(os.path.join(self.top, "quiet"), "wb") as quiet:
            self.process = self.start(TRAINING, str(len(curve)), os.path.join(self.top, "never"), log=quiet)
            self.assertEqual(self.process.wait(TIME_LIMIT), 0)
        self.assertEqual(curve, [(one["step"], one["values"]) for one in self.journal("report")])

    def ask(self, control: Control, code: str, **parameters: Any) -> dict[str, Any]:
        header, body = control.ask("exec", code.encode("utf-8", "surrogatepass"), **parameters)
        self.assertTrue(header["ok"], (code, header, self.log()))
        answer = json.loads(body)
        self.assertIn(answer["state"], ("done", "failed", "timeout"), (code, answer))
        return dict(answer)

    def wait_for(self, name: str) -> None:
        while not os.path.exists(os.path.join(self.share, name)):
            self.assertIsNone(self.process.poll(), self.log())

    def log(self) -> str:
        with open(os.path.join(self.top, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]


if __name__ == "__main__":
    unittest.main()
