"""The smallest experiment: a number is learnt, reported, saved and asked for. Needs nothing but Python."""

import json
import os

import nsml

model = {"guess": 0.0}


def save(directory):
    with open(os.path.join(directory, "model.json"), "w") as file:
        json.dump(model, file)


def load(directory):
    with open(os.path.join(directory, "model.json")) as file:
        model.update(json.load(file))


def infer(data):
    return "Hello %s, I think it is %.4f" % (data[0].decode().strip() or "you", model["guess"])


nsml.bind(save=save, load=load, infer=infer)
nsml.paused()
for step in range(10):
    model["guess"] += (3.1416 - model["guess"]) / 2
    nsml.report(summary=True, step=step, error=3.1416 - model["guess"])
    nsml.save(step)
print("learnt %.4f" % model["guess"])
