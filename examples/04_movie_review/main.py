"""How many of ten points does a Korean movie review give? Logistic regression over hashed pieces of words."""

import argparse
import json
import math
import os
import random
from array import array
from zlib import crc32

import nsml

BUCKETS = 1 << 18
HERE = os.path.dirname(os.path.abspath(__file__))


def read(directory, part):
    """Reviews and their ratings from 1 to 10."""
    with open(os.path.join(directory, part, part + "_data"), encoding="utf-8") as file:
        reviews = file.read().split("\n")[:-1]
    with open(os.path.join(directory, part, part + "_label"), encoding="utf-8") as file:
        ratings = [int(line) for line in file]
    if len(reviews) != len(ratings):
        raise ValueError("%s has %d reviews and %d ratings" % (part, len(reviews), len(ratings)))
    return reviews, ratings


def features(review):
    """Buckets of all pieces of one to three letters. Korean endings vary, so pieces do better than whole words."""
    text = " " + " ".join(review.lower().split()) + " "
    pieces = {text[start : start + size] for size in (1, 2, 3) for start in range(len(text) - size + 1)}
    return [crc32(piece.encode()) % BUCKETS for piece in sorted(pieces)]


class Model:
    """Predicts a share of the way from 1 to 10 points by logistic regression, learnt with a step for each weight."""

    def __init__(self):
        self.weights = array("f", [0.0]) * BUCKETS
        self.slopes = array("f", [0.0]) * BUCKETS
        self.bias = 0.0
        self.epochs = 0

    def share(self, buckets):
        score = self.bias + sum(self.weights[bucket] for bucket in buckets) / math.sqrt(len(buckets) or 1)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def learn(self, buckets, wanted, lr):
        slope = self.share(buckets) - wanted
        self.bias -= 0.01 * slope
        step = slope / math.sqrt(len(buckets) or 1)
        for bucket in buckets:
            self.slopes[bucket] += step * step
            self.weights[bucket] -= lr * step / math.sqrt(self.slopes[bucket] + 1e-6)

    def rating(self, buckets):
        return 1 + 9 * self.share(buckets)


def bind(model):
    def save(directory):
        with open(os.path.join(directory, "weights.bin"), "wb") as file:
            model.weights.tofile(file)
            model.slopes.tofile(file)
        with open(os.path.join(directory, "model.json"), "w") as file:
            json.dump({"buckets": BUCKETS, "bias": model.bias, "epochs": model.epochs}, file)

    def load(directory):
        model.weights, model.slopes = array("f"), array("f")
        with open(os.path.join(directory, "weights.bin"), "rb") as file:
            model.weights.fromfile(file, BUCKETS)
            model.slopes.fromfile(file, BUCKETS)
        with open(os.path.join(directory, "model.json")) as file:
            state = json.load(file)
        model.bias, model.epochs = state["bias"], state["epochs"]

    def infer(reviews, **kwargs):
        """For each review its rating, in the form that leaderboards take: [(0.0, rating), ...]."""
        texts = [review.decode("utf-8") if isinstance(review, bytes) else str(review) for review in reviews]
        return [(0.0, round(model.rating(features(text)), 2)) for text in texts]

    nsml.bind(save=save, load=load, infer=infer)


def measured(model, rows):
    """Mean squared error in points, and how often the model is on the right side of 5.5."""
    predicted = [(model.rating(buckets), rating) for buckets, rating in rows]
    error = sum((guess - rating) ** 2 for guess, rating in predicted) / len(predicted)
    return error, sum((guess > 5.5) == (rating > 5.5) for guess, rating in predicted) / len(predicted)


def train(model, args):
    reviews, ratings = read(nsml.DATASET_PATH or os.path.join(HERE, "sample"), "train")
    rows = [(features(review), rating) for review, rating in zip(reviews, ratings)]
    random.Random(args.seed).shuffle(rows)
    held, used = rows[: len(rows) // 10], rows[len(rows) // 10 :]
    print("%d reviews, %d of them held out" % (len(rows), len(held)))
    for epoch in range(model.epochs, args.epochs):
        random.Random(args.seed * 1000 + epoch).shuffle(used)
        for buckets, rating in used:
            model.learn(buckets, (rating - 1) / 9, args.lr)
        model.epochs = epoch + 1
        error, accuracy = measured(model, used[:2000])
        held_error, held_accuracy = measured(model, held)
        nsml.report(
            summary=True,
            scope=locals(),
            step=epoch,
            epoch_total=args.epochs,
            train__mse=error,
            train__accuracy=accuracy,
            val__mse=held_error,
            val__accuracy=held_accuracy,
        )
        nsml.save(epoch)
        print("epoch %d  train mse %.3f  val mse %.3f  val accuracy %.3f" % (epoch, error, held_error, held_accuracy))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", default="train", help="set by the platform")
    parser.add_argument("--pause", type=int, default=0, help="set by the platform")
    parser.add_argument("--iteration", default="0", help="set by the platform")
    args = parser.parse_args()

    model = Model()
    bind(model)
    if args.pause:
        nsml.paused(scope=locals())
    if args.mode == "train":
        train(model, args)


if __name__ == "__main__":
    main()
