"""What an infer function gets and what its result becomes, and the library outside the platform."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import os
import sys
import unittest
from typing import Any

from support import PYTHON, SessionTest

sys.path.insert(0, PYTHON)
from nsml import answers  # noqa: E402


class InputTest(unittest.TestCase):
    def test_older_scripts_get_a_list_with_the_bytes(self) -> None:
        self.assertEqual(answers.argument(None, None, b"a\n"), [b"a\n"])
        self.assertEqual(answers.argument("list", "list_string", b"a"), [b"a"])

    def test_list_string_is_a_list_in_a_list(self) -> None:
        self.assertEqual(answers.argument(None, "list_string", "안녕\r\n".encode()), [["안녕"]])

    def test_other_forms(self) -> None:
        self.assertEqual(answers.argument("bytes", None, b"\x00"), b"\x00")
        self.assertEqual(answers.argument("text", None, b"a\nb\n"), "a\nb")
        self.assertEqual(answers.argument("json", None, b'{"a": [1]}'), {"a": [1]})
        with self.assertRaises(ValueError):
            answers.argument("json", None, b"{")

    def test_images(self) -> None:
        try:
            from PIL import Image
        except ImportError:
            self.assertEqual(answers.argument(None, "canvas", b"x"), [b"x"])
            self.skipTest("Pillow is not installed")
        png = io.BytesIO()
        Image.new("L", (3, 2), 7).save(png, "PNG")
        self.assertEqual(answers.argument(None, "mnist_canvas", png.getvalue())[0].size, (3, 2))
        picture = answers.argument("image", None, png.getvalue())
        self.assertEqual(picture.getpixel((0, 0)), 7)
        self.assertEqual(answers.encoded(picture)[0], "image/png")

    def test_the_form_an_annotation_shows(self) -> None:
        def with_bytes(data: bytes) -> None: ...
        def with_text(data: str) -> None: ...
        def with_list(data: list) -> None: ...  # type: ignore[type-arg]
        def without(data, **kwargs): ...  # type: ignore[no-untyped-def]

        forms = [answers.form_of(function, None) for function in (with_bytes, with_text, with_list, without, max)]
        self.assertEqual(forms, ["bytes", "text", None, None, None])
        self.assertEqual(answers.form_of(with_text, "json"), "json")

    def test_input_in_the_parameters(self) -> None:
        encoded = base64.b64encode(b"\x01\x02").decode()
        self.assertEqual(answers.body_of("base64," + encoded), b"\x01\x02")
        self.assertEqual(answers.body_of("data:image/png;base64," + encoded), b"\x01\x02")
        self.assertEqual(answers.body_of("안녕, 세상"), "안녕, 세상".encode())
        self.assertEqual(json.loads(answers.body_of({"a": 1})), {"a": 1})

    def test_keywords_that_a_function_cannot_take_are_left_out(self) -> None:
        def narrow(data: Any, top_k: int = 1) -> None: ...
        def wide(data: Any, **kwargs: Any) -> None: ...

        given = {"top_k": 2, "other": 3}
        self.assertEqual(answers.accepted(narrow, given), {"top_k": 2})
        self.assertEqual(answers.accepted(wide, given), given)


class OutputTest(unittest.TestCase):
    def test_bytes_and_text(self) -> None:
        self.assertEqual(answers.encoded(b"\x00"), ("application/octet-stream", b"\x00"))
        self.assertEqual(answers.encoded(b"\x89PNG\r\n\x1a\n...")[0], "image/png")
        self.assertEqual(answers.encoded(bytearray(b"\xff\xd8\xff\xe0"))[0], "image/jpeg")
        self.assertEqual(answers.encoded(b"RIFF\x04\0\0\0WAVE")[0], "audio/wav")
        self.assertEqual(answers.encoded(b"RIFF\x04\0\0\0WEBP")[0], "image/webp")
        self.assertEqual(answers.encoded("안녕"), ("text/plain; charset=utf-8", "안녕".encode()))

    def test_what_json_can_hold(self) -> None:
        class Array:
            def tolist(self) -> list[float]:
                return [0.5, float("nan")]

        class Tensor:
            def numpy(self) -> Array:
                return Array()

        result = {
            "a": [(0.5, 1), None, True],
            3: {"b"},
            "inf": [float("inf"), -float("inf")],
            "x": Array(),
            "t": Tensor(),
        }
        content_type, body = answers.encoded(result)
        self.assertEqual(content_type, "application/json")
        self.assertEqual(
            json.loads(body),
            {
                "a": [[0.5, 1], None, True],
                "3": ["b"],
                "inf": ["Infinity", "-Infinity"],
                "x": [0.5, "NaN"],
                "t": [0.5, "NaN"],
            },
        )
        self.assertEqual(answers.encoded(zip([0], [1])), ("application/json", b"[[0, 1]]"))
        self.assertEqual(answers.encoded(None), ("application/json", b"null"))

    def test_anything_else_as_its_repr(self) -> None:
        @dataclasses.dataclass
        class Box:
            x: int

        ring: list[Any] = []
        ring.append(ring)
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            content_type, body = answers.encoded(Box(1))
            self.assertEqual(answers.encoded(ring)[1], b"[[...]]")
            said = sys.stderr.getvalue()
        finally:
            sys.stderr = stderr
        self.assertEqual(content_type, "text/plain; charset=utf-8")
        self.assertTrue(body.endswith(b"Box(x=1)"), body)
        self.assertEqual(said.count("NSML Warning)"), 2)

    def test_numpy(self) -> None:
        try:
            import numpy as np
        except ImportError:
            self.skipTest("numpy is not installed")
        result = {
            "p": np.float32(0.5),
            "k": np.arange(3),
            "i": np.int64(1),
            "pairs": [(np.float64("nan"), np.bool_(True))],
        }
        expected = {"p": 0.5, "k": [0, 1, 2], "i": 1, "pairs": [["NaN", True]]}
        self.assertEqual(json.loads(answers.encoded(result)[1]), expected)


class InferTest(SessionTest):
    def test_infer_calls_the_bound_function(self) -> None:
        self.check(
            """
            import nsml
            def infer(queries, db=None, **kwargs): return queries, db, kwargs
            try: nsml.infer(1)
            except LookupError: pass
            else: raise AssertionError
            nsml.bind(infer=infer, real=True)
            assert nsml.infer([1]) == ([1], None, {"real": True})
            assert nsml.infer("q", "d", top_k=3) == ("q", "d", {"real": True, "top_k": 3})
            assert nsml.infer(input="base64,aGk=") == ([b"hi"], None, {"real": True})
            assert nsml.infer(input="base64,aGk=", app_type="list_string", extra=1)[0] == [["hi"]]
            """
        )


class OutsideTest(SessionTest):
    def test_a_script_runs_where_it_was_written(self) -> None:
        script = """
            import nsml, os
            from nsml.constants import DATASET_PATH as path
            from nsml import *
            assert (nsml.DATASET_PATH, path, nsml.DATASET_NAME, nsml.SESSION_NAME) == ("", "", "", "")
            assert (nsml.IS_ON_NSML, nsml.HAS_DATASET, nsml.IS_DATASET, nsml.GPU_NUM) == (False, False, False, 0)
            assert (nsml.MY_RANK, nsml.PARALLEL_WORLD, nsml.PARALLEL_PORTS, NSML_NFS_OUTPUT) == (0, [], [], "")
            def save(path, **kwargs): open(os.path.join(path, "m"), "w").write(str(content))
            def legacy(path): open(path, "w").write("legacy")
            def load(path, **kwargs): return open(os.path.join(path, "m")).read()
            content = 1
            bind(save=save, load=load, infer=lambda data: data)
            paused(scope=locals())
            report(summary=True, step=1, loss=0.5, bad=None)
            names = (3, "best", "../x", ".", "..", "a/b", "\\u0001", "가" * 80, "x" * 255)
            for content, name in enumerate(names): nsml.save(name)
            for content, name in enumerate(names): assert load_again(name) == str(content), name
            content = "second"
            nsml.save("best")
            assert nsml.load("best") == "second"
            nsml.save("best", save_fn=lambda path, **kwargs: None)  # nothing: the one before stays
            assert nsml.load("best") == "second"
            nsml.save("file", save_fn=legacy)
            assert nsml.load("file", load_fn=lambda path: open(path).read()) == "legacy"
            nsml.save_folder("folder", "nsml_local")
            assert infer([1]) == [1]
            for session in (None, "bob/mnist/1"):
                try: nsml.load("unknown", session=session)
                except KeyError as error: assert "nsml_model/unknown" in str(error)
                else: raise AssertionError
            """.replace("load_again(", "nsml.load(")
        status, _, errors = self.run_script(script, NSML_SESSION_DIRECTORY=None, NSML_SESSION=None, NSML_MODE=None)
        self.assertEqual(status, 0, errors)
        lines = errors.splitlines()
        self.assertEqual(lines[0], "NSML) not on NSML: reports are dropped, checkpoints go to ./nsml_local")
        self.assertEqual(len([line for line in lines if "not on NSML" in line]), 1)
        self.assertEqual(sorted(os.listdir(self.work)), ["main.py", "nsml_local"])
        self.assertEqual(os.listdir(self.share), [])

    def test_a_dataset_of_ones_own(self) -> None:
        self.check(
            "import nsml\nassert nsml.DATASET_PATH == './digits' and nsml.HAS_DATASET and not nsml.IS_ON_NSML",
            NSML_SESSION_DIRECTORY=None,
            NSML_DATASET_PATH="./digits",
        )


class ConstantsTest(SessionTest):
    def test_a_session_knows_about_itself(self) -> None:
        self.check(
            """
            import nsml
            from nsml import constants
            assert nsml.DATASET_PATH == constants.DATASET_PATH == "/data/mnist"
            assert nsml.DATASET_NAME == "mnist" and nsml.SESSION_NAME == "alice/mnist/1"
            assert nsml.IS_ON_NSML is nsml.HAS_DATASET is nsml.IS_DATASET is True
            assert nsml.GPU_NUM == 2 and nsml.NSML_NFS_OUTPUT == "/out"
            """,
            NSML_DATASET_NAME="mnist",
            NSML_DATASET_PATH="/data/mnist",
            NSML_DATASET_PATHS='["/data/mnist"]',
            NSML_GPU_NUM="2",
            NSML_NFS_OUTPUT="/out",
        )

    def test_several_datasets_are_a_list(self) -> None:
        self.check(
            "import nsml\nassert nsml.DATASET_PATH == ['/data/a', '/data/b'] and nsml.DATASET_NAME == 'a'",
            NSML_DATASET_NAME="a",
            NSML_DATASET_PATH="/data/a",
            NSML_DATASET_PATHS='["/data/a","/data/b"]',
        )

    def test_damaged_values_do_not_stop_the_import(self) -> None:
        self.check(
            "import nsml\nassert nsml.GPU_NUM == 0 and nsml.DATASET_PATH == ''",
            NSML_GPU_NUM="two",
            NSML_DATASET_PATHS="[",
        )

    def test_importing_the_library_imports_little(self) -> None:
        output = self.check(
            "import sys\nbefore = set(sys.modules)\nimport nsml\nprint(*sorted(set(sys.modules) - before))"
        )
        self.assertFalse({"typing", "json", "re", "socket", "threading", "inspect", "shutil"} & set(output.split()))


if __name__ == "__main__":
    unittest.main()
