"""Small datasets in all the layouts that NSML's users had; standard library only, the same bytes each time.

    python3 make_datasets.py DIRECTORY
"""

import json
import os
import random
import struct
import sys
import zlib

top = sys.argv[1]
chance = random.Random(7)


def write(path, content):
    path = os.path.join(top, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8"))


def npy(rows, columns):
    """The bytes that numpy.save writes for a matrix of doubles (a vector when ``columns`` is 0)."""
    flat = [value for row in rows for value in (row if columns else [row])]
    shape = "(%d, %d)" % (len(rows), columns) if columns else "(%d,)" % len(rows)
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<%dd" % len(flat), *flat)


def png(shade):
    """A picture of one grey pixel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b"")


def parts(sizes=(("train", 40), ("test", 20), ("test_submit", 4))):
    yield from sizes


# Lines of text and a rating on the same line of another file; no suffixes. (2018)
for part, count in parts():
    name = "train" if part == "train" else "test"
    ratings = [chance.randint(1, 10) for _ in range(count)]
    texts = ["영화 " + "좋다 " * rating + "나쁘다 " * (10 - rating) for rating in ratings]
    write("movie_review/%s/%s_data" % (part, name), "\n".join(texts) + "\n")
    write("movie_review/%s/%s_label" % (part, name), "\n".join(map(str, ratings)) + "\n")
write(
    "movie_review/data_loader.py",
    '''import os
from nsml import DATASET_PATH


def test_data_loader(root_path):
    with open(os.path.join(root_path, "test", "test_data"), "rt", encoding="utf-8") as f:
        return f.readlines()
''',
)

# Two sentences in a line, with a tab between them; accuracy. (2018)
for part, count in parts():
    name = "train" if part == "train" else "test"
    same = [chance.randint(0, 1) for _ in range(count)]
    lines = ["w%d a b\tw%d a b" % (i, i if bit else i + 1) for i, bit in enumerate(same)]
    write("question_pair/%s/%s_data" % (part, name), "\n".join(lines))
    write("question_pair/%s/%s_label" % (part, name), "\n".join(map(str, same)))
write(
    "question_pair/data_loader.py",
    '''import os


def test_data_loader(root_path):
    path = os.path.join(root_path, "test", "test_data")
    return [line.rstrip("\\n").split("\\t") for line in open(path, encoding="utf-8")]
''',
)

# feed_infer writes the predictions itself, and a program of the owner's scores them. (2019)
FEED = '''import os
from nsml.constants import DATASET_PATH


def feed_infer(output_file, infer_func):
    prob = infer_func(os.path.join(DATASET_PATH, "test"))
    print("write output")
    with open(output_file, "w") as file_writer:
        file_writer.write("\\n".join(str(p) for p in prob))
    if os.stat(output_file).st_size == 0:
        raise AssertionError("output result of inference is nothing")
'''
EVALUATION = '''import argparse


def read_prediction(path):
    with open(path) as f:
        return [float(line) for line in f.read().split("\\n")]


def evaluation_metrics(prediction_file, test_label_file):
    prediction, label = read_prediction(prediction_file), read_prediction(test_label_file)
    positive = [p for p, l in zip(prediction, label) if l == 1]
    negative = [p for p, l in zip(prediction, label) if l == 0]
    wins = sum((a > b) + 0.5 * (a == b) for a in positive for b in negative)
    return wins / (len(positive) * len(negative))


if __name__ == "__main__":
    args = argparse.ArgumentParser()
    args.add_argument("--prediction", type=str, default="pred.txt")
    config = args.parse_args()
    test_label_path = "/data/4_cls_crane/test/test_label"
    try:
        print(evaluation_metrics(config.prediction, test_label_path))
    except Exception:
        print("0")
'''
for part, count in parts():
    name = "train" if part == "train" else "test"
    labels = [i % 2 for i in range(count)]
    rows = ["%.4f,%.4f" % (label + chance.random(), chance.random()) for label in labels]
    write("4_cls_crane/%s/%s_data" % (part, name), "\n".join(rows))
    write("4_cls_crane/%s/%s_label" % (part, name), "\n".join(map(str, labels)))
write("4_cls_crane/data_loader.py", FEED)
write("4_cls_crane/evaluation.py", EVALUATION)

# numpy arrays without a suffix; an error, so the smallest score leads; the label's path may be given. (2019)
for part, count in parts():
    name = "train" if part == "train" else "test"
    rows = [[chance.random() for _ in range(3)] for _ in range(count)]
    write("dust/%s/%s_data" % (part, name), npy(rows, 3))
    write("dust/%s/%s_label" % (part, name), npy([2 * a + b for a, b, _ in rows], 0))
write(
    "dust/data_loader.py",
    '''import os
import numpy as np
from nsml import DATASET_PATH


def feed_infer(output_file, infer_func):
    pred = infer_func(os.path.join(DATASET_PATH, "test", "test_data"))
    np.savetxt(output_file, pred)
''',
)
write(
    "dust_evaluation.py",
    '''import argparse
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--prediction", type=str, default="pred.txt")
parser.add_argument("--test_label_path", type=str, default="/data/dust/test/test_label")
config = parser.parse_args()
prediction, label = np.loadtxt(config.prediction), np.load(config.test_label_path)
weight = np.where(label > 1.5, 0.7, 0.3)
print((weight * (prediction - label) ** 2).mean())
''',
)

# Pixels as numpy arrays; the loader gives one list. (2019)
for part, count in parts():
    name = "train" if part == "train" else "test"
    labels = [i % 3 for i in range(count)]
    write("mnist2/%s/%s_data" % (part, name), npy([[float(k == label) for k in range(4)] for label in labels], 4))
    write("mnist2/%s/%s_label" % (part, name), "\n".join(map(str, labels)))
write(
    "mnist2/data_loader.py",
    '''import os
import numpy as np


def test_data_loader(root_path):
    return np.load(os.path.join(root_path, "test", "test_data"))
''',
)

# One JSON object a line. (2020)
for part, count in parts():
    name = "train" if part == "train" else "test"
    labels = [chance.randint(0, 1) for _ in range(count)]
    lines = [json.dumps({"syllable_contents": [label * 3 + 1, chance.randint(10, 20)]}) for label in labels]
    write("hate_2/%s/%s_data" % (part, name), "\n".join(lines))
    write("hate_2/%s/%s_label" % (part, name), "\n".join(map(str, labels)))
write(
    "hate_2/data_loader.py",
    '''import json
import os


def test_data_loader(root_path):
    with open(os.path.join(root_path, "test", "test_data")) as fp:
        return [json.loads(line) for line in fp]
''',
)

# A folder of pictures as data, and a table of names and classes as label. (2020)
for part, count in parts():
    name = "train" if part == "train" else "test"
    table = ["filename,annotation"]
    for i in range(count):
        write("spam-1/%s/%s_data/%03d.png" % (part, name, i), png(200 if i % 2 else 20))
        table.append("%03d.png,%d" % (i, i % 2))
    write("spam-1/%s/%s_label" % (part, name), "\n".join(table))
write(
    "spam-1/data_loader.py",
    '''from pathlib import Path
from nsml import DATASET_PATH


def feed_infer(output_file, infer_func):
    result = infer_func(str(Path(DATASET_PATH) / "test" / "test_data"))
    with open(output_file, "w") as f:
        f.write("filename,y_pred\\n")
        for filename, y_pred in result:
            f.write("%s,%s\\n" % (filename, y_pred))
''',
)
write(
    "spam-1/evaluation.py",
    '''import argparse
import math


def table(path):
    lines = open(path).read().splitlines()[1:]
    return dict(line.split(",") for line in lines)


def f1(label, prediction, kind):
    hits = sum(label[n] == kind == prediction.get(n) for n in label)
    return 2 * hits / (sum(v == kind for v in label.values()) + sum(v == kind for v in prediction.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--prediction", type=str, required=True)
    parser.add_argument("--test_label_path", type=str, required=True)
    args = parser.parse_args()
    label, prediction = table(args.test_label_path), table(args.prediction)
    print(math.sqrt(f1(label, prediction, "0") * f1(label, prediction, "1")))
''',
)

# No competition: files that come to lie below train/. (all years)
write("vox/speakers.csv", "a,1\nb,2\n")
write("musan_split/noise/n1.txt", "noise")

# Words and their tags, sentence by sentence; the owner's program never fails. (2018)
for part, count in parts():
    name = "train" if part == "train" else "test"
    sentences = [[("kim", "PER_B"), ("lives", "-"), ("in", "-"), ("seoul", "LOC_B")] for _ in range(count)]
    write("ner/%s/%s_data" % (part, name), "\n\n".join("\n".join(word for word, _ in s) for s in sentences))
    write("ner/%s/%s_label" % (part, name), "\n\n".join("\n".join(tag for _, tag in s) for s in sentences))
write(
    "ner/data_loader.py",
    '''import os
from nsml import DATASET_PATH


def feed_infer(output_file, infer_func):
    text = open(os.path.join(DATASET_PATH, "test/test_data")).read()
    sentences = [block.split("\\n") for block in text.split("\\n\\n")]
    with open(output_file, "w") as f:
        f.write("\\n\\n".join("\\n".join(tags) for _, tags in infer_func(sentences)))
''',
)
write(
    "ner/evaluation.py",
    '''import argparse
import os

args = argparse.ArgumentParser()
args.add_argument("--prediction", type=str, default="pred.txt")
config = args.parse_args()
try:
    label = open(os.path.join("/data/ner/test/test_label")).read().split()
    prediction = open(config.prediction).read().split()
    print(sum(a == b for a, b in zip(label, prediction)) / len(label))
except Exception:
    print(0.0)
''',
)

# A table with the class in its last column. (all years)
rows = ["%d,%d,%d" % (i, i * i % 7, i % 2) for i in range(30)]
write("diabetes/train/train_data", "\n".join(rows))
write("diabetes/train/train_label", "\n".join(row[-1] for row in rows))
write("diabetes/test/test_data", "\n".join(row.rsplit(",", 1)[0] for row in rows[:10]))
write("diabetes/test/test_label", "\n".join(row[-1] for row in rows[:10]))
write(
    "diabetes/data_loader.py",
    '''def test_data_loader(root_path):
    with open(root_path + "/test/test_data") as f:
        return [[float(x) for x in line.split(",")] for line in f]
''',
)
