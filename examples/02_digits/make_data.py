"""Write scikit-learn's digits as a dataset that can be pushed: make_data.py [DIRECTORY] (default: digits).

About every fifth digit is kept for the hidden test part, always the same ones. A line of *_data is 64 comma-separated
pixels 0...16, the same line of *_label its digit.
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


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "digits"
    digits = load_digits()
    for part, wanted in (("train", False), ("test", True)):
        os.makedirs(os.path.join(top, part), exist_ok=True)
        rows = [row for row in range(len(digits.target)) if (crc32(b"%d" % row) % 5 == 0) is wanted]
        with open(os.path.join(top, part, part + "_data"), "w") as file:
            file.writelines(",".join("%d" % pixel for pixel in digits.data[row]) + "\n" for row in rows)
        with open(os.path.join(top, part, part + "_label"), "w") as file:
            file.writelines("%d\n" % digits.target[row] for row in rows)
        print("%s: %d digits" % (os.path.join(top, part), len(rows)))
    with open(os.path.join(top, "data_loader.py"), "w") as file:
        file.write(DATA_LOADER)


if __name__ == "__main__":
    main()
