"""Pictures, sounds, histograms and tables of a step: what ``nsml.report`` takes beside numbers.

    nsml.report(step=step, sample=nsml.Image(pixels, caption="first"), weights=nsml.Histogram(layer.weight))

Needs no package: whatever looks like a picture of PIL, a figure of matplotlib, an array of numpy or torch or a table of
pandas is asked in its own words. What cannot be kept raises here, and is one warning in ``report``.
"""

from __future__ import annotations

import sys

from nsml import journal, kinds
from nsml.pixels import Pixels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

_BYTES_LIMIT = 4 << 20  # of one, as it is kept
_COUNT_LIMIT = 10_000  # of one process: a report of each batch must not fill the disk
_TOTAL_LIMIT = 256 << 20
_PART_BYTES = 128 << 10  # as base64 below the limit of a journal's line
_CAPTION_LIMIT = 500
_ROW_LIMIT, _COLUMN_LIMIT, _CELL_LIMIT = 1000, 50, 200

_count = 0
_total = 0


class Media:
    """Something to be kept: ``kind`` for the page, the type of its bytes, the bytes, and a line below it."""

    kind = ""

    def __init__(self, type: str, data: bytes, caption: Any = "") -> None:
        self.type, self.data = type, bytes(data)
        self.caption = str(caption or "")[:_CAPTION_LIMIT]


class Image(Media):
    """A picture.

    ``data``: bytes of a PNG, JPEG, GIF or WebP file; a picture of PIL; a figure of matplotlib; or an array (numpy,
    torch, nested lists) of height x width, height x width x channels or channels x height x width, channels being 1, 3
    or 4, of whole numbers from 0 to 255 or fractions from 0 to 1. Arrays of more than 2048 pixels a side are thinned.
    """

    kind = "image"

    def __init__(self, data: Any, caption: Any = "") -> None:
        if isinstance(data, (bytes, bytearray, memoryview)):
            super().__init__(_image_type(bytes(data)), bytes(data), caption)
        elif callable(getattr(data, "savefig", None)):
            super().__init__("image/png", _written(lambda file: data.savefig(file, format="png")), caption)
        elif callable(getattr(data, "save", None)) and hasattr(data, "mode"):
            super().__init__("image/png", _written(lambda file: data.save(file, format="PNG")), caption)
        else:
            super().__init__("image/png", Pixels.of(data).png(), caption)


class Audio(Media):
    """A sound: bytes of a WAV, MP3, Ogg or FLAC file, or samples from -1 to 1 (an array of n, or of n x channels)
    with their ``rate`` a second."""

    kind = "audio"

    def __init__(self, data: Any, rate: int = 16_000, caption: Any = "") -> None:
        if isinstance(data, (bytes, bytearray, memoryview)):
            super().__init__(_sound_type(bytes(data)), bytes(data), caption)
        else:
            super().__init__("audio/wav", _wave(data, int(rate)), caption)


class Histogram(Media):
    """How many of ``values`` (any array, or numbers) lie in each of ``bins`` equal parts of their range. Values that
    are not finite are left out and counted. Or ``counts`` and their ``edges``, one more of these, as you have them."""

    kind = "histogram"

    def __init__(
        self, values: Any = None, bins: int = 64, counts: Any = None, edges: Any = None, caption: Any = ""
    ) -> None:
        dropped = 0
        if values is not None:
            counts, edges, dropped = _counted(values, max(1, min(int(bins), 512)))
        counts, edges = [float(count) for count in _plain(counts)], [float(edge) for edge in _plain(edges)]
        if len(edges) != len(counts) + 1 or not counts:
            raise ValueError("%d edges for %d counts" % (len(edges), len(counts)))
        super().__init__("application/json", _json({"counts": counts, "edges": edges, "dropped": dropped}), caption)


class Table(Media):
    """A table: ``rows`` of cells with names of ``columns``, dictionaries, or a DataFrame of pandas. The first 1000 rows
    and 50 columns are kept."""

    kind = "table"

    def __init__(self, rows: Any, columns: Iterable[Any] | None = None, caption: Any = "") -> None:
        if hasattr(rows, "columns") and hasattr(rows, "values"):
            columns, rows = [str(name) for name in rows.columns], rows.values
        plain = list(_plain(rows))
        if columns is None and plain and all(isinstance(row, dict) for row in plain):
            columns = list(dict.fromkeys(key for row in plain for key in row))
        names = [str(name)[:_CELL_LIMIT] for name in columns or []]
        lines = [
            [row.get(name) for name in columns or []] if isinstance(row, dict) else list(_plain(row))
            for row in plain[:_ROW_LIMIT]
        ]
        cells = [[_cell(value) for value in line[:_COLUMN_LIMIT]] for line in lines]
        super().__init__(
            "application/json", _json({"columns": names[:_COLUMN_LIMIT], "rows": cells, "total": len(plain)}), caption
        )


class Drawing(Media):
    """Something that visdom draws: a bar chart, a heat map, points, a text."""

    def __init__(self, kind: str, content: dict[str, Any], caption: Any = "") -> None:
        super().__init__("application/json", _json(content), caption)
        self.kind = kind


def media(value: Any) -> Media | None:
    """What a reported value is, if it is to be seen or heard; None when it is not."""
    if isinstance(value, Media):
        return value
    if isinstance(value, (bytes, bytearray)):
        data = bytes(value)
        return Image(data) if kinds.image_type(data) else Audio(data)
    if callable(getattr(value, "savefig", None)) or (callable(getattr(value, "save", None)) and hasattr(value, "mode")):
        return Image(value)
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        return Table(value)
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape) in (2, 3) and min(shape) > 0:
        return Image(value)
    return None


def append(name: str, step: int, item: Media) -> None:
    """Write one into the journal, in parts that fit its lines. Raises ValueError beyond the limits."""
    global _count, _total
    size = len(item.data)
    if size > _BYTES_LIMIT:
        raise ValueError("it has %.1f MB, and %d MB are the most" % (size / 1e6, _BYTES_LIMIT >> 20))
    if _count >= _COUNT_LIMIT or _total + size > _TOTAL_LIMIT:
        raise ValueError("%d pictures, sounds or tables of %.0f MB are kept, and no more" % (_count, _total / 1e6))
    _count += 1
    _total += size
    import os
    from base64 import b64encode
    from time import time

    now = time()
    parts = range(0, max(size, 1), _PART_BYTES)
    head = {"kind": "media", "time": round(now, 6), "step": step, "name": name, "media": item.kind, "type": item.type}
    head.update(id="%x-%x-%x" % (int(now * 1e6), os.getpid(), _count), parts=len(parts), caption=item.caption)
    for number, start in enumerate(parts):
        head["part"] = number
        head["data"] = b64encode(item.data[start : start + _PART_BYTES]).decode("ascii")
        journal.append(_json(head) + b"\n")


def _json(value: Any) -> bytes:
    from json import dumps

    return dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def _plain(values: Any) -> Any:
    """Lists and numbers of an array."""
    for step in ("detach", "cpu"):
        method = getattr(values, step, None)
        if callable(method):
            values = method()
    convert = getattr(values, "tolist", None)
    return convert() if callable(convert) else values


def _flat(values: Any) -> Iterable[float]:
    if isinstance(values, (str, bytes, dict)):
        raise TypeError("%s is no numbers" % type(values).__name__)
    try:
        members = iter(values)
    except TypeError:
        yield float(values)
        return
    for member in members:
        yield from _flat(member)


def _counted(values: Any, bins: int) -> tuple[list[float], list[float], int]:
    plain = list(_flat(_plain(values)))
    finite = [value for value in plain if value - value == 0]
    if not finite:
        raise ValueError("none of its %d values is finite" % len(plain))
    low, high = min(finite), max(finite)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    counts = [0.0] * bins
    for value in finite:
        counts[min(int((value - low) / width), bins - 1)] += 1
    return counts, [low + width * place for place in range(bins)] + [high], len(plain) - len(finite)


def _cell(value: Any) -> Any:
    value = _plain(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return str(value)[:_CELL_LIMIT]


def _image_type(data: bytes) -> str:
    kind = kinds.image_type(data)
    if kind is None:
        raise ValueError("its bytes are no PNG, JPEG, GIF or WebP")
    return kind


def _sound_type(data: bytes) -> str:
    kind = kinds.sound_type(data)
    if kind is None:
        raise ValueError("its bytes are no picture (PNG, JPEG, GIF, WebP) and no sound (WAV, MP3, Ogg, FLAC)")
    return kind


def _written(write: Any) -> bytes:
    from io import BytesIO

    file = BytesIO()
    write(file)
    return file.getvalue()


def _wave(samples: Any, rate: int) -> bytes:
    import wave
    from array import array

    if not 1 <= rate <= 384_000:
        raise ValueError("a rate of %d a second" % rate)
    rows = _plain(samples)
    channels = len(rows[0]) if len(rows) and isinstance(rows[0], (list, tuple)) else 1
    if not 1 <= channels <= 8:
        raise ValueError("%d channels; samples are n, or n x channels" % channels)
    values = array("h")
    scale = 1 if "int16" in str(getattr(samples, "dtype", "")) else 32767
    for value in _flat(rows):
        level = value * scale if value - value == 0 else 0
        values.append(int(max(-32768, min(32767, level))))
    if sys.byteorder == "big":
        values.byteswap()

    def write(file: Any) -> None:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(channels)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes(values.tobytes())

    return _written(write)
