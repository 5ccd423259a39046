"""The examples, run as sessions: trained, forked and asked."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import unittest

from support import PYTHON, TIME_LIMIT, SessionTest

EXAMPLES = os.path.join(os.path.dirname(PYTHON), "examples")


class ExampleTest(SessionTest):
    def run_example(self, name: str, *arguments: str, **variables: str | None) -> str:
        """Run the example's main.py in a copy of its folder, as a session does, and return what it prints."""
        workspace = os.path.join(self.work, name)
        if not os.path.isdir(workspace):
            shutil.copytree(os.path.join(EXAMPLES, name), workspace)
        process = subprocess.run(
            [sys.executable, "-u", "main.py", *arguments],
            cwd=workspace,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
        )
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout

    def answer(self, name: str, checkpoint: str, question: bytes) -> object:
        """What the example's infer says in a session with that checkpoint: the answer itself when it is JSON."""
        (directory,) = [r["directory"] for r in self.journal("checkpoint") if r["name"] == checkpoint]
        script = """
import os, runpy, sys
from nsml import inference, pausing
def serve():  # in place of waiting for a socket: ask once and end
    kind, body = inference.answer({}, %r)
    sys.stdout.buffer.write(body)
    sys.exit(0)
pausing._serve = serve
sys.argv = ["main.py", "--mode", "infer", "--pause", "1"]
runpy.run_path("main.py", run_name="__main__")
""" % (question,)
        process = subprocess.run(
            [sys.executable, "-c", script],
            cwd=os.path.join(self.work, name),
            env=self.environment(
                NSML_MODE="infer",
                NSML_LOAD_CHECKPOINT=checkpoint,
                NSML_LOAD_DIRECTORY=os.path.join(self.share, directory),
            ),
            capture_output=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
        )
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return json.loads(process.stdout) if process.stdout.startswith("[") else process.stdout

    def make_digits(self) -> str:
        """A dataset in the form of 02_digits in which each digit lights two pixels of its own."""
        top = os.path.join(self.top, "digits")
        os.makedirs(os.path.join(top, "train"))
        chance = random.Random(1)
        labels = [chance.randrange(10) for _ in range(300)]
        with open(os.path.join(top, "train", "train_label"), "w", encoding="ascii") as file:
            file.writelines("%d\n" % label for label in labels)
        with open(os.path.join(top, "train", "train_data"), "w", encoding="ascii") as file:
            for label in labels:
                pixels = [chance.randrange(4) for _ in range(64)]
                pixels[label] = pixels[label + 30] = 16
                file.write(",".join(map(str, pixels)) + "\n")
        return top

    def check_digits(self, name: str, *arguments: str) -> None:
        digits = self.make_digits()
        first = self.run_example(name, *arguments, "--epochs", "4", NSML_DATASET_PATH=digits)
        (directory,) = [r["directory"] for r in self.journal("checkpoint") if r["name"] == "1"]
        forked = self.run_example(
            name,
            *arguments,
            *("--epochs", "4", "--pause", "1", "--iteration", "1"),
            NSML_DATASET_PATH=digits,
            NSML_LOAD_CHECKPOINT="1",
            NSML_LOAD_DIRECTORY=os.path.join(self.share, directory),
        )
        self.assertEqual(forked.splitlines(), first.splitlines()[2:], "a fork goes on as the first session did")
        self.assertEqual(self.journal("report")[-1]["values"]["epoch_total"], 4)
        self.assertGreater(self.journal("report")[-1]["values"]["val/accuracy"], 0.9)
        os.unlink(os.path.join(self.share, "journal.ndjson"))
        self.run_example(name, *arguments, "--epochs", "4", NSML_DATASET_PATH=digits)
        question = [0] * 64
        question[7] = question[37] = 16
        for text in (json.dumps(question), ",".join(map(str, question))):
            answer = self.answer(name, "3", text.encode())
            self.assertEqual(answer[0][1], 7)  # type: ignore[index]

    def test_hello(self) -> None:
        self.assertEqual(self.run_example("01_hello"), "learnt 3.1385\n")
        self.assertEqual([record["step"] for record in self.journal("report")], list(range(10)))
        self.assertEqual(self.answer("01_hello", "9", b"World\n"), "Hello World, I think it is 3.1385")
        self.assertEqual(self.answer("01_hello", "0", b""), "Hello you, I think it is 1.5708")

    def test_digits(self) -> None:
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed")
        self.check_digits("02_digits", "--lr", "0.5", "--batch-size", "8")

    def test_digits_torch(self) -> None:
        try:
            import torch  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
        except ImportError:
            self.assertIn("skipped: PyTorch is not in this environment", self.run_example("03_digits_torch"))
            self.skipTest("PyTorch is not installed")
        self.check_digits("03_digits_torch", "--lr", "0.02", "--batch-size", "16")

    def test_movie_review(self) -> None:
        first = self.run_example("04_movie_review", "--epochs", "2")
        self.assertEqual(first.splitlines()[0], "48 reviews, 4 of them held out")
        good = self.answer("04_movie_review", "1", "최고의 영화 추천합니다\n".encode())
        bad = self.answer("04_movie_review", "1", "최악의 영화 지루하다\n".encode())
        self.assertGreater(good[0][1], bad[0][1])  # type: ignore[index]


if __name__ == "__main__":
    unittest.main()
