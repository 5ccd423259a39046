"""Moments in which the training lets go of the interpreter."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import unittest
from typing import Any
from unittest import mock

from support import PYTHON, TIME_LIMIT, Control, SessionTest

sys.path.insert(0, PYTHON)
from nsml import moments  # noqa: E402

REPORTS = """
import nsml
step = 0
print("ready")
while True:
    step += 1
    nsml.report(step=step, loss=sum(range(20_000)) / step)
"""


class GivingTest(unittest.TestCase):
    def setUp(self) -> None:
        moments._forget_in_child()
        self.addCleanup(moments._forget_in_child)
        self.here, self.there = socket.socketpair()
        self.addCleanup(self.here.close)
        self.addCleanup(self.there.close)

    def give(self, waiting: list[Any] | None = None, asleep: Any = None) -> int:
        """Give a moment; answers how often the training slept."""
        with mock.patch.object(moments, "sleep", side_effect=asleep or time.sleep) as sleep:
            moments.give(waiting or [])
        return sleep.call_count

    def test_nobody_gets_a_moment_who_has_not_asked(self) -> None:
        moments.watch(self.here.fileno())
        self.assertEqual(moments.until, 0.0)
        self.assertEqual(self.give(), 0)
        now = time.time()
        self.assertTrue(moments.since <= now < moments.until <= now + moments._EVERY_SECONDS)

    def test_before_anybody_listens_a_report_has_nothing_to_look_at(self) -> None:
        self.assertTrue(moments.since <= time.time() < moments.until)

    def test_what_has_arrived_gets_moments_until_it_is_read(self) -> None:
        moments.watch(self.here.fileno())
        self.there.send(b"x")
        slept = []

        def read(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                self.here.recv(1)

        self.assertEqual(self.give(asleep=read), 3)

    def test_what_nobody_reads_is_left_alone_for_a_while(self) -> None:
        moments.watch(self.here.fileno())
        self.there.send(b"x")
        begun = time.time()
        self.assertGreater(self.give(), 0)
        self.assertGreaterEqual(moments.until, begun + moments._STUCK_SECONDS)

    def test_no_longer_than_there_is_nothing_to_do(self) -> None:
        moments.watch(self.here.fileno())
        self.there.send(b"x")
        self.assertEqual(self.give([print]), 0)

    def test_a_thread_that_is_busy_gets_moments_until_it_is_calm(self) -> None:
        moments.hurry(1)
        self.assertEqual(moments.until, 0.0)
        self.assertEqual(self.give(asleep=lambda seconds: moments.calm(1)), 1)
        self.assertGreater(moments.until, time.time())

    def test_one_that_stays_busy_gets_them_for_a_limited_time(self) -> None:
        moments.hurry(1)
        self.assertGreater(self.give(), 0)
        with mock.patch.object(moments, "monotonic", return_value=time.monotonic() + moments._HURRY_SECONDS):
            self.assertEqual(self.give(), 0)

    def test_an_evaluation_that_reports_waits_for_nobody(self) -> None:
        moments.hurry(threading.get_ident())
        self.assertEqual(self.give(), 0)

    def test_a_socket_that_was_closed_behind_our_back_is_no_error(self) -> None:
        moments.watch(self.here.fileno())
        moments._arrivals.close()
        self.assertEqual(self.give(), 0)
        moments.unwatch(self.here.fileno())
        moments.watch(self.here.fileno())

    def test_who_waits_for_work_is_in_a_hurry_when_it_is_done(self) -> None:
        done = moments.Done()
        self.assertFalse(done.wait(0.001))
        threading.Thread(target=done.set).start()
        self.assertTrue(done.wait(TIME_LIMIT))
        self.assertTrue(done.wait(0))
        self.assertEqual(list(moments._busy), [threading.get_ident()])


class AskingTest(SessionTest):
    def test_a_training_of_pure_python_is_asked_over_old_and_new_connections(self) -> None:
        process = self.start(REPORTS)
        assert process.stdout is not None
        self.assertEqual(process.stdout.readline(), "ready\n")
        while not os.path.exists(os.path.join(self.share, "control.sock")):
            time.sleep(0.01)
        control = Control(self.share)
        self.addCleanup(control.close)
        for _ in range(5):
            other = Control(self.share)
            for one in (control, other):
                for now in (False, True):
                    header, _body = one.ask("exec", b"step", now=now)
                    self.assertTrue(header["ok"])
            other.close()
        # Several at once, in one piece, are answered one after the other.
        control.send("exec", b"step")
        control.send("exec", b"step")
        for _ in range(2):
            self.assertTrue(control.receive()[0]["ok"])


if __name__ == "__main__":
    unittest.main()
