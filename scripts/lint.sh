#!/usr/bin/env bash
# What a machine can say about how the code is written. Exit status 1 on any finding; all findings are shown.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
failed=0
check() {
    printf '== %s\n' "$1"
    shift
    "$@" || failed=1
}

python_files=(python scripts)
for directory in examples benchmarks; do
    if [ -d "$directory" ]; then python_files+=("$directory"); fi
done

check "the form of Swift" swift format lint --strict --recursive --parallel Sources Tests Package.swift
check "who imports whom, and what must not be written" python3 scripts/check_house.py
check "Python" scripts/tools.sh ruff check --quiet --config python/pyproject.toml "${python_files[@]}"
check "the form of Python" scripts/tools.sh ruff format --quiet --check --config python/pyproject.toml "${python_files[@]}"
check "Python's types" scripts/tools.sh mypy --config-file python/pyproject.toml python/nsml
# The types that the page's comments say; a checker is in Debian's node-typescript.
if command -v tsc >/dev/null; then check "the page's types" tsc -p web/tsconfig.json; fi
for script in scripts/*.sh .ci/run; do
    bash -n "$script" || failed=1
done
if [ "$failed" = 0 ]; then echo "lint: nothing found"; fi
exit "$failed"
