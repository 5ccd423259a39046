"""Pictures, sounds, histograms and tables of a step."""

from __future__ import annotations

import base64
import json
import struct
import zlib

from support import SessionTest


class MediaTest(SessionTest):
    def media(self) -> dict[str, bytes]:
        """What the journal has, put together, by name."""
        found: dict[str, bytes] = {}
        for record in self.journal("media"):
            found[record["name"]] = found.get(record["name"], b"") + base64.b64decode(record["data"])
        return found

    def test_lists_and_bytes_are_kept_as_they_are_meant(self) -> None:
        self.check(
            """
            import nsml
            nsml.report(step=3, loss=0.5,
                grey=nsml.Image([[0, 255], [128, 64]]),
                colour=nsml.Image([[[0.0, 1.0]], [[0.5, 0.0]], [[1.0, 0.0]]], caption="c" * 600),
                sound=nsml.Audio([0, 0.5, -1, float("nan"), 7], rate=8000),
                spread=nsml.Histogram([1, 2, [2, 3], float("inf")], bins=2),
                rows=nsml.Table([{"a": 1, "b": "x"}, {"a": float("nan")}]),
                plain=b"\\x89PNG\\r\\n\\x1a\\nrest")
            """
        )
        (report,) = self.journal("report")
        self.assertEqual((report["step"], report["values"]), (3, {"loss": 0.5}))
        kept = self.media()
        self.assertEqual(struct.unpack(">II", kept["grey"][16:24]), (2, 2))
        start = kept["grey"].index(b"IDAT") + 4
        self.assertEqual(zlib.decompress(kept["grey"][start:-16]), bytes([0, 0, 255, 0, 128, 64]))
        start = kept["colour"].index(b"IDAT") + 4
        self.assertEqual(zlib.decompress(kept["colour"][start:-16]), bytes([0, 0, 127, 255, 255, 0, 0]))
        self.assertEqual(struct.unpack("<5h", kept["sound"][-10:]), (0, 16383, -32767, 0, 32767))
        self.assertEqual(json.loads(kept["spread"]), {"counts": [1, 3], "edges": [1, 2, 3], "dropped": 1})
        self.assertEqual(
            json.loads(kept["rows"]), {"columns": ["a", "b"], "rows": [[1, "x"], ["nan", None]], "total": 2}
        )
        self.assertEqual(kept["plain"], b"\x89PNG\r\n\x1a\nrest")
        captions = {record["name"]: record["caption"] for record in self.journal("media")}
        self.assertEqual(len(captions["colour"]), 500)

    def test_objects_of_other_packages_are_asked_in_their_words(self) -> None:
        self.check(
            """
            import nsml
            class Picture:
                mode, size = "RGB", (1, 1)
                def save(self, file, format): file.write(b"\\x89PNG\\r\\n\\x1a\\npil" + format.encode())
            class Figure:
                def savefig(self, file, format): file.write(b"\\x89PNG\\r\\n\\x1a\\nfigure")
            class Tensor:
                shape = (2, 2)
                def detach(self): return self
                def cpu(self): return self
                def item(self): raise ValueError("only one element")
                def tolist(self): return [[0, 1], [1, 0]]
            class Frame:
                columns, iloc = ["a"], None
                class values:
                    @staticmethod
                    def tolist(): return [[1], [2]]
            nsml.report(picture=Picture(), figure=Figure(), tensor=Tensor(), frame=Frame())
            """
        )
        kept = self.media()
        self.assertTrue(kept["picture"].endswith(b"pilPNG"))
        self.assertTrue(kept["figure"].endswith(b"figure"))
        self.assertEqual(struct.unpack(">II", kept["tensor"][16:24]), (2, 2))
        self.assertEqual(json.loads(kept["frame"])["rows"], [[1], [2]])

    def test_large_ones_come_in_parts_and_too_large_ones_not_at_all(self) -> None:
        status, _, errors = self.run_script(
            """
            import nsml
            nsml.report(step=1, large=nsml.Image(b"\\xff\\xd8\\xff" + bytes(300_000)))
            nsml.report(step=2, huge=nsml.Image(b"\\xff\\xd8\\xff" + bytes(5_000_000)), loss=1)
            nsml.report(step=3, odd=b"no picture", other=object())
            try:
                nsml.Image([[1, 2], [3]])
            except ValueError as error:
                print(error)
            """
        )
        self.assertEqual(status, 0)
        records = self.journal("media")
        self.assertEqual([(record["part"], record["parts"]) for record in records], [(0, 3), (1, 3), (2, 3)])
        self.assertEqual(len({record["id"] for record in records}), 1)
        self.assertEqual(len(self.media()["large"]), 300_003)
        self.assertTrue(all(len(json.dumps(record)) < 256 * 1024 for record in records))
        self.assertIn("image 'huge' was skipped: it has 5.0 MB, and 4 MB are the most", errors)
        self.assertIn("report of 'odd' was skipped: its bytes are no picture", errors)
        self.assertEqual([record["values"] for record in self.journal("report")], [{"loss": 1}, {}])


if __name__ == "__main__":
    import unittest

    unittest.main()
