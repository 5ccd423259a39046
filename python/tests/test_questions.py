"""Questions to a running process: evaluations, changes, actions and completion."""

from __future__ import annotations

import json
import os
import sys
import unittest
from typing import Any

from support import TIME_LIMIT, Control, SessionTest

# Reports whenever it is told to by a line on the gate; prints its step, and the loss at the end.
MODULE = """
import nsml, sys
class Config: batch = 32
config = Config()
groups = [{"lr": 0.1}, {"lr": 0.1}]
lr = 0.5
nsml.report(step=0, loss=1.0)
print("ready", flush=True)
step = 1
for line in open(GATE):
    nsml.report(step=step, loss=lr)
    print("reported", lr, flush=True)
    step += 1
"""

FUNCTION = """
import nsml, sys
factor = 2
def helper(lr): return lr * factor
def main():
    lr = 0.5
    nsml.report(step=0, scope=locals())
    print("ready", flush=True)
    for step, line in enumerate(open(GATE), 1):
        nsml.report(scope=locals(), step=step, loss=lr)
        print("reported", lr, flush=True)
main()
"""


class LiveTest(SessionTest):
    def train(self, script: str = MODULE, **variables: str | None) -> Control:
        self.gate = os.path.join(self.top, "gate")
        os.mkfifo(self.gate)
        self.process = self.start(script.replace("GATE", repr(self.gate)), **variables)
        self.assertEqual(self.line(), "ready\n")
        self.writer = open(self.gate, "w", encoding="utf-8")  # noqa: SIM115
        self.addCleanup(self.writer.close)
        return self.connect()

    def connect(self) -> Control:
        control = Control(self.share)
        self.addCleanup(control.close)
        return control

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def report(self) -> str:
        self.writer.write("on\n")
        self.writer.flush()
        return self.line()

    def ask(self, control: Control, command: str, text: str, **parameters: Any) -> dict[str, Any]:
        """Ask at once, in a thread of its own, or let the script report until the answer is there."""
        control.send(command, text.encode("utf-8", "surrogatepass"), **parameters)
        import select

        for _ in range(100_000):
            if select.select([control.connection], [], [], 0 if not parameters.get("now") else TIME_LIMIT)[0]:
                header, body = control.receive()
                self.assertTrue(header["ok"], header)
                return dict(json.loads(body))
            self.last = self.report()
        return self.fail("no answer")

    def finish(self) -> tuple[int, str, str]:
        self.writer.close()
        output, errors = self.process.communicate(timeout=TIME_LIMIT)
        return self.process.returncode, output, errors


class EvaluationTest(LiveTest):
    def test_an_expression_gives_its_value_and_statements_run(self) -> None:
        control = self.train()
        self.assertEqual(self.ask(control, "exec", "lr * 2")["value"], "1.0")
        answer = self.ask(control, "exec", "x = lr\nprint('hello', x)\nx + 1")
        self.assertEqual((answer["value"], answer["output"], answer["state"]), ("1.5", "hello 0.5\n", "done"))
        answer = self.ask(control, "exec", "for g in groups:\n    g['lr'] = 1e-4\n")
        self.assertNotIn("value", answer)
        self.assertEqual(answer["changes"], [{"target": "g['lr']", "old": "0.1", "new": "0.0001"}] * 2)
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_an_exception_shows_the_frames_of_the_user_alone(self) -> None:
        control = self.train(FUNCTION)
        answer = self.ask(control, "exec", "helper(None)")
        self.assertEqual(answer["state"], "failed")
        self.assertIn("TypeError", answer["error"])
        self.assertIn("main.py", answer["traceback"])
        self.assertIn("helper(None)", answer["traceback"])
        self.assertNotIn("evaluation.py", answer["traceback"])
        if sys.version_info >= (3, 11):
            trace = self.ask(control, "exec", "1 + lr / 0")["traceback"]
            self.assertIn("    1 + lr / 0\n        ~~~^~~\n", trace)
        answer = self.ask(control, "exec", "1 +")
        self.assertIn("SyntaxError", answer["error"])
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_variables_of_a_function_can_be_seen_and_assigned_at_a_safe_point(self) -> None:
        control = self.train(FUNCTION)
        self.assertEqual(self.ask(control, "exec", "[lr * factor for _ in range(2)]")["value"], "[1.0, 1.0]")
        self.ask(control, "exec", "lr = 0.25; factor = 3")
        self.assertEqual(self.report(), "reported 0.25\n")
        self.assertEqual(self.ask(control, "exec", "helper(lr)")["value"], "0.75")
        answer = self.ask(control, "set", "lr=0.125")
        self.assertEqual(answer["changes"], [{"target": "lr", "old": "0.25", "new": "0.125"}])
        self.assertEqual(self.report(), "reported 0.125\n")
        answer = self.ask(control, "exec", "lr = 7", now=True)
        self.assertIn("safe point", answer["notes"][0])
        self.assertEqual(self.report(), "reported 0.125\n")
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_an_evaluation_that_does_not_end_is_ended_and_training_goes_on(self) -> None:
        control = self.train()
        endless = (
            "while True: pass",
            "import time; time.sleep(1e6)",
            "import threading; threading.Event().wait()",
            "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
            "while True:\n  try:\n    try:\n      while True: pass\n    except: pass\n  except: pass",
        )
        for code in endless if sys.version_info >= (3, 11) else endless[:4]:
            answer = self.ask(control, "exec", code, timeout=0.3)
            self.assertEqual(answer["state"], "timeout", (code, answer))
        for code in endless[:1]:
            answer = self.ask(control, "exec", code, timeout=0.3, now=True)
            self.assertEqual(answer["state"], "timeout", (code, answer))
        self.assertEqual(self.report(), "reported 0.5\n")
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_an_interruption_ends_what_runs_and_what_waits(self) -> None:
        control = self.train()
        other = self.connect()
        control.send("exec", b"1", number=5)
        while other.ask("interrupt", number=5)[0]["ok"] is not True:
            pass
        self.assertEqual(json.loads(control.receive()[1])["state"], "interrupted")
        control.send(
            "exec", b"print('begun', flush=True)\nimport os; os.write(1, b'begun\\n')\nwhile True: pass", number=6
        )
        while True:
            self.writer.write("on\n")
            self.writer.flush()
            if self.line() == "begun\n":
                break
        other.ask("interrupt", number=6)
        answer = json.loads(control.receive()[1])
        self.assertEqual((answer["state"], answer["output"]), ("interrupted", "begun\n"))
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_a_question_that_comes_twice_is_evaluated_once(self) -> None:
        control = self.train()
        self.assertEqual(self.ask(control, "exec", "lr += 1\nlr", number=9)["value"], "1.5")
        self.assertEqual(self.ask(self.connect(), "exec", "lr += 1\nlr", number=9)["value"], "1.5")
        self.assertEqual(self.ask(control, "exec", "lr", number=10)["value"], "1.5")
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_output_of_other_threads_stays_theirs(self) -> None:
        control = self.train()
        code = """
import threading, sys
def shout(): print("from a thread", flush=True)
thread = threading.Thread(target=shout)
thread.start(); thread.join()
print("mine"); sys.stderr.write("too\\n")
"""
        answer = self.ask(control, "exec", code, now=True)
        self.assertEqual(answer["output"], "mine\ntoo\n")
        self.assertEqual(self.line(), "from a thread\n")
        self.assertEqual(self.finish()[::2], (0, ""))


class ChangeTest(LiveTest):
    def test_set_changes_all_or_nothing_and_is_on_record(self) -> None:
        control = self.train()
        answer = self.ask(control, "set", "groups[0]['lr']=1e-4\nconfig.batch*=2\nlr=lr/2", number=3)
        self.assertEqual(
            answer["changes"],
            [
                {"target": "groups[0]['lr']", "old": "0.1", "new": "0.0001"},
                {"target": "config.batch", "old": "32", "new": "64"},
                {"target": "lr", "old": "0.5", "new": "0.25"},
            ],
        )
        for wrong in (
            "lr=9\nnothing=1",
            "lr=9\nconfig.nothing=1",
            "lr=9\ngroups[7]=1",
            "lr=9\ngroups[0]['x']=1",
            "lr=9\nlr/0",
        ):
            answer = self.ask(control, "set", wrong)
            self.assertEqual(answer["state"], "failed", answer)
        self.assertEqual(self.ask(control, "exec", "lr")["value"], "0.25")
        self.ask(control, "exec", "del config.__class__.batch")
        first, second = self.journal("change")
        self.assertEqual((first["question"], first["way"], first["code"][:9]), (3, "set", "groups[0]"))
        self.assertEqual(first["targets"][2], {"target": "lr", "old": "0.5", "new": "0.25"})
        self.assertGreater(first["point"], 1)
        self.assertEqual(second["targets"], [{"target": "config.__class__.batch", "old": "32", "new": None}])
        self.assertEqual(self.finish()[::2], (0, ""))

    def test_changes_are_made_again_at_the_same_safe_points(self) -> None:
        changes = [
            {"point": 3, "step": 2, "code": "lr = lr * 2", "way": "exec"},
            {"point": 4, "step": 9, "code": "lr = 7\ngroups[0]['lr'] = 8", "way": "set"},
            {"point": 99, "step": 9, "code": "lr = 1"},
        ]
        with open(os.path.join(self.share, "replay.json"), "w", encoding="utf-8") as file:
            json.dump(changes, file)
        script = MODULE.replace('print("reported", lr, flush=True)', "print(lr)").replace("open(GATE)", "range(4)")
        self.assertEqual(self.run_script(script)[1], "ready\n0.5\n1.0\n7\n7\n")
        first, second, rest = self.journal("change")
        self.assertEqual((first["point"], first["way"], first["targets"][0]["new"]), (3, "replay", "1.0"))
        self.assertNotIn("mismatch", first)
        self.assertIn("step 9", second["mismatch"])
        self.assertIn("not made again", rest["mismatch"])

    def test_a_change_of_a_resumed_process_is_made_again_by_its_step(self) -> None:
        with open(os.path.join(self.share, "replay.json"), "w", encoding="utf-8") as file:
            json.dump([{"point": -1, "step": 2, "code": "lr = lr * 2", "way": "exec"}], file)
        script = MODULE.replace('print("reported", lr, flush=True)', "print(lr)").replace("open(GATE)", "range(4)")
        self.assertEqual(self.run_script(script)[1], "ready\n0.5\n1.0\n1.0\n1.0\n")
        self.assertNotIn("mismatch", self.journal("change")[0])

    def test_what_evaluated_code_reports_counts_no_safe_points(self) -> None:
        changes = [
            {"point": 2, "step": 1, "code": "nsml.report(); nsml.report(); lr = 1.0", "way": "exec"},
            {"point": 4, "step": 3, "code": "lr = 7.0", "way": "exec"},
        ]
        with open(os.path.join(self.share, "replay.json"), "w", encoding="utf-8") as file:
            json.dump(changes, file)
        script = MODULE.replace('print("reported", lr, flush=True)', "print(lr)").replace("open(GATE)", "range(4)")
        self.run_script(script)
        self.assertEqual([change["point"] for change in self.journal("change")], [2, 4])


class ActionTest(LiveTest):
    def test_an_action_is_called_by_name(self) -> None:
        control = self.train(
            MODULE.replace(
                "lr = 0.5",
                """lr = 0.5
def render(size, *names, fast=False):
    "Draw it."
    print(size, names, fast)
    return size
nsml.action("render", render)
@nsml.action("halve")
def halve():
    global lr
    lr /= 2
""",
            )
        )
        listed = json.loads(control.ask("actions")[1])["actions"]
        self.assertEqual([one["name"] for one in listed], ["halve", "render"])
        self.assertEqual(
            (listed[1]["parameters"], listed[1]["description"]), ("(size, *names, fast=False)", "Draw it.")
        )
        answer = self.ask(control, "do", json.dumps(["render", "3", "cat", "fast=True"]))
        self.assertEqual((answer["value"], answer["output"]), ("3", "3 ('cat',) True\n"))
        self.assertIn("there is no action 'x'", self.ask(control, "do", '["x"]')["error"])
        self.ask(control, "do", '["halve"]')
        self.assertEqual(self.report(), "reported 0.25\n")
        self.assertEqual([record["way"] for record in self.journal("change")], ["do"] * 2)
        self.assertEqual(self.finish()[::2], (0, ""))


class CompletionTest(LiveTest):
    def test_names_and_attributes_without_calling_properties(self) -> None:
        control = self.train(
            MODULE.replace(
                "config = Config()",
                """
class Model:
    __slots__ = ("inner", "__dict__")
    def __init__(self): self.inner = Config(); self._modules = {"layer": Config()}
    @property
    def ends(self): import os; os._exit(3)
    def __getattr__(self, name): import os; os._exit(4)
    def __dir__(self): import os; os._exit(5)
model = Model()
config = Config()""",
            )
        )

        def complete(text: str) -> list[str]:
            return list(json.loads(control.ask("complete", text.encode())[1])["completions"])

        self.assertEqual(complete("print(conf"), ["config"])
        self.assertEqual(complete("config.ba"), ["batch"])
        self.assertEqual(complete("model.e"), ["ends"])
        self.assertEqual(complete("model.ends."), [])
        self.assertEqual(complete("model.nothing."), [])
        self.assertEqual(complete("model.inner.b"), ["batch"])
        self.assertEqual(complete("model.layer.b"), ["batch"])
        self.assertIn("lambda", complete("la"))
        self.assertEqual(complete("3.b"), [])
        self.assertEqual(self.finish()[::2], (0, ""))


if __name__ == "__main__":
    unittest.main()
