"""Kills server and supervisors at random while sessions are paused, resumed, pushed out by others and go on.

A training counts up and keeps what it has counted in its checkpoints. It is paused and resumed, and sessions of higher
priority take its place, while the server and the supervisors are killed. In the end it must have come to its last step
with the right sum, which it has only if each step was done once upon the state of the one before; every step must be in
its series once; the sessions that pushed it out must have finished; and no two may have held the one GPU at a time.

    python3 Tests/faults/kill_while_yielding.py [--kills 60] [--seed N] [--binary PATH]
"""

import argparse
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import kill_everything as faults

STEPS = 4_000

TRAINING = '''
import json, os, sys, time
import nsml

state = {"step": 0, "sum": 0}

def save(path):
    with open(os.path.join(path, "state.json"), "w") as file:
        json.dump(state, file)

def load(path):
    with open(os.path.join(path, "state.json")) as file:
        state.update(json.load(file))

nsml.bind(save=save, load=load)
while state["step"] < STEPS:
    step = state["step"] + 1
    state.update(step=step, sum=state["sum"] + step * step)
    nsml.report(step=step, sum=state["sum"])
    if step % 50 == 0:
        nsml.save(step)
    time.sleep(0.005)
print("sum", state["sum"], flush=True)
'''.replace("STEPS", str(STEPS))

SHORT = '''
import time
time.sleep(0.3)
print("done")
'''


def run(platform, entry, *options):
    call = platform.call("run", "-q", "-g", "1", "-c", "1", "--memory", "200M", "--shm-size", "16M", *options, entry, check=False)
    return call.stdout.strip() if call.returncode == 0 else None


def storm(platform, training, kills, rng):
    """Pauses, resumes and pushes out, and kills. Returns the sessions that pushed out."""
    short, done = [], 0
    counts = {"server": 0, "supervisor": 0, "pause": 0, "resume": 0, "push": 0}
    while done < kills and not faults.is_over(platform, training):
        action = rng.choice(["pause", "resume", "resume", "push", "none"])
        # Refused when it is in no state for it, which is as it should be.
        if action in ("pause", "resume"):
            counts[action] += platform.call(action, training, check=False).returncode == 0
        elif action == "push" and sum(not faults.is_over(platform, name) for name in short) < 2:
            name = run(platform, "short.py", "--priority", "10")
            short += [name] if name else []
            counts["push"] += bool(name)
        time.sleep(rng.uniform(0, 0.5))
        supervisors, _ = faults.processes(platform.data)
        for kind in {"server": ["server"], "supervisor": ["supervisor"], "both": ["server", "supervisor"]}[
            rng.choice(["server", "supervisor", "both"])
        ]:
            pid = platform.server_pid() if kind == "server" else rng.choice(supervisors or [None])
            if pid and faults.kill(pid):
                counts[kind] += 1
                done += 1
        platform.up()
        holders = [item["name"] for item in platform.json("ps", "-a") if item["state"] in ("preparing", "running")]
        assert len(holders) <= 1, f"{holders} hold the one GPU"
    print(counts)
    return short


def settle(platform, training):
    """Lets the training come to its end."""
    end = time.monotonic() + 240
    while not faults.is_over(platform, training):
        assert time.monotonic() < end, f"it does not end: {platform.json('inspect', training)}"
        if platform.json("inspect", training)["state"] == "paused":
            platform.call("resume", training, check=False)
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--binary", default=str(Path(__file__).parents[2] / ".build/debug/nsml"))
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--keep", action="store_true", help="keep the directory, to look at what went wrong")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    directory = Path(tempfile.mkdtemp(prefix="nsml-faults-"))
    directory.chmod(0o711)
    platform = faults.Platform(os.path.abspath(options.binary), directory, options.sandbox, gpus=1)
    (platform.work / "main.py").write_text(TRAINING)
    (platform.work / "short.py").write_text(SHORT)
    try:
        platform.up()
        training = run(platform, "main.py")
        short = storm(platform, training, options.kills, random.Random(options.seed))
        settle(platform, training)
        for name in [training, *short]:
            platform.call("wait", name, check=False)
            state = platform.json("inspect", name)
            assert state["state"] == "finished", f"{name}: {state}"
        total = sum(step * step for step in range(1, STEPS + 1))
        log = platform.call("logs", training, "--raw").stdout
        assert f"sum {total}\n" in log, f"the sum is wrong: {log[-300:]}"
        series = faults.series_of(platform, training, "sum")
        assert series["steps"] == list(range(1, STEPS + 1)), "steps are lost, doubled or out of order"
        assert series["values"][-1] == total
        print(f"ok: {STEPS} steps, each done once; {len(short)} sessions pushed it out and finished")
    finally:
        platform.call("down", "--data", str(platform.data), check=False)
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
