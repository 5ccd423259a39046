#!/usr/bin/env bash
# Builds for release and runs the benchmarks, each of which prints a table. Takes minutes, the first time twenty; the figures
# mean something on a quiet machine only.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

say "the machine"
grep -m1 'model name' /proc/cpuinfo || true
printf '%s CPUs, load %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"

scripts/prepare.sh

say "building for release"
products=(nsml)
for benchmark in benchmarks/*/Main.swift; do products+=("$(basename "$(dirname "$benchmark")")-benchmark"); done
programs=$(scripts/release.sh "${products[@]}")
# As it is installed.
program=.build/bench/nsml
mkdir -p .build/bench
strip -o "$program" "$programs/nsml"

say "nsml.report, on the calling thread"
# Another tracker to compare with, where it can be had.
python=python3
tracker=trackio==0.43.0
export PATH="$HOME/.local/bin:$PATH"
if [ "$(cat .build/bench/tracker 2>/dev/null)" != "$tracker" ]; then
    rm -rf .build/bench/python
    if uv venv --quiet .build/bench/python && uv pip install --quiet --compile-bytecode --python .build/bench/python/bin/python "$tracker"; then
        echo "$tracker" >.build/bench/tracker
    else
        printf '%s cannot be had here and is left out\n' "$tracker"
    fi
fi >&2
if [ -e .build/bench/tracker ]; then python=.build/bench/python/bin/python; fi
"$python" benchmarks/report/report.py

for product in "${products[@]:1}"; do
    say "$product"
    "$programs/$product"
done

say "a platform as its users meet it"
python3 benchmarks/platform.py "$program"

say "pushing datasets"
benchmarks/push/push.sh "$program"

say "submitting a checkpoint, to its rank"
python3 benchmarks/submit/submit.py "$program"

say "pushing out a session"
python3 benchmarks/preempt.py "$program"

say "forking a session"
python3 benchmarks/fork/fork.py "$program"

say "evaluations in a training of pure Python"
python3 benchmarks/evaluations.py

say "asking a running session"
python3 benchmarks/live.py "$program"
