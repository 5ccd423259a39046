"""Write scikit-learn's digits as a dataset that can be pushed: make_data.py [DIRECTORY] (default: digits).

About every fifth digit is kept for the hidden test part, always the same ones, and a few of the others make the sample
for 'nsml submit -t'. A line of *_data is 64 comma-separated pixels 0...16, the same line of *_label its digit.
"""

import os
import sys
from zlib import crc32

from sklearn.datasets import load_digits

DATA_LOADER = '''"""What the platform hands to infer when a checkpoint is submitted: the lines of the test part."""

import os


def test_data_loader(root_path):
    with open(os.path.join(root_path, "test", "test_data")) as file:
        return file.read().splitlines()
'''

EVALUATION = '''"""Prints the score: the share of digits that were told right."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--prediction", required=True)
parser.add_argument("--test_label_path", required=True)
paths = parser.parse_args()

with open(paths.prediction) as predictions, open(paths.test_label_path) as labels:
    pairs = list(zip(predictions.read().split(), labels.read().split(), strict=True))
print(sum(int(predicted) == int(label) for predicted, label in pairs) / len(pairs))
'''


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "digits"
    digits = load_digits()
    held = [row for row in range(len(digits.target)) if crc32(b"%d" % row) % 5 == 0]
    rest = [row for row in range(len(digits.target)) if crc32(b"%d" % row) % 5 != 0]
    for part, kind, rows in (("train", "train", rest), ("test", "test", held), ("test_submit", "test", rest[:20])):
        os.makedirs(os.path.join(top, part), exist_ok=True)
        with open(os.path.join(top, part, kind + "_data"), "w") as file:
            file.writelines(",".join("%d" % pixel for pixel in digits.data[row]) + "\n" for row in rows)
        with open(os.path.join(top, part, kind + "_label"), "w") as file:
            file.writelines("%d\n" % digits.target[row] for row in rows)
        print("%s: %d digits" % (os.path.join(top, part), len(rows)))
    for name, text in (("data_loader.py", DATA_LOADER), ("evaluation.py", EVALUATION)):
        with open(os.path.join(top, name), "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
