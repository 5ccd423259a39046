"""Which scripts pause by themselves, and which leave it to ``bind``: sessions that were given a checkpoint."""

from __future__ import annotations

import os
import unittest

from support import SessionTest

BIND = """
    import argparse, nsml
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=int, default=0)
    parser.add_argument("--mode", default="train")
    config, rest = parser.parse_known_args()
    nsml.bind(save=lambda path: None, load=lambda path: print("loaded"))
    print("bound")
"""


class TestScriptPauses(SessionTest):
    def continued(self, script: str, *arguments: str) -> str:
        """What a session prints that goes on from a checkpoint."""
        directory = os.path.join(self.share, "loads", "initial")
        os.makedirs(directory, exist_ok=True)
        output = self.check(script, *arguments, NSML_LOAD_CHECKPOINT="best", NSML_LOAD_DIRECTORY=directory)
        return output.replace("\n", " ").strip()

    def test_a_call_behind_the_argument_counts_only_when_that_was_given(self) -> None:
        guarded = BIND + "    if config.pause:\n        nsml.paused(scope=locals())\n"
        self.assertEqual(self.continued(guarded, "--pause", "1"), "bound loaded")
        self.assertEqual(self.continued(guarded, "--pause=1"), "bound loaded")
        self.assertEqual(self.continued(guarded), "loaded bound")

    def test_other_conditions_and_none_are_left_to_the_script(self) -> None:
        for call in (
            "nsml.paused()",
            "if nsml.IS_ON_NSML:\n        nsml.paused(scope=locals())",
            "if __name__ == '__main__':\n        nsml.paused()",
            "getattr(nsml, 'paused')()",
            "from nsml import paused as wait_here; wait_here(); nsml.paused",
        ):
            with self.subTest(call):
                self.assertEqual(self.continued(BIND + "    " + call + "\n"), "bound loaded")

    def test_the_word_in_a_comment_or_a_text_is_no_call(self) -> None:
        for text in ("# nsml.paused() is not called", "'''Without nsml.paused().'''"):
            with self.subTest(text):
                self.assertEqual(self.continued(BIND + "    " + text + "\n"), "loaded bound")

    def test_the_else_of_a_condition_is_come_to_without_the_argument(self) -> None:
        script = BIND + "    if config.mode == 'infer':\n        pass\n    else:\n        nsml.paused()\n"
        self.assertEqual(self.continued(script), "bound loaded")


if __name__ == "__main__":
    unittest.main()
