#!/usr/bin/env bash
# Runs the benchmarks, each of which prints a table. Takes minutes; the figures mean something on a quiet machine only.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

say "the machine"
grep -m1 'model name' /proc/cpuinfo || true
printf '%s CPUs, load %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"

say "nsml.report, on the calling thread"
python3 benchmarks/report.py

for benchmark in benchmarks/*/Main.swift; do
    name=$(basename "$(dirname "$benchmark")")
    say "$name (release build)"
    swift run -c release "$name-benchmark"
done

say "pushing datasets (release build)"
swift build -c release --product nsml
benchmarks/push/push.sh "$(swift build -c release --show-bin-path)/nsml"
