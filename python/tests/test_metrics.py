"""The metrics of the platform's own, as the program that computes them."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest

from support import PYTHON

PROGRAM = os.path.join(PYTHON, "nsml", "metrics.py")


class MetricsTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = directory.name

    def score(self, metric: str, predictions: str | bytes, labels: str | bytes) -> tuple[int, str]:
        paths = []
        for name, content in (("prediction", predictions), ("label", labels)):
            paths.append(os.path.join(self.top, name))
            with open(paths[-1], "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
        done = subprocess.run(
            [sys.executable, "-I", "-S", PROGRAM, metric, "--prediction", paths[0], "--test_label_path", paths[1]],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        return done.returncode, done.stdout.strip()

    def test_scores(self) -> None:
        cases = [
            ("accuracy", "1\n2\n3\n4\n", "1\n2\n0\n4\n", 0.75),
            ("accuracy", "1.0\ncat\n", "1\ncat", 1.0),
            ("accuracy", '[[0.9, "a"], [0.8, "b"]]', "a\nc\n", 0.5),
            ("accuracy", "7\n8\n", "id-1,7\r\nid-2,9\r\n", 0.5),
            ("mse", "1\n2.5\n", "2\n2.5\n", 0.5),
            ("mse", "[1, 2]", "[1, 4]", 2.0),
            ("f1", "1\n1\n0\n0\n", "1\n0\n1\n0\n", 0.5),
            ("f1", "a\nb\nc\n", "a\nb\nb\n", (1 + 2 / 3 + 0) / 3),
            ("auc", "0.1\n0.4\n0.35\n0.8\n", "0\n0\n1\n1\n", 0.75),
            ("auc", "1\n1\n1\n1\n", "0\n0\n1\n1\n", 0.5),
        ]
        for metric, predictions, labels, wanted in cases:
            with self.subTest(metric=metric, predictions=predictions):
                status, output = self.score(metric, predictions, labels)
                self.assertEqual(status, 0)
                self.assertAlmostEqual(float(output), wanted)

    def test_arrays(self) -> None:
        def array(kind: str, data: bytes, count: int) -> bytes:
            header = ("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }" % (kind, count)).ljust(117) + "\n"
            return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data

        labels = array("<i8", struct.pack("<3q", 3, 1, 2), 3)
        self.assertEqual(self.score("accuracy", "3\n1\n0\n", labels)[1], repr(2 / 3))
        self.assertEqual(self.score("mse", array("<f4", struct.pack("<3f", 3, 1, 2), 3), labels), (0, "0.0"))
        names = array("<U2", "a\0bb".encode("utf-32-le"), 2)
        self.assertEqual(self.score("accuracy", "a\nbb\n", names), (0, "1.0"))

    def test_faults_have_statuses(self) -> None:
        cases = [
            ("accuracy", "1\n", "1\n2\n", 11),
            ("mse", "x\n", "1\n", 12),
            ("mse", "nan\n", "1\n", 12),
            ("mse", "inf\n", "1\n", 12),
            ("accuracy", b"\xff\xfe\xfa", "1\n", 13),
            ("accuracy", "[" * 100000, "1\n", 13),
            ("accuracy", "", "", 14),
            ("auc", "1\n2\n", "1\n1\n", 14),
        ]
        for metric, predictions, labels, wanted in cases:
            with self.subTest(metric=metric, predictions=predictions[:10]):
                self.assertEqual(self.score(metric, predictions, labels), (wanted, ""))

    def test_nothing_is_unpickled(self) -> None:
        trap = os.path.join(self.top, "trap")

        class Bomb:
            def __reduce__(self) -> tuple[object, tuple[str, str]]:
                return open, (trap, "w")

        data = pickle.dumps([Bomb()])
        header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + "\n"
        objects = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data
        for predictions in (data, objects):
            self.assertEqual(self.score("accuracy", predictions, "1\n")[0], 13)
        self.assertFalse(os.path.exists(trap))

    def test_pairs_in_json_count_by_their_result(self) -> None:
        self.assertEqual(self.score("mse", json.dumps([[0.0, 2], [0.0, 3]]), "2\n3\n"), (0, "0.0"))


if __name__ == "__main__":
    unittest.main()
