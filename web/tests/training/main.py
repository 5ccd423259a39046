"""A training that says all that a page must be able to show: curves, colours, progress bars, and texts that mean no good."""

import argparse
import json
import math
import pathlib
import random
import sys
import time

import nsml

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--delay", type=float, default=0.0)
parser.add_argument("--fail", action="store_true")
options, _ = parser.parse_known_args()

HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "right to left \u202egnp.exe\u202c and \u05e9\u05dc\u05d5\u05dd",
    "emoji \U0001f680 \U0001f469\u200d\U0001f52c and \ud55c\uad6d\uc5b4",
    "controls \x07 \x08 \x7f \x9b31m and \x1b]0;title\x07 end",
]


def save(directory, *_args):
    (pathlib.Path(directory) / "weights.json").write_text(json.dumps({"lr": options.lr}))


def infer(data, *_args):
    text = data.decode(errors="replace") if isinstance(data, bytes) else str(data)
    return {"length": min(1.0, len(text) / 100), "other": max(0.0, 1 - len(text) / 100)}


nsml.bind(save=save, load=lambda directory, *_args: None, infer=infer)
nsml.paused()
random.seed(options.lr)
print(f"training with lr {options.lr} for {options.epochs} epochs")
for line in HOSTILE:
    print(line)
print("\x1b[1mbold\x1b[0m \x1b[31mred\x1b[0m \x1b[32mgreen\x1b[0m \x1b[33myellow\x1b[0m \x1b[38;5;39mblue\x1b[0m \x1b[48;5;52mground\x1b[0m")
for epoch in range(options.epochs):
    for part in range(1, 6):
        sys.stdout.write(f"\repoch {epoch:3d} [{'#' * part * 4:<20}] {part * 20:3d}%")
    sys.stdout.write("\n")
    loss = 2.3 * math.exp(-epoch * options.lr) + 0.08 * random.random()
    accuracy = 1 - 0.9 * math.exp(-epoch * options.lr * 0.8) - 0.02 * random.random()
    values = {
        "train/loss": loss,
        "test/loss": loss * 1.15 + 0.05 * random.random(),
        "test/accuracy": accuracy,
        "test/accuracy@std": 0.12 * math.exp(-epoch * options.lr),
        "train/accuracy": min(1.0, accuracy + 0.03),
        "time/step_seconds": 0.1 + 0.02 * random.random(),
        "lr": options.lr * 0.97**epoch,
        "<b>bold</b>": float(epoch),
        "odd": float("nan") if epoch % 7 == 3 else epoch,
    }
    nsml.report(step=epoch, summary=True, **values)
    if epoch % 5 == 0 and epoch <= 20:
        size = 24
        spot = [[[int(255 * math.exp(-((x - 4 - epoch) ** 2 + (y - 12) ** 2) / 20)), 40, 120] for x in range(size)] for y in range(size)]
        nsml.report(
            step=epoch,
            **{
                "sample <b>": nsml.Image(spot, caption=f"epoch {epoch} <i>caption</i>"),
                "tone": nsml.Audio([math.sin(t * (0.1 + epoch / 50)) for t in range(4000)], rate=8000),
                "weights": nsml.Histogram([random.gauss(0, 1 + epoch / 10) for _ in range(2000)]),
                "errors": nsml.Table([["<b>one</b>", epoch, 0.5], ["two", None, float("nan")]], columns=["label", "count", "share"]),
            },
        )
        if epoch == 0:
            viz = nsml.Visdom(visdom=None)
            viz.bar(X=[[1, 4], [2, 5], [3, 6]], opts=dict(title="viz/bar", rownames=["a", "b", "c"], legend=["x", "y"]))
            viz.heatmap(X=[[x * y for x in range(6)] for y in range(4)], opts=dict(title="viz/heat"))
            viz.scatter(X=[[random.random(), random.random()] for _ in range(60)], Y=[1 + i % 2 for i in range(60)], opts=dict(title="viz/points"))
            viz.images([spot, spot, spot], nrow=2, opts=dict(title="viz/images"))
            viz.text("a text with <b>tags</b>", opts=dict(title="viz/text"))
            viz.line(Y=[[0.1, 0.2]], X=[0], opts=dict(title="viz/line", legend=["a", "b"]))
    if epoch % 10 == 9:
        nsml.save(epoch)
        print(f"\x1b[32msaved\x1b[0m checkpoint {epoch}: accuracy {accuracy:.4f}", flush=True)
    time.sleep(options.delay)
if options.fail:
    raise ValueError("the loss is <b>not</b> a number")
print("done")
