"""``nsml.save``, ``nsml.load`` and ``nsml.save_folder`` and what they tell the platform."""

from __future__ import annotations

import os
import unittest

from support import SessionTest

BIND = """
import nsml, os, sys
def save(path):
    with open(os.path.join(path, "model"), "w") as file: file.write(content)
def load(path):
    with open(os.path.join(path, "model")) as file: return file.read()
content = "first"
nsml.bind(save=save, load=load)
"""


class SaveTest(SessionTest):
    def test_a_checkpoint_is_handed_over_with_what_was_last_reported(self) -> None:
        self.check(
            BIND
            + """
nsml.report(step=1, summary=True, loss=9.0)
nsml.report(step=12, train__loss=0.25, diverged=float("nan"), note="text", flag=True)
nsml.report(note="text only")
nsml.save("best")
"""
        )
        (record,) = self.journal("checkpoint")
        self.assertGreater(record.pop("time"), 1e9)
        self.assertEqual(
            record,
            {
                "kind": "checkpoint",
                "name": "best",
                "directory": "checkpoints/000001",
                "step": 13,
                "summary": {"train/loss": 0.25, "diverged": "NaN", "flag": 1},
            },
        )
        self.assertEqual(self.files("checkpoints/000001"), {"model": "first"})

    def test_a_save_before_any_report_has_an_empty_summary(self) -> None:
        self.check(BIND + "nsml.save(0)")
        (record,) = self.journal("checkpoint")
        self.assertEqual((record["step"], record["summary"]), (0, {}))

    def test_names(self) -> None:
        self.check(
            BIND
            + """
class Scalar:
    def item(self): return 7
for name in (0, 5, "best", "60_1", Scalar(), 0.5, "가", "\\u1100\\u1161", "한 글", "../../etc"): nsml.save(name)
nsml.save(checkpoint="keyword"); nsml.save(iteration="older"); nsml.save()
"""
        )
        names = [record["name"] for record in self.journal("checkpoint")]
        self.assertEqual(names[:6], ["0", "5", "best", "60_1", "7", "0.5"])
        self.assertEqual(names[6:-1], ["가", "가", "한 글", "../../etc", "keyword", "older"])
        self.assertRegex(names[-1], r"^\d{8}-\d{6}-\d{3}$")
        directories = [record["directory"] for record in self.journal("checkpoint")]
        self.assertEqual(directories, ["checkpoints/%06d" % number for number in range(1, len(names) + 1)])

    def test_a_name_that_cannot_be_kept_is_changed_with_a_warning(self) -> None:
        status, _, errors = self.run_script(BIND + "nsml.save('a\\nb'); nsml.save('x' * 300); nsml.save('')")
        self.assertEqual(status, 0)
        names = [record["name"] for record in self.journal("checkpoint")]
        self.assertEqual(names[:2], ["a_b", "x" * 255])
        self.assertEqual(errors.count("NSML Warning)"), 2)

    def test_numbers_are_not_used_twice_after_the_platform_took_a_directory_away(self) -> None:
        supervisor = self.supervisor()
        self.check(BIND + "nsml.save(1); nsml.save(2)")
        supervisor.store()
        self.check(BIND + "nsml.save(3)")
        self.assertEqual([r["directory"] for r in self.journal("checkpoint")][-1], "checkpoints/000003")

    def test_processes_that_save_at_once_get_directories_of_their_own(self) -> None:
        self.check(
            BIND
            + """
children = []
for number in range(6):
    child = os.fork()
    if child == 0:
        for i in range(5):
            content = "%d-%d" % (number, i)
            nsml.save(content)
        os._exit(0)
    children.append(child)
for child in children: assert os.waitpid(child, 0)[1] == 0
"""
        )
        records = self.journal("checkpoint")
        self.assertEqual(len({record["directory"] for record in records}), 30)
        for record in records:
            self.assertEqual(self.files(record["directory"]), {"model": record["name"]})

    def test_a_full_disk_in_the_save_function_is_a_warning_and_training_goes_on(self) -> None:
        status, output, errors = self.run_script(
            BIND
            + """
import errno
def full(path):
    with open(os.path.join(path, "half"), "w") as file:
        try: raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error: raise RuntimeError("unexpected pos 64 vs 0") from error
nsml.save("a", save_fn=full)
nsml.save("b")
print("trained on")
"""
        )
        self.assertEqual((status, output), (0, "trained on\n"), errors)
        self.assertEqual(errors, "NSML Warning) checkpoint 'a' was not saved: the disk is full\n")
        self.assertEqual([record["name"] for record in self.journal("checkpoint")], ["b"])

    def test_a_line_that_the_journal_refused_is_said_again_at_the_next_safe_point(self) -> None:
        status, _, _ = self.run_script(
            BIND
            + """
import resource
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
nsml.report(step=0, a=0.5)
resource.setrlimit(resource.RLIMIT_FSIZE, (250, unlimited[1]))
content = ""
nsml.save("a"); nsml.save("b")
nsml.report(step=1, a=0.5)
assert nsml.load("b") == ""
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
nsml.report(step=2, a=0.5)
"""
        )
        self.assertEqual(status, 0)
        kinds = [record.get("name", record.get("step")) for record in self.journal() if record["kind"] != "event"]
        self.assertEqual(kinds, [0, 2, "a", "b"])

    def test_a_line_that_the_journal_refused_is_said_again_at_exit_but_not_by_workers(self) -> None:
        status, _, errors = self.run_script(
            BIND
            + """
import resource
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
content = ""
nsml.save("a")
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
child = os.fork()
if child == 0: sys.exit(0)
os.waitpid(child, 0)
"""
        )
        self.assertEqual(status, 0, errors)
        self.assertEqual([record["name"] for record in self.journal("checkpoint")], ["a"])

    def test_save_folder_keeps_a_copy(self) -> None:
        self.check(
            """
            import nsml, os
            os.makedirs("out/sub")
            open("out/sub/a", "w").write("1")
            nsml.save_folder("folder", "out")
            open("out/sub/a", "w").write("2")
            try: nsml.save_folder("folder", "nowhere")
            except NotADirectoryError: pass
            else: raise AssertionError
            """
        )
        (record,) = self.journal("checkpoint")
        self.assertEqual(self.files(record["directory"]), {"sub/a": "1"})


class LoadTest(SessionTest):
    def test_what_was_just_saved_loads_without_the_platform(self) -> None:
        output = self.check(BIND + "nsml.save(5); content = 'second'; nsml.save('5'); print(nsml.load(5))")
        self.assertEqual(output, "second\n")
        self.assertEqual(os.listdir(os.path.join(self.share, "loads")), [])

    def test_what_another_process_just_saved_loads_too(self) -> None:
        self.check(BIND + "nsml.save(5)")
        self.assertEqual(self.check(BIND + "print(nsml.load(5))"), "first\n")

    def test_what_the_platform_stored_is_asked_for(self) -> None:
        supervisor = self.supervisor()
        self.check(BIND + "nsml.save(5); nsml.save('best')")
        supervisor.store()
        output = self.check(BIND + "print(nsml.load(5), nsml.load(checkpoint='best'), nsml.load(iteration=5))")
        self.assertEqual(output, "first first first\n")
        parameters = [request["parameters"] for request in supervisor.requests]
        self.assertEqual(parameters[0], {"session": None, "name": "5"})

    def test_another_session_is_asked_for_by_name(self) -> None:
        supervisor = self.supervisor()
        self.check(BIND + "nsml.save(5)")
        supervisor.store()
        supervisor.stored["bob/mnist/3/nsml_model/9"] = supervisor.stored["alice/mnist/1/nsml_model/5"]
        self.assertEqual(self.check(BIND + "print(nsml.load(9, session='bob/mnist/3'))"), "first\n")
        self.assertEqual(supervisor.requests[-1]["parameters"], {"session": "bob/mnist/3", "name": "9"})

    def test_an_unknown_checkpoint_is_a_key_error_with_its_full_name(self) -> None:
        self.supervisor()
        self.check(
            BIND
            + """
for session, expected in ((None, "alice/mnist/1/nsml_model/7"), ("bob/mnist/3", "bob/mnist/3/nsml_model/7")):
    try: nsml.load(7, session=session)
    except KeyError as error: assert error.args == (expected,), error
    else: raise AssertionError
"""
        )

    def test_without_a_supervisor_loading_fails_after_a_while_and_says_so(self) -> None:
        self.check(
            BIND
            + """
from nsml import supervisor
supervisor.PATIENCE_SECONDS = 0.0
try: nsml.load(7)
except ConnectionError as error: assert "does not answer" in str(error)
else: raise AssertionError
"""
        )

    def test_a_fork_loads_once_and_goes_on(self) -> None:
        supervisor = self.supervisor()
        self.check(BIND + "nsml.save(5)")
        supervisor.store()
        (directory,) = supervisor.stored.values()
        for script in (
            "nsml.bind(load=counted)\nnsml.paused(scope=locals())\nnsml.paused()\n",
            "nsml.bind(load=counted)\n",  # a script that never says the word is taken care of by bind
        ):
            output = self.check(
                "import nsml\ndef counted(path): print('loaded', open(path + '/model').read())\n" + script,
                NSML_LOAD_CHECKPOINT="5",
                NSML_LOAD_DIRECTORY=directory,
            )
            self.assertEqual(output, "loaded first\n")


class DefaultTest(SessionTest):
    def test_bound_objects_are_saved_and_restored_in_place(self) -> None:
        script = """
            import nsml, sys
            class Network:
                def __init__(self): self.weight = 0
            class Optimizer:  # as torch has them
                def __init__(self): self.state = {"lr": 0}
                def state_dict(self): return self.state
                def load_state_dict(self, state): self.state = state
            class Keras:
                def __init__(self): self.weight = 0
                def save_weights(self, path):
                    assert path.endswith(".weights.h5")
                    open(path, "w").write(str(self.weight))
                def load_weights(self, path): self.weight = int(open(path).read())
            network, optimizer, keras, history, best = Network(), Optimizer(), Keras(), [], {"score": 0}
            nsml.bind(network=network, optimizer=optimizer, keras=keras, history=history, best=best)
            if sys.argv[1] == "save":
                network.weight, optimizer.state, keras.weight, best["score"] = 1, {"lr": 2}, 3, 4
                history.append(5)
                nsml.save("all")
            else:
                nsml.load("all")
                assert (network.weight, optimizer.state, keras.weight) == (1, {"lr": 2}, 3)
                assert (best, history) == ({"score": 4}, [5])
            """
        self.check(script, "save")
        self.check(script, "load")

    def test_torch_modules_by_their_state(self) -> None:
        try:
            import torch  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
        except ImportError:
            self.skipTest("PyTorch is not installed")
        script = """
            import nsml, sys, torch
            def legacy_save(filename, *args): torch.save(model.state_dict(), filename)
            def legacy_load(filename, *args): model.load_state_dict(torch.load(filename))
            torch.manual_seed(len(sys.argv[1]))
            model = torch.nn.Linear(2, 2)
            optimizer = torch.optim.Adam(model.parameters())
            nsml.bind(model=model, optimizer=optimizer)
            if sys.argv[1] == "save":
                model(torch.ones(1, 2)).sum().backward()
                optimizer.step()
                nsml.report(step=torch.tensor(3), loss=model(torch.ones(1, 2)).sum(), one=torch.ones(1))
                nsml.save("default")
                nsml.save("legacy", save_fn=legacy_save)
                nsml.bind(save=legacy_save, load=legacy_load)
                nsml.save("bound")
            else:
                nsml.load("default")
                assert optimizer.state_dict()["state"]
                torch.nn.init.zeros_(model.weight)
                nsml.load("legacy", load_fn=legacy_load)
                assert model.weight.abs().sum() > 0
                torch.nn.init.zeros_(model.weight)
                nsml.bind(save=legacy_save, load=legacy_load)
                nsml.load("bound")
            print(model.weight.tolist())
            """
        self.assertEqual(self.check(script, "save"), self.check(script, "load again"))
        (record,) = self.journal("report")
        self.assertEqual((record["step"], record["values"]["one"]), (3, 1.0))

    def test_numpy_scalars_and_files(self) -> None:
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed")
        self.check(
            """
            import nsml, numpy as np
            def save(path): np.save(path, np.arange(3))  # numpy itself adds .npy to the path
            def load(path): return np.load(path + ".npy").tolist()
            nsml.bind(save=save, load=load)
            for _ in range(2):
                nsml.report(step=np.int64(2), a=np.float32(0.5), b=np.float64(0.25), c=np.array(3), d=np.bool_(True))
            nsml.save(np.int64(2))
            assert nsml.load(2) == [0, 1, 2]
            """
        )
        values = [record["values"] for record in self.journal("report")]
        self.assertEqual(values, [{"a": 0.5, "b": 0.25, "c": 3, "d": 1}] * 2)
        self.assertEqual(self.journal("checkpoint")[0]["name"], "2")


class OtherToolsTest(SessionTest):
    def test_copy_brings_attributes_and_items_over(self) -> None:
        self.check(
            """
            import nsml
            class Slotted:
                __slots__ = ("a",)
            class Plain: pass
            source, target = Plain(), Plain()
            source.x = [1]; target.y = 2
            nsml.copy(source, target)
            assert target.x is source.x and target.y == 2
            one, other = Slotted(), Slotted()
            one.a = 1
            nsml.copy(one, other)
            assert other.a == 1
            items = {"b": 2}
            nsml.copy({"a": 1}, items)
            assert items == {"a": 1, "b": 2}
            for pair in (([1], [2]), (1, 2), (source, items)):
                try: nsml.copy(*pair)
                except TypeError: pass
                else: raise AssertionError(pair)
            """
        )

    def test_cache_prepares_only_what_is_missing(self) -> None:
        output = self.check(
            """
            import nsml
            def prepare(output_path, size):
                print("preparing", size, output_path)
                for path in output_path: open(path, "w").close()
            nsml.cache(prepare, size=3)
            nsml.cache(prepare, size=3)
            nsml.cache(preprocess_fn=prepare, output_path="other", size=4)
            nsml.cache()
            """
        )
        self.assertEqual(output, "preparing 3 ['./processed']\npreparing 4 ['other']\n")


if __name__ == "__main__":
    unittest.main()
