"""``nsml.report`` and the journal."""

from __future__ import annotations

import json
import os
import unittest
from typing import Any

from support import SessionTest


class ReportTest(SessionTest):
    def reports(self) -> list[dict[str, Any]]:
        return self.journal("report")

    def test_a_report_is_one_line_of_the_contract(self) -> None:
        self.check(
            """
            import nsml
            nsml.report(summary=True, scope=locals(), step=12, train__loss=0.25, epoch=3)
            """
        )
        with open(os.path.join(self.share, "journal.ndjson"), "rb") as file:
            lines = file.read().split(b"\n")
        self.assertEqual(lines[1:], [b""])
        record = json.loads(lines[0])
        self.assertIsInstance(record.pop("time"), float)
        self.assertEqual(
            record, {"kind": "report", "step": 12, "summary": True, "values": {"train/loss": 0.25, "epoch": 3}}
        )

    def test_the_second_report_of_the_same_names_reads_back_bit_for_bit(self) -> None:
        self.check(
            """
            import nsml
            for value in (0.1, 1/3, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 123456789012345680.0):
                nsml.report(step=0, x=value, n=7)
            """
        )
        values = [record["values"]["x"] for record in self.reports()]
        expected = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 123456789012345680.0]
        self.assertEqual([repr(value) for value in values], [repr(value) for value in expected])

    def test_numbers_that_are_not_finite_are_kept_as_strings(self) -> None:
        self.check(
            """
            import nsml
            for value in (1.0, float("nan"), float("inf"), float("-inf"), 2.0):
                nsml.report(step=0, x=value)
            """
        )
        values = [record["values"]["x"] for record in self.reports()]
        self.assertEqual(values, [1.0, "NaN", "Infinity", "-Infinity", 2.0])

    def test_steps_count_up_from_the_last_one(self) -> None:
        self.check(
            """
            import nsml
            nsml.report(a=1); nsml.report(a=1); nsml.report(a=1, step=10); nsml.report(a=1)
            """
        )
        self.assertEqual([record["step"] for record in self.reports()], [0, 1, 10, 11])

    def test_an_unusable_step_is_a_warning_and_counting_goes_on(self) -> None:
        status, _, errors = self.run_script(
            """
            import nsml
            nsml.report(a=1, step=5)
            for step in (-1, float("nan"), "x", 2**60, object()):
                nsml.report(a=1, step=step)
            nsml.report(a=1, step=20.5)
            """
        )
        self.assertEqual(status, 0)
        self.assertEqual([record["step"] for record in self.reports()], [5, 6, 7, 8, 9, 10, 20])
        self.assertEqual(errors.count("NSML Warning)"), 2, errors)

    def test_texts_are_kept_short(self) -> None:
        self.check(
            """
            import nsml
            nsml.report(step=1, note="abc", long="가" * 1000, loss=1.5)
            """
        )
        (record,) = self.reports()
        self.assertEqual(record["values"], {"loss": 1.5})
        self.assertEqual(record["texts"], {"note": "abc", "long": "가" * 333})

    def test_what_stands_for_a_number_is_converted(self) -> None:
        self.check(
            """
            import decimal, enum, fractions, nsml
            class Scalar:
                def __init__(self, value): self.value = value
                def item(self): return self.value
            class Text(str): pass
            class Level(enum.IntEnum): HIGH = 3
            class Own(float):
                def __repr__(self): return "own"
            for _ in range(2):
                nsml.report(step=Scalar(4), a=Scalar(0.5), b=Scalar(7), c=True, d=decimal.Decimal("0.5"),
                            e=fractions.Fraction(1, 4), f=Level.HIGH, g=Own(2.5), h=Text("t"), i=2**70)
            """
        )
        for record in self.reports():
            self.assertEqual(record["step"], 4)
            self.assertEqual(
                record["values"],
                {"a": 0.5, "b": 7, "c": 1, "d": 0.5, "e": 0.25, "f": 3, "g": 2.5, "i": 2.0**70},
            )
            self.assertEqual(record["texts"], {"h": "t"})

    def test_what_cannot_be_kept_is_skipped_with_one_warning_for_each_name(self) -> None:
        status, _, errors = self.run_script(
            """
            import nsml
            class Tensor:
                def item(self): raise ValueError("only one element tensors can be converted")
            for step in range(3):
                nsml.report(step=step, good=1.0, bad=Tensor(), none=None, raw=b"1", huge=10**400, pair=[1, 2])
                nsml.report(**{"": 1.0, "x" * 300: 1.0, "a\\nb": 1.0, "step": step})
            nsml.report({"a": 1}, 2, 3, step=9, good=2.0)
            """
        )
        self.assertEqual(status, 0)
        self.assertEqual([r["values"] for r in self.reports()], [{"good": 1.0}, {}] * 3 + [{"good": 2.0}])
        self.assertEqual(errors.count("NSML Warning)"), 8, errors)
        self.assertIn("only one element tensors can be converted", errors)

    def test_names_of_any_script_and_with_signs_are_kept(self) -> None:
        names = {
            "val__a/b": 1.0,
            "손실": 2.0,
            "100%": 3.0,
            "a@std": 4.0,
            "a@vector:b": 5.0,
            'q"\\': 6.0,
            "train__loss:": 7,
        }
        self.check("import nsml\nfor _ in range(2): nsml.report(step=1, **%r)" % names)
        expected = {name.replace("__", "/"): value for name, value in names.items()}
        self.assertEqual([record["values"] for record in self.reports()], [expected, expected])

    def test_the_clock_of_the_platform_counts(self) -> None:
        self.check("import nsml\nfor _ in range(2): nsml.report(step=1, a=1.0, walltime=1, reltime=2)")
        for record in self.reports():
            self.assertEqual(record["values"], {"a": 1.0})
            self.assertGreater(record["time"], 1e9)

    def test_a_report_with_thousands_of_names_becomes_several_lines_of_the_same_step(self) -> None:
        self.check("import nsml\nnsml.report(step=3, **{'name/%06d/%s' % (i, 'x' * 80): i for i in range(5000)})")
        records = self.reports()
        self.assertGreater(len(records), 1)
        self.assertEqual({record["step"] for record in records}, {3})
        self.assertEqual(sum(len(record["values"]) for record in records), 5000)
        with open(os.path.join(self.share, "journal.ndjson"), "rb") as file:
            self.assertLessEqual(max(len(line) for line in file), 256 * 1024)

    def test_a_bare_report_says_nothing(self) -> None:
        self.check(
            "import nsml, os\nnsml.report(scope=locals())\nassert 'journal.ndjson' not in os.listdir(%r)" % self.share
        )


class JournalTest(SessionTest):
    def test_a_report_is_safe_when_the_process_is_killed_in_the_next_instruction(self) -> None:
        status, _, _ = self.run_script(
            """
            import nsml, os, signal
            for step in range(100): nsml.report(step=step, a=0.5)
            os.kill(os.getpid(), signal.SIGKILL)
            """
        )
        self.assertEqual(status, -9)
        self.assertEqual(len(self.journal("report")), 100)

    def test_threads_and_forked_processes_write_whole_lines(self) -> None:
        self.check(
            """
            import nsml, os, threading
            def work(who):
                for step in range(300): nsml.report(step=step, a=0.5, b=1.5, who=who)
            nsml.report(step=0, a=0.5, b=1.5, who=-1)
            def process(number):
                threads = [threading.Thread(target=work, args=(number * 10 + i,)) for i in range(4)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
            children = []
            for number in range(4):
                child = os.fork()
                if child == 0:
                    process(number)
                    os._exit(0)
                children.append(child)
            for child in children: assert os.waitpid(child, 0)[1] == 0
            """
        )
        records = self.journal("report")
        with open(os.path.join(self.share, "journal.ndjson"), "rb") as file:
            self.assertEqual(len(file.readlines()), len(records))
        seen = sorted((record["values"]["who"], record["step"]) for record in records[1:])
        self.assertEqual(seen, sorted((p * 10 + t, step) for p in range(4) for t in range(4) for step in range(300)))

    def test_workers_of_multiprocessing_report_too(self) -> None:
        for method in ("fork", "spawn", "forkserver"):
            with self.subTest(method):
                self.check(
                    """
                    import multiprocessing, sys, nsml
                    def work(step): nsml.report(step=step, a=1.0)
                    if __name__ == "__main__":
                        nsml.bind(save=print)
                        nsml.report(step=100, a=1.0)
                        context = multiprocessing.get_context(sys.argv[1])
                        with context.Pool(2) as pool: pool.map(work, range(4))
                    """,
                    method,
                )
                steps = sorted(record["step"] for record in self.journal("report"))
                self.assertEqual(steps, [0, 1, 2, 3, 100])
                os.unlink(os.path.join(self.share, "journal.ndjson"))

    def test_a_line_cut_by_a_full_disk_does_not_spoil_the_next_one(self) -> None:
        status, output, errors = self.run_script(
            """
            import nsml, resource
            unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
            nsml.report(step=0, a=0.5)
            resource.setrlimit(resource.RLIMIT_FSIZE, (250, unlimited[1]))
            for step in range(1, 6): nsml.report(step=step, a=0.5)
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
            for step in range(6, 9): nsml.report(step=step, a=0.5)
            print("trained on")
            """
        )
        self.assertEqual((status, output), (0, "trained on\n"), errors)
        steps = [record["step"] for record in self.journal("report")]
        self.assertEqual(steps[0], 0)
        self.assertEqual(steps[-3:], [6, 7, 8])
        self.assertLess(len(steps), 9)
        self.assertIn("the disk is full", errors)
        self.assertIn("reports are written again; %d could not be" % (9 - len(steps)), errors)
        self.assertEqual(errors.count("NSML Warning)"), 3, errors)

    def test_a_journal_that_cannot_be_written_is_one_warning(self) -> None:
        os.symlink("/dev/full", os.path.join(self.share, "journal.ndjson"))
        status, output, errors = self.run_script(
            """
            import nsml
            for step in range(100): nsml.report(step=step, a=0.5)
            print("trained on")
            """
        )
        self.assertEqual((status, output), (0, "trained on\n"))
        self.assertEqual(errors.count("NSML Warning)"), 1, errors)

    def test_a_session_directory_that_is_gone_is_one_warning(self) -> None:
        status, output, errors = self.run_script(
            """
            import nsml
            nsml.bind(save=lambda path: None, load=lambda path: None)
            for step in range(3):
                nsml.report(step=step, a=0.5)
                nsml.save(step)
            nsml.paused()
            print("trained on")
            """,
            NSML_SESSION_DIRECTORY="/nowhere/at/all",
        )
        self.assertEqual((status, output), (0, "trained on\n"), errors)
        self.assertIn("NSML Warning)", errors)

    def test_closing_all_descriptors_loses_no_report(self) -> None:
        self.check(
            """
            import nsml, os
            nsml.report(step=0, a=0.5)
            os.closerange(3, 1000)
            own = open("own", "w")
            nsml.report(step=1, a=0.5)
            own.close()
            assert os.path.getsize("own") == 0
            """
        )
        self.assertEqual([record["step"] for record in self.journal("report")], [0, 1])

    def test_a_closed_stderr_stops_nobody(self) -> None:
        self.check(
            "import nsml, sys\nsys.stderr.close()\nnsml.report(step=0, a=object())\nsys.stderr = None\nnsml.save()"
        )


if __name__ == "__main__":
    unittest.main()
