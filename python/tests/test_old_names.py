"""Names that scripts of NSML's first years import: all of them are there, and none gets in the way."""

from __future__ import annotations

import base64
import json

from support import SessionTest


class OldNamesTest(SessionTest):
    def test_every_name_can_be_imported_in_every_way(self) -> None:
        self.check(
            """
            import nsml
            from nsml import (DATASET_NAME, DATASET_PATH, GPU_NUM, HAS_DATASET, IS_DATASET, IS_ON_NSML, MY_RANK,
                NSML_NFS_OUTPUT, PARALLEL_PORTS, PARALLEL_WORLD, SESSION_NAME, Visdom)
            from nsml import bind, cache, copy, decoder, encoder, infer, load, paused, report, save, save_folder
            from nsml.constants import (DATASET_NAME, DATASET_PATH, GPU_NUM, HAS_DATASET, IS_DATASET, IS_ON_NSML,
                MY_RANK, NSML_NFS_OUTPUT, PARALLEL_PORTS, PARALLEL_WORLD, SESSION_NAME)
            assert nsml.decoder is decoder and nsml.encoder is encoder
            """
        )
        self.check("from nsml import *\nassert callable(bind) and callable(save) and Visdom and GPU_NUM == 0")

    def test_a_name_that_never_was_is_an_attribute_error(self) -> None:
        self.check("import nsml\nassert not hasattr(nsml, 'get_config')")


class VisdomTest(SessionTest):
    def test_lines_become_series(self) -> None:
        self.check(
            """
            import nsml
            class module: pass
            viz = nsml.Visdom(visdom=module, use_incoming_socket=False)
            assert viz.check_connection()
            window = viz.line(Y=[0.5], X=[3], opts=dict(title="loss"), name="train")
            assert viz.line(Y=[[0.4, 0.6]], X=[4], win=window, opts={"title": "loss", "legend": ["train", "val"]},
                update="append") == window
            viz.line([1.0, 2.0], win="free")
            """
        )
        values = [(record["step"], record["values"]) for record in self.journal("report")]
        self.assertEqual(
            values,
            [
                (3, {"loss/train": 0.5}),
                (4, {"loss/train": 0.4, "loss/val": 0.6}),
                (0, {"free": 1.0}),
                (1, {"free": 2.0}),
            ],
        )

    def test_drawings_become_panels(self) -> None:
        self.check(
            """
            import nsml
            viz = nsml.Visdom(visdom=None)
            picture = [[[0.0, 1.0], [0.5, 0.25]]] * 3
            viz.image(picture, win="i", opts=dict(title="picture", caption="one"))
            viz.images([picture] * 4, nrow=2, opts=dict(title="grid"))
            viz.text("<b>hello</b>", win="t")
            viz.bar(X=[1, 2, 3], opts=dict(title="bars", rownames=["a", "b", "c"]))
            viz.heatmap(X=[[1, 2], [3, 4]], opts=dict(title="heat"))
            viz.histogram(X=[1, 2, 2, 3], opts=dict(title="spread", numbins=2))
            for place in range(50):
                viz.scatter(X=[[place, place]], win="s", update="append", opts=dict(title="points"))
            """
        )
        records = self.journal("media")
        self.assertEqual(
            [record["name"] for record in records],
            ["picture", "grid", "t", "bars", "heat", "spread", "points", "points"],
        )
        contents = [json.loads(base64.b64decode(record["data"])) for record in records[2:]]
        self.assertEqual(contents[0], {"text": "<b>hello</b>"})
        self.assertEqual(contents[1]["rownames"], ["a", "b", "c"])
        self.assertEqual(contents[3]["counts"], [1, 3])
        self.assertEqual(len(contents[-1]["rows"]), 50)

    def test_what_cannot_be_drawn_is_one_word(self) -> None:
        status, _, errors = self.run_script(
            """
            import nsml
            viz = nsml.Visdom(visdom=None)
            for step in range(3):
                viz.images([], opts=dict(title="x/%d" % step))
                viz.close(win=viz.svg("x", win="w"))
                viz.scatter(X=object())
            viz.line(Y=object())
            """
        )
        self.assertEqual(status, 0)
        self.assertEqual(errors.count("a Visdom.images was skipped"), 1)
        self.assertEqual(errors.count("Visdom.svg is not kept here"), 1)
        self.assertEqual(errors.count("\n"), 4)

    def test_the_usual_logger(self) -> None:
        self.check(
            """
            import nsml
            from nsml import Visdom
            class Logger:
                def __init__(self, log_dir, name="NSML_example"):
                    self.last, self.viz = None, Visdom(visdom=object())
                def scalar_summary(self, tag, value, step, scope=None):
                    if self.last and self.last["step"] != step:
                        nsml.report(**self.last, scope=scope)
                        self.last = None
                    if self.last is None:
                        self.last = {"step": step, "iter": step, "epoch": 1}
                    self.last[tag] = value
            logger = Logger("./logs")
            for step in range(3):
                logger.scalar_summary("loss", 1 / (step + 1), step, scope=locals())
                logger.scalar_summary("accuracy", step, step)
            """
        )
        records = self.journal("report")
        self.assertEqual([record["step"] for record in records], [0, 1])
        self.assertEqual(records[1]["values"], {"iter": 1, "epoch": 1, "loss": 0.5, "accuracy": 1})


if __name__ == "__main__":
    import unittest

    unittest.main()
