"""What paused() does in a session that is scored: whose loader asks, what is written, what is told of failures."""

from __future__ import annotations

import os
import textwrap
import unittest

from support import SessionTest

SCRIPT = """
import os, nsml
def save(directory): pass
def load(directory):
    %(load)s
def infer(data, **keywords):
    %(infer)s
nsml.bind(save=save, load=load, infer=infer)
%(paused)s
raise SystemExit("it came back")
"""


class SubmitTest(SessionTest):
    def setUp(self) -> None:
        super().setUp()
        self.dataset = os.path.join(self.top, "dataset")
        os.makedirs(os.path.join(self.dataset, "test"))
        self.write("test/test_data", "1\n2\n3\n4\n5\n")
        self.loads = os.path.join(self.top, "initial")
        os.makedirs(self.loads)

    def write(self, name: str, text: str) -> None:
        with open(os.path.join(self.dataset, name), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))

    def submit(
        self,
        infer: str = "return [(0.5, int(x) * 10) for x in data]",
        load: str = "pass",
        paused: str = "nsml.paused()",
        **more: str,
    ) -> tuple[int, str, str]:
        variables = {
            "NSML_MODE": "submit",
            "NSML_DATASET_PATH": self.dataset,
            "NSML_LOAD_CHECKPOINT": "9",
            "NSML_LOAD_DIRECTORY": self.loads,
        }
        return self.run_script(SCRIPT % {"infer": infer, "load": load, "paused": paused}, **dict(variables, **more))

    def told(self) -> list[str]:
        with open(os.path.join(self.share, "submission"), encoding="ascii") as file:
            return file.read().splitlines()

    def predictions(self) -> str:
        with open(os.path.join(self.share, "prediction"), encoding="utf-8") as file:
            return file.read()

    def read_lines(self) -> None:
        self.write(
            "data_loader.py",
            """
            import os
            def test_data_loader(root_path):
                with open(os.path.join(root_path, "test", "test_data")) as file:
                    return file.read().splitlines()
            """,
        )

    def test_results_are_written_one_a_line(self) -> None:
        self.read_lines()
        status, output, errors = self.submit()
        self.assertEqual((status, output), (0, ""), errors)
        self.assertEqual(self.predictions(), "10\n20\n30\n40\n50\n")
        self.assertEqual(self.told(), ["load", "data", "infer", "done"])

    def test_bind_is_enough(self) -> None:
        self.read_lines()
        self.assertEqual(self.submit(paused="")[0], 0)
        self.assertEqual(self.predictions(), "10\n20\n30\n40\n50\n")

    def test_batches(self) -> None:
        self.read_lines()
        status, output, _ = self.submit(infer="print(len(data)); return [0] * len(data)", NSML_SUBMIT_BATCH="2")
        self.assertEqual((status, output), (0, "2\n2\n1\n"))

    def test_feed_infer_goes_first_and_sees_the_dataset(self) -> None:
        self.write("helper.py", "WORD = 'of the dataset'\n")
        self.write(
            "data_loader.py",
            """
            from nsml import DATASET_PATH
            from nsml.constants import DATASET_NAME
            import helper
            def test_data_loader(root_path): raise AssertionError
            def feed_infer(output_file, infer_func):
                with open(output_file, "w") as file:
                    file.write("%s %s %s" % (helper.WORD, infer_func(DATASET_PATH, top_k=3), helper.WORD))
            """,
        )
        # Modules of the script's with the same names: the script keeps its own, the loader gets the dataset's.
        for name, text in (("data_loader.py", "raise AssertionError"), ("helper.py", "WORD = 'of the script'\n")):
            with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
                file.write(text)
        status, _, errors = self.submit(infer="import helper; return helper.WORD + str(keywords)")
        self.assertEqual(status, 0, errors)
        self.assertEqual(self.predictions(), "of the dataset of the script{'top_k': 3} of the dataset")

    def test_first_predictions_are_shown_in_a_test(self) -> None:
        self.read_lines()
        _, output, _ = self.submit(NSML_SUBMIT_TEST="1")
        self.assertEqual(output.splitlines()[:2], ["NSML) the first predictions:", "    10"])

    def test_failures_are_told_by_stage_and_word(self) -> None:
        self.read_lines()
        cases = [
            ({"load": "raise KeyError('secret')"}, "failed load error"),
            ({"infer": "raise ValueError('secret')"}, "failed infer error"),
            ({"infer": "exit(0)"}, "failed infer error"),
            ({"infer": "return None"}, "failed data no_list"),
            ({"infer": "return [1]"}, "failed data wrong_count"),
        ]
        for change, word in cases:
            with self.subTest(word=word):
                status, _, errors = self.submit(**change)
                self.assertEqual(status, 1)
                self.assertEqual(self.told()[-1], word)
                self.assertNotIn("secret", "\n".join(self.told()))
                self.assertIn("Traceback" if word.endswith("error") else "infer returned", errors)
                os.unlink(os.path.join(self.share, "submission"))

    def test_faults_of_the_dataset(self) -> None:
        self.write("data_loader.py", "x = 1\n")
        self.submit()
        self.assertEqual(self.told()[-1], "failed data no_loader")
        self.write("data_loader.py", "def feed_infer(output_file, infer_func): infer_func(['1'])\n")
        self.submit()
        self.assertEqual(self.told()[-1], "failed data no_predictions")
        self.write("data_loader.py", "1 / 0\n")
        self.submit()
        self.assertEqual(self.told()[-1], "failed data error")


if __name__ == "__main__":
    unittest.main()
