#!/usr/bin/env bash
# Runs the benchmarks, each of which prints a table. Takes minutes; the figures mean something on a quiet machine only.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

say "the machine"
grep -m1 'model name' /proc/cpuinfo || true
printf '%s CPUs, load %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"

say "nsml.report, on the calling thread"
python3 benchmarks/report/report.py

say "building for release"
for benchmark in benchmarks/*/Main.swift; do
    swift build -c release --product "$(basename "$(dirname "$benchmark")")-benchmark"
done
swift build -c release --product nsml
programs=$(swift build -c release --show-bin-path)

for benchmark in benchmarks/*/Main.swift; do
    name=$(basename "$(dirname "$benchmark")")
    say "$name"
    "$programs/$name-benchmark"
done

say "a platform as its users meet it"
python3 benchmarks/platform.py "$programs/nsml"

say "pushing datasets"
benchmarks/push/push.sh "$programs/nsml"
