#!/usr/bin/env bash
# Writes docs/CLI.md, the reference of all commands, from the program's own help.
#   generate-cli-docs.sh [PROGRAM]           writes it
#   generate-cli-docs.sh --check [PROGRAM]   fails when it is not as the program says
set -euo pipefail
cd "$(dirname "$0")/.."
check=false
if [ "${1:-}" = --check ]; then
    check=true
    shift
fi
program=${1:-$(swift build --show-bin-path)/nsml}
reference=docs/CLI.md

if $check; then
    if ! diff -u "$reference" <("$program" reference); then
        echo "$reference is not what the program says: run scripts/generate-cli-docs.sh" >&2
        exit 1
    fi
    exit 0
fi
"$program" reference >"$reference.new"
mv "$reference.new" "$reference"
echo "wrote $reference"
