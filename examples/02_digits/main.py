"""Handwritten digits, 8x8 pixels, by a small network in numpy."""

import argparse
import io
import json
import os

import nsml
import numpy as np

CLASSES = 10


def read(directory, part):
    """Pixels in 0...1 and labels of a part of the dataset; scikit-learn's own copy when the session has no dataset."""
    if directory:
        pixels = np.loadtxt(os.path.join(directory, part, part + "_data"), delimiter=",")
        return pixels / 16, np.loadtxt(os.path.join(directory, part, part + "_label"), dtype=int)
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.data / 16, digits.target


class Network:
    """One hidden layer; its whole state is a dict of arrays."""

    def __init__(self, hidden, seed):
        random = np.random.default_rng(seed)
        self.state = {
            "w1": random.normal(0, (2 / 64) ** 0.5, (64, hidden)),
            "b1": np.zeros(hidden),
            "w2": random.normal(0, (2 / hidden) ** 0.5, (hidden, CLASSES)),
            "b2": np.zeros(CLASSES),
            "epochs_done": np.zeros(()),
        }

    def probabilities(self, pixels):
        self.hidden = np.maximum(pixels @ self.state["w1"] + self.state["b1"], 0)
        scores = self.hidden @ self.state["w2"] + self.state["b2"]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def learn(self, pixels, labels, lr):
        slope = (self.probabilities(pixels) - np.eye(CLASSES)[labels]) / len(labels)
        hidden_slope = slope @ self.state["w2"].T * (self.hidden > 0)
        for name, change in (
            ("w2", self.hidden.T @ slope),
            ("b2", slope.sum(axis=0)),
            ("w1", pixels.T @ hidden_slope),
            ("b1", hidden_slope.sum(axis=0)),
        ):
            self.state[name] -= lr * change

    def loss_and_accuracy(self, pixels, labels):
        probabilities = self.probabilities(pixels)
        loss = -np.log(probabilities[np.arange(len(labels)), labels] + 1e-12).mean()
        return loss, (probabilities.argmax(axis=1) == labels).mean()


def pixels_of(question):
    """64 pixels in 0...1 from a PNG (dark paper, bright ink), or from 64 numbers 0...16 as JSON or text."""
    if isinstance(question, bytes) and question.startswith(b"\x89PNG"):
        from PIL import Image

        picture = Image.open(io.BytesIO(question)).convert("L").resize((8, 8), Image.BILINEAR)
        return np.asarray(picture, dtype=float).reshape(64) / 255
    text = question.decode() if isinstance(question, bytes) else str(question)
    numbers = json.loads(text) if text.lstrip().startswith("[") else text.replace(",", " ").split()
    pixels = np.array(numbers, dtype=float).reshape(-1)
    if pixels.size != 64:
        raise ValueError("a digit has 64 pixels, got %d" % pixels.size)
    return pixels / 16


def bind(network):
    def save(directory):
        np.savez(os.path.join(directory, "network.npz"), **network.state)

    def load(directory):
        with np.load(os.path.join(directory, "network.npz")) as arrays:
            network.state = {name: arrays[name] for name in arrays.files}

    def infer(questions, **kwargs):
        """For each question the best digit with its probability: [(probability, digit), ...]."""
        probabilities = network.probabilities(np.stack([pixels_of(question) for question in questions]))
        return [(round(float(row.max()), 4), int(row.argmax())) for row in probabilities]

    nsml.bind(save=save, load=load, infer=infer)


def train(network, args):
    pixels, labels = read(nsml.DATASET_PATH, "train")
    order = np.random.default_rng(args.seed).permutation(len(labels))
    held, used = order[: len(order) // 5], order[len(order) // 5 :]
    for epoch in range(int(network.state["epochs_done"]), args.epochs):
        # Seeded by epoch, so that a fork of checkpoint 5 goes on exactly as the first session did.
        shuffled = np.random.default_rng([args.seed, epoch]).permutation(used)
        for start in range(0, len(shuffled), args.batch_size):
            batch = shuffled[start : start + args.batch_size]
            network.learn(pixels[batch], labels[batch], args.lr)
        network.state["epochs_done"] = np.array(epoch + 1.0)
        train_loss, train_accuracy = network.loss_and_accuracy(pixels[used], labels[used])
        val_loss, val_accuracy = network.loss_and_accuracy(pixels[held], labels[held])
        nsml.report(
            summary=True,
            scope=locals(),
            step=epoch,
            epoch_total=args.epochs,
            train__loss=float(train_loss),
            train__accuracy=float(train_accuracy),
            val__loss=float(val_loss),
            val__accuracy=float(val_accuracy),
        )
        nsml.save(epoch)
        print("epoch %2d  loss %.4f  val accuracy %.4f" % (epoch, train_loss, val_accuracy))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", default="train", help="set by the platform")
    parser.add_argument("--pause", type=int, default=0, help="set by the platform")
    parser.add_argument("--iteration", default="0", help="set by the platform")
    args = parser.parse_args()

    network = Network(args.hidden, args.seed)
    bind(network)
    if args.pause:
        nsml.paused(scope=locals())
    if args.mode == "train":
        train(network, args)


if __name__ == "__main__":
    main()
