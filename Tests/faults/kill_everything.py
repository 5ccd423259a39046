"""Kills server, supervisors and training processes at random while sessions report, print and save, and then holds
everything that was sent against what the platform has.

Each session keeps a ledger of its own, a file beside its code: a line is written there only after `nsml.report`, `print`
or `nsml.save` has returned. Afterwards every ledgered report must be in its series exactly once with its value, every
ledgered line in the log in its place, every ledgered checkpoint stored with its content; nothing may be there that was
never sent, and nothing twice.

    python3 Tests/faults/kill_everything.py [--kills 200] [--sessions 4] [--seed N] [--binary PATH]
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = '''
import os, sys, time
import nsml

ledger = os.open("ledger.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

def save(path):
    with open(os.path.join(path, "weights.bin"), "wb") as file:
        file.write(content(step))

def load(path):
    pass

def content(step):
    return (f"weights of {step};" * 100).encode()

nsml.bind(save=save, load=load)
step = 0
while True:
    step += 1
    nsml.report(summary=True, step=step, train__loss=1.0 / step, seven=step * 7.0)
    os.write(ledger, f"r {step}\\n".encode())
    print(f"line {step}", flush=True)
    os.write(ledger, f"p {step}\\n".encode())
    if step % 25 == 0:
        nsml.save(step)
        os.write(ledger, f"s {step}\\n".encode())
    time.sleep(0.004)
'''


def weights(step):
    return (f"weights of {step};" * 100).encode()


class Platform:
    """One platform in a temporary directory, and the command line that talks to it."""

    def __init__(self, binary, directory, sandbox, gpus=0):
        self.binary = binary
        self.data = directory / "data"
        self.work = directory / "work"
        self.work.mkdir()
        (self.work / "main.py").write_text(SCRIPT)
        self.sandbox = sandbox
        self.gpus = gpus
        self.environment = dict(
            os.environ, XDG_CONFIG_HOME=str(directory / "config"), XDG_CACHE_HOME=str(directory / "cache"), NO_COLOR="1"
        )
        for name in ("NSML_URL", "NSML_TOKEN", "NSML_CONTEXT"):
            self.environment.pop(name, None)
        self.port = None

    def call(self, *arguments, check=True, text=True):
        result = subprocess.run(
            [self.binary, *arguments], cwd=self.work, env=self.environment, capture_output=True, text=text, timeout=120
        )
        if check and result.returncode != 0:
            raise AssertionError(f"nsml {' '.join(arguments)} ended with {result.returncode}: {result.stderr}")
        return result

    def up(self):
        listen = f"127.0.0.1:{self.port or free_port()}"
        self.port = int(listen.rsplit(":", 1)[1])
        arguments = ["up", "--data", str(self.data), "--listen", listen, "--sandbox", self.sandbox, "--disk-reserve", "1k", "--cpus", "16"]
        arguments += ["--gpus", str(self.gpus)] if self.gpus else []
        for _ in range(20):
            result = self.call(*arguments, check=False)
            if result.returncode == 0:
                return
        raise AssertionError(f"the server does not come back: {result.stderr}")

    def json(self, *arguments):
        return json.loads(self.call(*arguments, "--json").stdout)

    def server_pid(self):
        try:
            return json.loads((self.data / "server.pid").read_text())["pid"]
        except (OSError, ValueError):
            return None


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes(data):
    """The pids of supervisors and of training processes that belong to this platform."""
    supervisors, trainings = [], []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        joined = b" ".join(words)
        if b"supervise" in words and str(data).encode() in joined:
            supervisors.append(int(entry.name))
        elif b"python" in words[0] and b"main.py" in joined and b"NSML_SESSION_DIRECTORY=" in environment:
            if descends(int(entry.name), str(data).encode()):
                trainings.append(int(entry.name))
    return supervisors, trainings


def descends(pid, words):
    """Whether an ancestor of the process has these words in its command line: a shim of this platform, and nobody else's."""
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if words in Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
        except (OSError, ValueError, IndexError):
            return False
    return False


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def start(platform):
    output = platform.call("run", "main.py", "-g", "0", "-c", "1", "--memory", "200M", "--shm-size", "16M").stdout
    return re.search(r"Session (\S+) is", output).group(1)


def is_over(platform, name):
    return platform.json("inspect", name)["state"] in ("finished", "failed", "stopped")


def storm(platform, kills, sessions, rng):
    """Kills until it has killed `kills` times; keeps `sessions` sessions alive meanwhile. Returns all of them."""
    names = [start(platform) for _ in range(sessions)]
    live = list(names)
    counts = {"server": 0, "supervisor": 0, "process": 0}
    while sum(counts.values()) < kills:
        time.sleep(rng.uniform(0.02, 0.4))
        supervisors, trainings = processes(platform.data)
        kind = rng.choices(["server", "supervisor", "process"], weights=[4, 4, 1])[0]
        # Sometimes several at once, in any combination.
        for chosen in {kind, rng.choice(["server", "supervisor", "none", "none"])}:
            if chosen == "server":
                pid = platform.server_pid()
                if pid and kill(pid):
                    counts["server"] += 1
            elif chosen == "supervisor" and supervisors and kill(rng.choice(supervisors)):
                counts["supervisor"] += 1
            elif chosen == "process" and trainings and kill(rng.choice(trainings)):
                counts["process"] += 1
        platform.up()
        live = [name for name in live if not is_over(platform, name)]
        while len(live) < sessions:
            name = start(platform)
            names.append(name)
            live.append(name)
    print(f"killed: {counts}; sessions: {len(names)}")
    return names


def check(platform, name, directory):
    """Holds one session's ledger against what the platform has. Returns the number of ledgered items."""
    home = directory / name.replace("/", "_")
    result = platform.call("download", name, str(home), "-s", "/app/ledger.txt", check=False)
    # A process that was killed at once has acknowledged nothing, and then has no ledger.
    assert result.returncode in (0, 4), f"{name}: {result.stderr}"
    sent = {"r": [], "p": [], "s": []}
    for line in next(home.rglob("ledger.txt")).read_text().splitlines() if result.returncode == 0 else []:
        kind, _, step = line.partition(" ")
        if step.isdigit():
            sent[kind].append(int(step))
    check_series(platform, name, sent["r"])
    check_log(platform, name, sent["p"])
    check_checkpoints(platform, name, sent["s"], home)
    return sum(map(len, sent.values()))


def check_series(platform, name, steps):
    for metric, value in (("train/loss", lambda step: 1.0 / step), ("seven", lambda step: step * 7.0)):
        series = series_of(platform, name, metric) if steps else {"steps": [], "values": []}
        stored = series["steps"]
        assert len(set(stored)) == len(stored), f"{name}: points of {metric} are there twice"
        missing = set(steps) - set(stored)
        assert not missing, f"{name}: lost {len(missing)} points of {metric}: {sorted(missing)[:5]}"
        extra = [step for step in stored if step > len(steps) + 1]
        assert not extra, f"{name}: points that nobody sent: {extra[:5]}"
        wrong = [step for step, have in zip(stored, series["values"]) if have != value(step)]
        assert not wrong, f"{name}: wrong values of {metric} at {wrong[:5]}"


def series_of(platform, name, metric):
    import urllib.parse
    import urllib.request

    config = json.loads(next(Path(platform.environment["XDG_CONFIG_HOME"]).rglob("config.json")).read_text())
    token = find_token(config)
    query = urllib.parse.urlencode({"name": metric, "points": 100000})
    request = urllib.request.Request(
        f"http://127.0.0.1:{platform.port}/v1/sessions/{name}/series?{query}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def find_token(value):
    if isinstance(value, str):
        return value if value.startswith("nsml_") else None
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return next(filter(None, map(find_token, children)), None)


def check_log(platform, name, steps):
    lines = [line for line in platform.call("logs", name, "--raw").stdout.splitlines() if line.startswith("line ")]
    expected = [f"line {step}" for step in range(1, len(lines) + 1)]
    assert lines == expected, f"{name}: the log has lines lost, doubled or out of order"
    assert len(lines) >= len(steps), f"{name}: lost {len(steps) - len(lines)} lines of the log"


def check_checkpoints(platform, name, steps, home):
    stored = {item["name"] for item in json.loads(platform.call("model", "ls", name, "--json").stdout)}
    missing = {str(step) for step in steps} - stored
    assert not missing, f"{name}: lost checkpoints {sorted(missing)}"
    for step in steps[-2:]:
        platform.call("model", "pull", name, str(step), str(home))
        file = next(path for path in home.rglob("weights.bin") if f"/{step}/" in str(path))
        have = hashlib.sha256(file.read_bytes()).hexdigest()
        assert have == hashlib.sha256(weights(step)).hexdigest(), f"{name}: checkpoint {step} has other content"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--binary", default=str(Path(__file__).parents[2] / ".build/debug/nsml"))
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--keep", action="store_true", help="keep the directory, to look at what went wrong")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    directory = Path(tempfile.mkdtemp(prefix="nsml-faults-"))
    directory.chmod(0o711)
    platform = Platform(os.path.abspath(options.binary), directory, options.sandbox)
    try:
        platform.up()
        names = storm(platform, options.kills, options.sessions, random.Random(options.seed))
        for name in names:
            if not is_over(platform, name):
                platform.call("stop", name, "--grace", "5")
        for name in names:
            platform.call("wait", name, check=False)
        items = sum(check(platform, name, directory) for name in names)
        integrity = subprocess.run(
            [sys.executable, "-c", INTEGRITY, str(platform.data)], capture_output=True, text=True, check=True
        ).stdout.strip()
        assert integrity == "ok", integrity
        print(f"ok: {items} acknowledged reports, lines and checkpoints of {len(names)} sessions, each there once")
    finally:
        platform.call("down", "--data", str(platform.data), check=False)
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


INTEGRITY = """
import sqlite3, sys
for name in ("nsml.sqlite", "series.sqlite"):
    database = sqlite3.connect(f"file:{sys.argv[1]}/{name}?mode=ro", uri=True)
    result = database.execute("PRAGMA integrity_check").fetchone()[0]
    broken = database.execute("PRAGMA foreign_key_check").fetchall()
    if result != "ok" or broken:
        print(name, result, broken)
        break
else:
    print("ok")
"""

if __name__ == "__main__":
    main()
