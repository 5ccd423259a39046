"""The save and load functions that people wrote for NSML, in all the forms met in their repositories."""

from __future__ import annotations

import unittest

from support import SessionTest

# Stands for what torch.save and torch.load do with a path: they want a file, and say so in words of their own.
LIKE_TORCH = """
import os
def torch_save(state, path):
    if os.path.isdir(path):
        raise RuntimeError("[enforce fail at inline_container.cc:747] . open file failed with strerror: Is a directory")
    with open(path, "w") as file: file.write(state)
def torch_load(path):
    with open(path) as file: return file.read()
"""


class CallbackTest(SessionTest):
    def goes_round(
        self, functions: str, bind: str = "save=save, load=load", files: dict[str, str] | None = None, errors: str = ""
    ) -> None:
        """Save in one process, load by ``nsml.load`` and by a fork's ``paused`` in others; state must come back.

        ``functions`` keep their state in ``model["weight"]``.
        """
        head = LIKE_TORCH + "import nsml, sys\nmodel = {'weight': sys.argv[1]}\n" + _dedented(functions)
        head += "nsml.bind(%s)\n" % bind
        supervisor = self.supervisor()
        status, _, said = self.run_script(head + "nsml.save('best')\n", "good")
        self.assertEqual((status, said), (0, errors))
        (record,) = self.journal("checkpoint")
        self.assertEqual(record["name"], "best")
        if files is not None:
            self.assertEqual(self.files(record["directory"]), files)
        supervisor.store()
        output = self.check(head + "nsml.load('best')\nprint(model['weight'])\n", "fresh")
        self.assertEqual(output, "good\n")
        (directory,) = supervisor.stored.values()
        output = self.check(
            head + "nsml.paused(scope=locals())\nprint(model['weight'])\n",
            "fresh",
            NSML_LOAD_CHECKPOINT="best",
            NSML_LOAD_DIRECTORY=directory,
        )
        self.assertEqual(output, "good\n")

    def test_dirname_and_args(self) -> None:
        self.goes_round(
            """
            def save(dirname, *args): torch_save(model["weight"], os.path.join(dirname, "model.pt"))
            def load(dirname, *args): model["weight"] = torch_load(os.path.join(dirname, "model.pt"))
            """,
            files={"model.pt": "good"},
        )

    def test_dir_name_args_and_kwargs(self) -> None:
        self.goes_round(
            """
            def save(dir_name, *args, **kwargs):
                assert not args and not kwargs
                os.makedirs(dir_name, exist_ok=True)
                torch_save(model["weight"], os.path.join(dir_name, "model"))
            def load(dir_name, *args, **kwargs):
                assert not args and not kwargs
                model["weight"] = torch_load(os.path.join(dir_name, "model"))
            """,
            files={"model": "good"},
        )

    def test_dir_name_alone(self) -> None:
        self.goes_round(
            """
            def save(dir_name): torch_save(model["weight"], dir_name + "/model")
            def load(dir_name): model["weight"] = torch_load(dir_name + "/model")
            """
        )

    def test_path_and_kwargs(self) -> None:
        self.goes_round(
            """
            def save(path, **kwargs): torch_save(model["weight"], os.path.join(path, "x"))
            def load(path, **kwargs): model["weight"] = torch_load(os.path.join(path, "x"))
            """
        )

    def test_several_files_and_folders(self) -> None:
        self.goes_round(
            """
            def save(path):
                os.mkdir(os.path.join(path, "sub"))
                torch_save("optimizer", os.path.join(path, "sub", "optimizer"))
                torch_save(model["weight"], os.path.join(path, "model"))
            def load(path):
                assert torch_load(os.path.join(path, "sub", "optimizer")) == "optimizer"
                model["weight"] = torch_load(os.path.join(path, "model"))
            """,
            files={"model": "good", "sub/optimizer": "optimizer"},
        )

    def test_legacy_filename_by_open(self) -> None:
        self.goes_round(
            """
            import pickle
            def save(filename, *args):
                with open(filename, "wb") as file: pickle.dump(model["weight"], file, protocol=0)
            def load(filename, *args):
                with open(filename, "rb") as file: model["weight"] = pickle.load(file)
            """
        )

    def test_legacy_filename_by_a_library_with_words_of_its_own(self) -> None:
        self.goes_round(
            """
            def save(filename, *args): torch_save(model["weight"], filename)
            def load(filename, *args): model["weight"] = torch_load(filename)
            """,
            files={"nsml_file": "good"},
        )

    def test_legacy_is_learnt_at_the_first_save(self) -> None:
        output = self.check(
            LIKE_TORCH
            + """
import nsml
def save(filename):
    print("called")
    torch_save("x", filename)
nsml.bind(save=save)
nsml.save(1); nsml.save(2); nsml.save(3)
"""
        )
        self.assertEqual(output, "called\n" * 4)
        self.assertEqual(len(self.journal("checkpoint")), 3)

    def test_legacy_announced(self) -> None:
        self.goes_round(
            """
            def save(filename, *args):
                assert not os.path.exists(filename)
                torch_save(model["weight"], filename)
            def load(filename, *args):
                assert os.path.isfile(filename)
                model["weight"] = torch_load(filename)
            """,
            bind="save=save, load=load, use_nsml_legacy=True",
        )

    def test_legacy_announced_by_a_script_that_uses_a_directory(self) -> None:
        self.goes_round(
            """
            def save(path): torch_save(model["weight"], os.path.join(path, "model"))
            def load(path): model["weight"] = torch_load(os.path.join(path, "model"))
            """,
            bind="save, load, use_nsml_legacy=True",
            files={"model": "good"},
        )

    def test_legacy_denied_by_a_script_that_uses_a_file(self) -> None:
        self.goes_round(
            """
            def save(path): torch_save(model["weight"], path)
            def load(path): model["weight"] = torch_load(path)
            """,
            bind="save=save, load=load, use_nsml_legacy=False",
        )

    def test_legacy_with_two_files(self) -> None:
        self.goes_round(
            """
            def save(filename):
                torch_save(model["weight"], filename)
                torch_save("optimizer", filename + ".opt")
            def load(filename):
                assert torch_load(filename + ".opt") == "optimizer"
                model["weight"] = torch_load(filename)
            """,
            files={"nsml_file": "good", "nsml_file.opt": "optimizer"},
        )

    def test_the_path_as_the_beginning_of_file_names(self) -> None:
        self.goes_round(
            """
            def save(path):
                torch_save(model["weight"], path + ".index")
                torch_save("data", path + ".data-00000-of-00001")
            def load(path):
                assert torch_load(path + ".data-00000-of-00001") == "data"
                model["weight"] = torch_load(path + ".index")
            """
        )

    def test_a_function_that_puts_its_file_in_place_of_the_directory(self) -> None:
        self.goes_round(
            """
            import shutil
            def save(path):
                shutil.rmtree(path)
                torch_save(model["weight"], path)
            def load(path): model["weight"] = torch_load(path)
            """,
            files={"nsml_file": "good"},
        )

    def test_a_function_that_makes_the_directory_itself(self) -> None:
        self.goes_round(
            """
            def save(path):
                os.mkdir(path)
                torch_save(model["weight"], os.path.join(path, "model"))
            def load(path): model["weight"] = torch_load(os.path.join(path, "model"))
            """,
            files={"model": "good"},
        )

    def test_saved_as_a_file_and_loaded_from_a_listing(self) -> None:
        self.goes_round(
            """
            def save(path): torch_save(model["weight"], path)
            def load(path): model["weight"] = torch_load(os.path.join(path, os.listdir(path)[0]))
            """
        )

    def test_saved_into_a_directory_and_loaded_as_a_file(self) -> None:
        self.goes_round(
            """
            def save(path): torch_save(model["weight"], os.path.join(path, "whatever.pt"))
            def load(path): model["weight"] = torch_load(path)
            """
        )

    def test_extra_keywords_of_bind_reach_both(self) -> None:
        self.goes_round(
            """
            def save(path, real, **kwargs):
                assert real is True and kwargs == {"parts": 2}
                torch_save(model["weight"], os.path.join(path, "model"))
            def load(path, real=False, parts=1):
                assert real is True and parts == 2
                model["weight"] = torch_load(os.path.join(path, "model"))
            """,
            bind="save=save, load=load, real=True, parts=2",
        )

    def test_positional_bind(self) -> None:
        self.goes_round(
            """
            def save(path): torch_save(model["weight"], os.path.join(path, "model"))
            def load(path): model["weight"] = torch_load(os.path.join(path, "model"))
            def infer(raw_data, **kwargs): pass
            """,
            bind="save, load, infer",
        )

    def test_the_function_bound_last_counts(self) -> None:
        self.goes_round(
            """
            def wrong(path): raise AssertionError
            def save(path): torch_save(model["weight"], os.path.join(path, "model"))
            def load(path): model["weight"] = torch_load(os.path.join(path, "model"))
            nsml.bind(save=wrong, load=load)
            """,
            bind="save=save",
        )

    def test_functions_given_at_the_call(self) -> None:
        supervisor = self.supervisor()
        self.check(
            """
            import nsml
            def wrong(path): raise AssertionError
            def save(path, **kwargs): open(path + "/m", "w").write("good")
            nsml.bind(save=wrong, load=wrong)
            nsml.save("mm", save_fn=save)
            """
        )
        supervisor.store()
        output = self.check(
            """
            import nsml
            def load(path, **kwargs): return open(path + "/m").read()
            nsml.bind(save=print)
            print(nsml.load(checkpoint="mm", load_fn=load))
            """
        )
        self.assertEqual(output, "good\n")

    def test_keywords_of_bind_reach_a_function_given_at_the_call_whichever_was_bound(self) -> None:
        supervisor = self.supervisor()
        head = "import nsml\ndef save(path, real): open(path + '/m', 'w').write(str(real))\n"
        self.check(head + "nsml.bind(save=save, real=True)\nnsml.save(0)\nnsml.save(1, save_fn=save)")
        supervisor.store()
        load = "def load(path, real): print(open(path + '/m').read(), real)\n"
        output = self.check(head + load + "nsml.bind(save=save, real=2)\nfor i in (0, 1): nsml.load(i, load_fn=load)")
        self.assertEqual(output, "True 2\nTrue 2\n")


class FailureTest(SessionTest):
    def test_what_a_save_function_raises_comes_out_as_it_is(self) -> None:
        for error in ("ValueError('mine')", "FileNotFoundError('mine')", "NotADirectoryError('mine')", "SystemExit(3)"):
            with self.subTest(error):
                self.check(
                    """
                    import nsml, os
                    def save(path):
                        calls.append(path)
                        open(os.path.join(path, "half"), "w").write("half")
                        raise error
                    calls = []
                    error = %s
                    nsml.bind(save=save)
                    try: nsml.save(1)
                    except BaseException as raised: assert raised is error, raised
                    else: raise AssertionError
                    assert len(calls) == 1
                    """
                    % error
                )
                self.assertEqual(self.journal("checkpoint"), [])
                self.assertEqual(self.files("checkpoints").keys(), {".last"})

    def test_when_neither_a_directory_nor_a_file_helps_the_first_error_comes_out(self) -> None:
        self.check(
            """
            import nsml
            def save(path): open("/", "w")
            nsml.bind(save=save)
            try: nsml.save(1)
            except IsADirectoryError as error: assert error.filename == "/"
            else: raise AssertionError
            """
        )

    def test_what_a_legacy_function_raises_after_its_second_call_comes_out(self) -> None:
        self.check(
            """
            import nsml
            def save(path):
                with open(path, "w") as file: raise ValueError("mine")
            nsml.bind(save=save)
            try: nsml.save(1)
            except ValueError as error: assert str(error) == "mine"
            else: raise AssertionError
            """
        )

    def test_what_a_load_function_raises_comes_out_as_it_is(self) -> None:
        self.check(
            """
            import nsml
            def save(path): open(path + "/m", "w").write("x")
            def load(path):
                open(path + "/m")
                raise RuntimeError("size mismatch for layer.weight")
            def absent(path): open(path + "/other")
            nsml.bind(save=save, load=load)
            nsml.save(1)
            for function, expected in ((load, RuntimeError), (absent, FileNotFoundError)):
                try: nsml.load(1, load_fn=function)
                except expected: pass
                else: raise AssertionError
            """
        )

    def test_only_save_or_only_load_is_enough(self) -> None:
        self.check("import nsml\nnsml.bind(save=lambda path: open(path + '/m', 'w').close())\nnsml.save(0)")
        self.check("import nsml\nnsml.bind(load=lambda path: None)\nnsml.paused()")
        self.assertEqual(len(self.journal("checkpoint")), 1)

    def test_saving_with_nothing_bound_is_a_warning(self) -> None:
        status, output, errors = self.run_script("import nsml\nnsml.save(0)\nnsml.save(1)\nprint('on')")
        self.assertEqual((status, output), (0, "on\n"))
        self.assertEqual(errors.count("NSML Warning)"), 1)

    def test_an_empty_folder_is_the_warning_that_users_know(self) -> None:
        status, _, errors = self.run_script("import nsml\nnsml.bind(save=lambda path: None)\nnsml.save(0)")
        self.assertEqual(status, 0)
        self.assertEqual(errors, "NSML Warning) The folder you are trying to save is empty.\n")
        self.assertEqual(self.journal("checkpoint"), [])

    def test_a_continued_session_with_nothing_bound_does_not_start_from_scratch(self) -> None:
        status, _, errors = self.run_script(
            "import nsml\nnsml.paused()", NSML_LOAD_CHECKPOINT="5", NSML_LOAD_DIRECTORY=self.work
        )
        self.assertEqual(status, 1)
        self.assertIn("LookupError: checkpoint '5' cannot be loaded", errors)


def _dedented(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


if __name__ == "__main__":
    unittest.main()
