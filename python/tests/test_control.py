"""The control socket, and sessions that answer questions."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import unittest
from typing import Any

from support import TIME_LIMIT, Control, SessionTest

TRAIN = """
import nsml, sys
def save(path): open(path + "/m", "w").write("x")
def load(path): pass
nsml.bind(save=save, load=load)
nsml.report(step=41, a=1.0)
print("ready")
for line in open(GATE):
    nsml.report(step=42, a=1.0)
    print("reported")
"""


class ServingTest(SessionTest):
    """Sessions in infer mode. Their journal is a pipe here, so that a test can wait for the event that says ready."""

    def serve(self, script: str, **variables: str | None) -> Control:
        os.mkfifo(os.path.join(self.share, "journal.ndjson"))
        variables.setdefault("NSML_MODE", "infer")
        self.process = self.start(script, "--mode", "infer", "--pause", "1", **variables)
        self.events = []
        with open(os.path.join(self.share, "journal.ndjson"), encoding="utf-8") as journal:
            for line in journal:
                self.events.append(json.loads(line))
                if self.events[-1].get("event") == "paused":
                    break
            else:
                self.fail("the session ended: " + "".join(self.process.communicate(timeout=TIME_LIMIT)))
        control = Control(self.share)
        self.addCleanup(control.close)
        return control

    def ends_quietly(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        output = self.process.communicate(timeout=TIME_LIMIT)
        self.assertEqual((self.process.returncode, output), (0, ("", "")))

    def test_a_checkpoint_is_loaded_and_questions_are_answered_until_the_end(self) -> None:
        with open(os.path.join(self.work, "model"), "w", encoding="utf-8") as file:
            file.write("weights")
        control = self.serve(
            """
            import nsml
            def load(path): global model; model = open(path + "/model").read()
            def infer(raw_data, **kwargs):
                assert isinstance(raw_data, list)
                return {"model": model, "bytes": raw_data[0].decode(), "extra": kwargs}
            nsml.bind(load=load, infer=infer)
            nsml.paused(scope=locals())
            raise AssertionError("paused must not return")
            """,
            NSML_LOAD_CHECKPOINT="5",
            NSML_LOAD_DIRECTORY=self.work,
        )
        self.assertEqual(self.events[0]["event"], "bound")
        self.assertEqual(self.events[0]["detail"], {"save": False, "load": True, "infer": True})
        for question in ("one", "two"):
            header, body = control.ask("infer", question.encode(), top_k=3)
            self.assertEqual((header["id"], header["ok"]), (7, True), body)
            self.assertEqual(header["contentType"], "application/json")
            self.assertEqual(json.loads(body), {"model": "weights", "bytes": question, "extra": {"top_k": 3}})
        header, body = control.ask("state")
        bound = {"save": False, "load": True, "infer": True}
        self.assertEqual(json.loads(body), {"bound": bound, "paused": True, "step": 0})
        self.ends_quietly()

    def test_a_script_that_never_says_the_word_is_served_by_bind(self) -> None:
        control = self.serve(
            """
            import nsml
            nsml.bind(infer=lambda data: data[0].upper())
            nsml.bind(load=lambda path: None)
            raise AssertionError
            """,
            NSML_LOAD_CHECKPOINT="5",
            NSML_LOAD_DIRECTORY=self.work,
        )
        header, body = control.ask("infer", b"hello\x00")
        self.assertEqual((header["contentType"], body), ("application/octet-stream", b"HELLO\x00"))
        self.ends_quietly()

    def test_a_script_that_says_it_in_another_module_is_left_to_itself(self) -> None:
        with open(os.path.join(self.work, "trainer.py"), "w", encoding="utf-8") as file:
            file.write("import nsml\ndef go():\n    print('going', flush=True)\n    nsml.paused()\n")
        control = self.serve("import nsml, trainer\nnsml.bind(infer=lambda data: 'x')\ntrainer.go()\n")
        self.assertEqual(control.ask("infer")[1], b"x")
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.communicate(timeout=TIME_LIMIT), ("going\n", ""))

    def test_an_error_of_the_infer_function_is_an_answer_with_its_traceback(self) -> None:
        control = self.serve(
            """
            import nsml
            def infer(data):
                if data == [b"bad"]: raise ValueError("mine")
                return "good"
            nsml.bind(infer=infer)
            nsml.paused()
            """
        )
        header, body = control.ask("infer", b"bad")
        self.assertEqual((header["ok"], header["code"]), (False, "infer_failed"))
        self.assertEqual(header["message"], "ValueError: mine")
        self.assertIn("main.py", body.decode())
        self.assertEqual(control.ask("infer", b"fine")[1], b"good")
        self.ends_quietly()

    def test_questions_of_several_connections_are_answered_in_the_main_thread(self) -> None:
        control = self.serve(
            """
            import nsml, threading
            def infer(data):
                assert threading.current_thread() is threading.main_thread()
                return data[0]
            nsml.bind(infer=infer)
            nsml.paused()
            """
        )
        others = [Control(self.share) for _ in range(8)]
        large = os.urandom(3_000_000)
        for number, other in enumerate(others):
            other.send("infer", large + b"%d" % number)
        self.assertEqual(control.ask("ping")[0]["ok"], True)
        for number, other in enumerate(others):
            self.assertEqual(other.receive()[1], large + b"%d" % number)
            other.close()
        self.ends_quietly()

    def test_the_form_that_bind_names_or_an_annotation_shows(self) -> None:
        control = self.serve(
            """
            import nsml
            def infer(text: str, top_k=1): return [text, top_k]
            nsml.bind(infer=infer)
            nsml.paused()
            """
        )
        self.assertEqual(json.loads(control.ask("infer", "안녕\n".encode(), top_k=2, other=1)[1]), ["안녕", 2])
        self.assertEqual(json.loads(control.ask("infer", input="hello")[1]), ["hello", 1])
        self.ends_quietly()

    def test_a_save_that_fails_while_paused_leaves_the_session_serving(self) -> None:
        control = self.serve(
            """
            import nsml
            def save(path): raise ValueError("mine")
            nsml.bind(save=save, infer=lambda data: "x")
            nsml.paused()
            """
        )
        header, _ = control.ask("save", name="stopped")
        self.assertEqual((header["code"], header["message"]), ("save_failed", "ValueError: mine"))
        self.assertEqual(control.ask("infer")[1], b"x")
        self.ends_quietly()


class TrainingTest(SessionTest):
    def setUp(self) -> None:
        super().setUp()
        self.gate = os.path.join(self.top, "gate")
        os.mkfifo(self.gate)

    def train(self, script: str = TRAIN, **variables: str | None) -> Control:
        """Start a script that reports whenever its ``GATE`` lets it, and connect to it."""
        self.process = self.start(script.replace("GATE", repr(self.gate)), **variables)
        assert self.process.stdout is not None
        self.assertEqual(self.process.stdout.readline(), "ready\n")
        self.writer = open(self.gate, "w", encoding="utf-8")  # noqa: SIM115
        self.addCleanup(self.writer.close)
        control = Control(self.share)
        self.addCleanup(control.close)
        return control

    def report_until_answered(self, control: Control) -> tuple[dict[str, Any], bytes]:
        """Let the script report, again and again, until what was asked before has its answer."""
        assert self.process.stdout is not None
        for _ in range(100_000):
            self.writer.write("on\n")
            self.writer.flush()
            self.assertEqual(self.process.stdout.readline(), "reported\n")
            if select.select([control.connection], [], [], 0)[0]:
                return control.receive()
        return self.fail("no answer")

    def finish(self) -> tuple[Any, str, str]:
        self.writer.close()
        output, errors = self.process.communicate(timeout=TIME_LIMIT)
        return self.process.returncode, output, errors

    def test_ping_and_state(self) -> None:
        control = self.train()
        self.assertEqual(control.ask("ping")[0], {"id": 7, "ok": True, "length": 0})
        bound = {"save": True, "load": True, "infer": False}
        self.assertEqual(json.loads(control.ask("state")[1]), {"bound": bound, "paused": False, "step": 41})
        self.assertEqual(self.finish(), (0, "", ""))

    def test_a_save_that_was_asked_for_is_done_at_the_next_report(self) -> None:
        control = self.train()
        control.send("save", name="stopped")
        self.assertEqual(self.journal("checkpoint"), [])
        header, _ = self.report_until_answered(control)
        self.assertEqual((header["id"], header["ok"]), (7, True))
        (record,) = self.journal("checkpoint")
        self.assertEqual(record["name"], "stopped")
        self.assertEqual(self.finish(), (0, "", ""))

    def test_a_save_that_fails_on_request_does_not_end_the_training(self) -> None:
        control = self.train(
            TRAIN.replace("def save(path):", "def save(path): raise ValueError('mine')\ndef other(path):")
        )
        control.send("save", name="stopped")
        header, body = self.report_until_answered(control)
        self.assertEqual((header["ok"], header["code"]), (False, "save_failed"))
        self.assertIn("ValueError: mine", body.decode())
        self.assertEqual(self.finish(), (0, "", ""))

    def test_a_script_is_held_at_a_safe_point_until_it_is_released_and_can_be_saved_there(self) -> None:
        control = self.train()
        control.send("hold")
        # It does not come back from the report at which it is held.
        while not select.select([control.connection], [], [], 0.05)[0]:
            self.writer.write("on\n")
            self.writer.flush()
        self.assertEqual(control.receive()[0]["ok"], True)
        self.assertEqual(control.ask("save", name="held")[0]["ok"], True)
        self.assertEqual(control.ask("hold")[0]["ok"], True)
        events = [record["event"] for record in self.journal("event") if record["event"] != "bound"]
        self.assertEqual(events, ["paused"])
        self.assertEqual(control.ask("release")[0]["ok"], True)
        self.assertEqual(control.ask("release")[0]["ok"], True)
        status, _, errors = self.finish()
        self.assertEqual((status, errors), (0, ""))
        events = [record["event"] for record in self.journal("event") if record["event"] != "bound"]
        self.assertEqual(events, ["paused", "running"])

    def test_what_cannot_be_done_is_refused_at_once(self) -> None:
        control = self.train(TRAIN.replace("nsml.bind(save=save, load=load)", "nsml.bind(load=load)"))
        for command, code in (("save", "cannot_save"), ("infer", "cannot_infer"), ("dance", "unknown_command")):
            header, _ = control.ask(command, b"body")
            self.assertEqual((header["id"], header["ok"], header["code"]), (7, False, code))
        self.assertEqual(self.finish(), (0, "", ""))

    def test_nonsense_closes_the_connection_and_nothing_else(self) -> None:
        control = self.train()
        too_long = b'{"id":1,"command":"' + b"x" * 70000 + b'"}\n'
        for nonsense in (b"hello\n", b"[]\n", b'{"length":-1}\n', b'{"length":67108865}\n', b"\xff\n", too_long):
            other = Control(self.share)
            other.connection.sendall(nonsense)
            header, _ = other.receive()
            self.assertEqual((header["id"], header["ok"], header["code"]), (None, False, "bad_request"))
            other.connection.shutdown(socket.SHUT_WR)
            other.close()
        cut = Control(self.share)
        cut.connection.sendall(b'{"id":1,"command":"infer","length":100}\nshort')
        cut.close()
        self.assertEqual(control.ask("ping")[0]["ok"], True)
        self.assertEqual(self.finish(), (0, "", ""))

    def test_an_open_connection_does_not_hold_up_the_end(self) -> None:
        control = self.train()
        control.send("save", name="never")
        status, _, errors = self.finish()
        self.assertEqual((status, errors), (0, ""))

    def test_forked_workers_leave_the_socket_to_the_parent(self) -> None:
        control = self.train(
            TRAIN.replace(
                'print("ready")',
                """
import os
child = os.fork()
if child == 0:
    nsml.bind(save=save)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print("ready")
""",
            )
        )
        self.assertEqual(json.loads(control.ask("state")[1])["step"], 41)
        self.assertEqual(self.finish(), (0, "", ""))

    def test_the_next_process_takes_over_from_one_that_was_killed(self) -> None:
        self.train()
        self.process.kill()
        self.process.wait(TIME_LIMIT)
        self.writer.close()
        self.assertEqual(self.train().ask("ping")[0]["ok"], True)
        self.assertEqual(self.finish(), (0, "", ""))

    def test_a_session_directory_with_a_long_path(self) -> None:
        long = os.path.join(self.share, "x" * 120)
        os.mkdir(long)
        process = self.start(TRAIN.replace("GATE", repr(self.gate)), NSML_SESSION_DIRECTORY=long)
        assert process.stdout is not None
        self.assertEqual(process.stdout.readline(), "ready\n")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        descriptor = os.open(long, os.O_RDONLY)
        try:
            connection.connect("/proc/self/fd/%d/control.sock" % descriptor)
            connection.sendall(b'{"id":1,"command":"ping"}\n')
            self.assertIn(b'"ok":true', connection.recv(1000))
        finally:
            os.close(descriptor)
            connection.close()
        with open(self.gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(process.communicate(timeout=TIME_LIMIT), ("", ""))

    def test_other_ranks_of_a_distributed_run_do_not_listen(self) -> None:
        self.check(
            "import nsml, os\nnsml.bind(save=print)\nassert 'control.sock' not in os.listdir(%r)" % self.share, RANK="1"
        )


if __name__ == "__main__":
    unittest.main()
