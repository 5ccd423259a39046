"""Arrays as pictures: what numpy, torch or nested lists hold, as the bytes of a PNG file. Standard library only."""

from __future__ import annotations

import struct
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SIDE_LIMIT = 2048
_COLOURS = {1: 0, 3: 2, 4: 6}  # channels to the colour types of PNG


class Pixels:
    """Rows of bytes, ``channels`` for each pixel."""

    def __init__(self, width: int, height: int, channels: int, data: bytes) -> None:
        self.width, self.height, self.channels, self.data = width, height, channels, data

    @classmethod
    def of(cls, values: Any) -> Pixels:
        """Raises TypeError or ValueError for what is no picture."""
        for step in ("detach", "cpu"):
            method = getattr(values, step, None)
            if callable(method):
                values = method()
        numpy = sys.modules.get("numpy")
        if numpy is not None and hasattr(values, "__array__"):
            return cls._of_array(numpy, numpy.asarray(values))
        convert = getattr(values, "tolist", None)
        return cls._of_lists(convert() if callable(convert) else values)

    @classmethod
    def _of_array(cls, numpy: Any, array: Any) -> Pixels:
        if array.ndim == 2:
            array = array[:, :, None]
        if array.ndim != 3 or not array.size:
            raise ValueError("an array of shape %s is no picture" % (tuple(array.shape),))
        if array.shape[2] not in _COLOURS and array.shape[0] in _COLOURS:
            array = array.transpose(1, 2, 0)
        if array.shape[2] not in _COLOURS:
            raise ValueError("an array of shape %s is no picture" % (tuple(array.shape),))
        stride = -(-max(array.shape[:2]) // _SIDE_LIMIT)
        array = array[::stride, ::stride]
        if array.dtype != numpy.uint8:
            array = numpy.nan_to_num(array.astype(numpy.float64))
            if _is_fraction(float(array.min()), float(array.max())):
                array = array * 255
            array = numpy.clip(array, 0, 255).astype(numpy.uint8)
        height, width, channels = array.shape
        return cls(width, height, channels, numpy.ascontiguousarray(array).tobytes())

    @classmethod
    def _of_lists(cls, rows: Any) -> Pixels:
        if not isinstance(rows, (list, tuple)) or not rows or not isinstance(rows[0], (list, tuple)) or not rows[0]:
            raise TypeError("%s is no picture" % type(rows).__name__)
        if not isinstance(rows[0][0], (list, tuple)):
            rows = [[[value] for value in row] for row in rows]
        elif len(rows[0][0]) not in _COLOURS and len(rows) in _COLOURS:
            rows = [[list(pixel) for pixel in zip(*line)] for line in zip(*rows)]
        height, width, channels = len(rows), len(rows[0]), len(rows[0][0])
        if channels not in _COLOURS or any(len(row) != width for row in rows):
            raise ValueError("%d x %d x %d values are no picture" % (height, width, channels))
        stride = -(-max(height, width) // _SIDE_LIMIT)
        values = [float(value) for row in rows[::stride] for pixel in row[::stride] for value in pixel]
        values = [value if value - value == 0 else 0.0 for value in values]
        scale = 255 if _is_fraction(min(values), max(values)) else 1
        data = bytes(int(max(0, min(255, value * scale))) for value in values)
        return cls(len(range(0, width, stride)), len(range(0, height, stride)), channels, data)

    def png(self) -> bytes:
        """The bytes of a PNG file."""

        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        step = self.width * self.channels
        lines = b"".join(b"\0" + self.data[start : start + step] for start in range(0, step * self.height, step))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, _COLOURS[self.channels], 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")
        )

    @classmethod
    def grid(cls, pictures: list[Pixels], across: int = 8, gap: int = 2) -> Pixels:
        """Pictures of one size beside and below each other."""
        first = pictures[0]
        width, height, channels = first.width, first.height, first.channels
        if any((one.width, one.height, one.channels) != (width, height, channels) for one in pictures):
            raise ValueError("the pictures are not of one size")
        across = max(1, min(across, len(pictures)))
        down = -(-len(pictures) // across)
        total = across * width + (across - 1) * gap
        data = bytearray(b"\0" * ((down * height + (down - 1) * gap) * total * channels))
        for place, one in enumerate(pictures):
            left, top = place % across * (width + gap), place // across * (height + gap)
            for row in range(height):
                start = ((top + row) * total + left) * channels
                data[start : start + width * channels] = one.data[row * width * channels : (row + 1) * width * channels]
        return cls(total, down * height + (down - 1) * gap, channels, bytes(data))


def _is_fraction(low: float, high: float) -> bool:
    """Whether values are shares of 1: none lies beyond 1, or below 0."""
    return low >= 0 and high <= 1
