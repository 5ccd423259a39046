"""The metrics that the platform computes by itself: accuracy, mse, f1 and auc.

    python3 -I -S metrics.py METRIC --prediction FILE --test_label_path FILE

Run as a program in a sandbox of its own, with nothing of the author's but the file of predictions, which is read as
text or as an array of plain numbers and never unpickled. Prints the score. Exit statuses tell what is wrong: see
``FAULTS``.

Both files are one of: lines of text, one value a line (of a line with commas the last field counts); a JSON array; a
one-dimensional array of ``numpy.save``. Of a pair ``(probability, result)`` in a JSON array only the result counts.
"""

from __future__ import annotations

import ast
import json
import math
import struct
import sys

FAULTS = {
    "count": 11,  # not as many predictions as labels
    "number": 12,  # a prediction is no number, or not finite
    "format": 13,  # the predictions cannot be read
    "labels": 14,  # the dataset's labels cannot be read, or do not suit the metric
}


class Fault(Exception):
    def __init__(self, word: str, text: str) -> None:
        super().__init__(text)
        self.word = word


def read(path: str) -> list[object]:
    """The values in a file. Raises ValueError."""
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"\x93NUMPY"):
        return _array(content)
    text = content.decode("utf-8-sig")
    if text.lstrip().startswith("["):
        values = json.loads(text)
        if not isinstance(values, list):
            raise ValueError("not a list")
        return [item[1] if isinstance(item, list) and len(item) == 2 else item for item in values]
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1]:
        del lines[-1]
    return [line.rsplit(",", 1)[-1].strip() if "," in line else line.strip() for line in lines]


def _array(content: bytes) -> list[object]:
    """A one-dimensional array as ``numpy.save`` writes it; objects are refused, since they would be unpickled."""
    wide = content[6] >= 2
    start = 12 if wide else 10
    (length,) = struct.unpack_from("<I" if wide else "<H", content, 8)
    header = ast.literal_eval(content[start : start + length].decode("latin-1").strip())
    kind, shape = str(header["descr"]), tuple(header["shape"])
    count = shape[0] if shape else 1
    if not (len(shape) <= 1 or (len(shape) == 2 and shape[1] == 1)):
        raise ValueError("not one column")
    order, code, size = kind[0], kind[1], int(kind[2:])
    data = content[start + length :]
    if code in "US":
        width = size * 4 if code == "U" else size
        encoding = {"<": "utf-32-le", ">": "utf-32-be"}.get(order, "utf-8") if code == "U" else "utf-8"
        texts = [data[place * width : (place + 1) * width] for place in range(count)]
        return [text.decode(encoding).rstrip("\0") for text in texts]
    letters = {("i", 1): "b", ("i", 2): "h", ("i", 4): "i", ("i", 8): "q", ("u", 1): "B", ("u", 2): "H"}
    letters.update({("u", 4): "I", ("u", 8): "Q", ("f", 2): "e", ("f", 4): "f", ("f", 8): "d", ("b", 1): "?"})
    if (code, size) not in letters:
        raise ValueError("an array of %s" % kind)
    form = "%s%d%s" % (">" if order == ">" else "<", count, letters[(code, size)])
    return list(struct.unpack_from(form, data))


def label(value: object) -> object:
    """A value to be compared: 1, 1.0, "1" and "1.0" are the same."""
    if isinstance(value, bool):
        return float(value)
    try:
        number = float(str(value))
    except ValueError:
        return str(value)
    return number if math.isfinite(number) else str(value)


def numbers(values: list[object], word: str) -> list[float]:
    try:
        found = [float(str(value)) if not isinstance(value, bool) else float(value) for value in values]
    except ValueError:
        raise Fault(word, "a value is no number") from None
    if not all(math.isfinite(value) for value in found):
        raise Fault(word, "a value is not finite")
    return found


def accuracy(predicted: list[object], labels: list[object]) -> float:
    return sum(label(one) == label(other) for one, other in zip(predicted, labels)) / len(labels)


def mse(predicted: list[object], labels: list[object]) -> float:
    pairs = zip(numbers(predicted, "number"), numbers(labels, "labels"))
    return math.fsum((one - other) ** 2 for one, other in pairs) / len(labels)


def f1(predicted: list[object], labels: list[object]) -> float:
    """Of class 1 where all labels are 0 or 1; else the plain mean over the classes that there are."""
    found, wanted = [label(value) for value in predicted], [label(value) for value in labels]
    classes = set(wanted)
    if classes <= {0.0, 1.0}:
        return _f1(found, wanted, 1.0)
    return math.fsum(_f1(found, wanted, one) for one in classes | set(found)) / len(classes | set(found))


def _f1(found: list[object], wanted: list[object], one: object) -> float:
    hits = sum(a == one and b == one for a, b in zip(found, wanted))
    total = sum(a == one for a in found) + sum(b == one for b in wanted)
    return 2 * hits / total if total else 0.0


def auc(predicted: list[object], labels: list[object]) -> float:
    """The area under the curve of true over false positives, ties counting half."""
    scores, wanted = numbers(predicted, "number"), [label(value) for value in labels]
    if set(wanted) != {0.0, 1.0}:
        raise Fault("labels", "auc needs labels 0 and 1, both of them")
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end + 1 < len(order) and scores[order[end + 1]] == scores[order[place]]:
            end += 1
        ranks += (place + end + 2) / 2 * sum(wanted[order[index]] == 1.0 for index in range(place, end + 1))
        place = end + 1
    positive = sum(value == 1.0 for value in wanted)
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(wanted) - positive))


METRICS = {"accuracy": accuracy, "mse": mse, "f1": f1, "auc": auc}


def main(arguments: list[str]) -> int:
    try:
        metric, options = METRICS[arguments[0]], dict(zip(arguments[1::2], arguments[2::2]))
        try:
            labels = read(options["--test_label_path"])
        except (ValueError, KeyError, struct.error, SyntaxError, OSError) as error:
            raise Fault("labels", "the labels cannot be read: %s" % error) from None
        try:
            predicted = read(options["--prediction"])
        except (ValueError, KeyError, IndexError, TypeError, struct.error, SyntaxError, RecursionError) as error:
            raise Fault("format", "the predictions cannot be read: %s" % error) from None
        if not labels:
            raise Fault("labels", "there are no labels")
        if len(predicted) != len(labels):
            raise Fault("count", "%d predictions for %d labels" % (len(predicted), len(labels)))
        print(repr(metric(predicted, labels)))
        return 0
    except Fault as fault:
        print("NSML) %s" % fault, file=sys.stderr)
        return FAULTS[fault.word]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
