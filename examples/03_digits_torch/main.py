"""Handwritten digits, 8x8 pixels, by a small network in PyTorch. The dataset is that of 02_digits."""

import argparse
import json
import os
import sys

import nsml

try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: PyTorch is not in this environment; add torch to requirements.txt")
    sys.exit(0)


def read(directory, part):
    """Pictures in 0...1, one channel of 8x8, and their labels."""
    with open(os.path.join(directory, part, part + "_data")) as file:
        rows = [[float(pixel) for pixel in line.split(",")] for line in file]
    with open(os.path.join(directory, part, part + "_label")) as file:
        labels = [int(line) for line in file]
    return torch.tensor(rows).reshape(-1, 1, 8, 8) / 16, torch.tensor(labels)


def make_network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 10),
    )


def bind(network, optimizer, done, device):
    def save(directory):
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "epochs": done["epochs"]}
        torch.save(state, os.path.join(directory, "model.pt"))

    def load(directory):
        state = torch.load(os.path.join(directory, "model.pt"), map_location=device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done["epochs"] = state["epochs"]

    @torch.no_grad()
    def infer(questions, **kwargs):
        """For each question, 64 numbers 0...16 as JSON or text, the best digit: [(probability, digit), ...]."""
        texts = [question.decode() if isinstance(question, bytes) else str(question) for question in questions]
        rows = [json.loads("[%s]" % text.strip().strip("[]")) for text in texts]
        pictures = torch.tensor(rows, dtype=torch.float32, device=device).reshape(-1, 1, 8, 8) / 16
        best = network(pictures).softmax(dim=1).max(dim=1)
        return list(zip(best.values.tolist(), best.indices.tolist()))

    nsml.bind(save=save, load=load, infer=infer)


@torch.no_grad()
def loss_and_accuracy(network, pictures, labels):
    scores = network(pictures)
    return nn.functional.cross_entropy(scores, labels), (scores.argmax(dim=1) == labels).float().mean()


def train(network, optimizer, done, args, device):
    pictures, labels = (tensor.to(device) for tensor in read(nsml.DATASET_PATH, "train"))
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(args.seed))
    held, used = order[: len(order) // 5], order[len(order) // 5 :]
    for epoch in range(done["epochs"], args.epochs):
        shuffled = used[torch.randperm(len(used), generator=torch.Generator().manual_seed(args.seed * 1000 + epoch))]
        for batch in shuffled.split(args.batch_size):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(pictures[batch]), labels[batch]).backward()
            optimizer.step()
        done["epochs"] = epoch + 1
        train_loss, train_accuracy = loss_and_accuracy(network, pictures[used], labels[used])
        val_loss, val_accuracy = loss_and_accuracy(network, pictures[held], labels[held])
        nsml.report(
            summary=True,
            scope=locals(),
            step=epoch,
            epoch_total=args.epochs,
            train__loss=train_loss,
            train__accuracy=train_accuracy,
            val__loss=val_loss,
            val__accuracy=val_accuracy,
        )
        nsml.save(epoch)
        print("epoch %2d  loss %.4f  val accuracy %.4f" % (epoch, train_loss, val_accuracy))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", default="train", help="set by the platform")
    parser.add_argument("--pause", type=int, default=0, help="set by the platform")
    parser.add_argument("--iteration", default="0", help="set by the platform")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if nsml.GPU_NUM and torch.cuda.is_available() else "cpu"
    network = make_network().to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=args.lr)
    done = {"epochs": 0}
    bind(network, optimizer, done, device)
    if args.pause:
        nsml.paused(scope=locals())
    if args.mode == "train":
        if not nsml.HAS_DATASET:
            sys.exit("there is no dataset: push that of 02_digits and run with -d digits")
        train(network, optimizer, done, args, device)


if __name__ == "__main__":
    main()
