#!/usr/bin/env bash
# What pushing a dataset costs, beside 'cp -a' and 'sha256sum' of the same files.
#
#     benchmarks/push/push.sh PROGRAM
#
# PROGRAM is the built nsml, of a release build if the figures are to mean anything. A platform of its own is started in a
# temporary directory and is gone afterwards. Smaller runs: MIB=64 FILES=2000 benchmarks/push/push.sh PROGRAM
#
# Targets, as multiples of the time of 'cp -a' and 'sha256sum' together: one large file 2, many small files 3, again unchanged 0.3.
set -euo pipefail

program=$(realpath "${1:?usage: push.sh PROGRAM}")
mib=${MIB:-1024}
files=${FILES:-50000}
file_bytes=10240
files_per_directory=500

work=$(mktemp -d)
export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache NO_COLOR=1
unset NSML_URL NSML_TOKEN NSML_TOKEN_FILE NSML_CONTEXT

finish() {
    "$program" down --data "$work/data" >/dev/null 2>&1 || true
    chmod -R u+w "$work"
    rm -rf "$work"
}
trap finish EXIT

# seconds NAME COMMAND...: runs it quietly and sets NAME to how long it took; what it said is shown if it fails.
seconds() {
    local -n result=$1
    local start=$EPOCHREALTIME
    shift
    "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    result=$(awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.2f", end - start }')
}

hash_all() { find "$1" -type f -print0 | xargs -0 sha256sum; }

# row WHAT SECONDS BASELINE TARGET
row() {
    awk -v what="$1" -v took="$2" -v base="$3" -v target="$4" 'BEGIN {
        printf "%-44s %8.2f s %6.2fx  %s\n", what, took, took / base, target == "" ? "" : "target " target "x" (took / base <= target ? "" : "  MISSED")
    }'
}

# measure NAME DIRECTORY TARGET
measure() {
    local name=$1 directory=$2 target=$3 copy hash first again base
    seconds copy cp -a "$directory" "$work/copy"
    seconds hash hash_all "$directory"
    rm -rf "$work/copy"
    seconds first "$program" dataset push "$name" "$directory"
    seconds again "$program" dataset push "$name" "$directory" -f
    base=$(awk -v a="$copy" -v b="$hash" 'BEGIN { print a + b }')
    row "$name: cp -a" "$copy" "$base" ""
    row "$name: sha256sum" "$hash" "$base" ""
    row "$name: nsml dataset push" "$first" "$base" "$target"
    row "$name: the same again, unchanged" "$again" "$base" 0.3
}

mkdir -p "$work/large" "$work/small"
head -c "${mib}M" /dev/urandom >"$work/large/file"
for ((done_files = 0; done_files < files; done_files += files_per_directory)); do
    directory=$work/small/$((done_files / files_per_directory))
    mkdir "$directory"
    head -c $((file_bytes * files_per_directory)) /dev/urandom | split -b "$file_bytes" -a 3 -d - "$directory/f"
done
# A file that is younger than two seconds when it is hashed is not remembered.
sync
sleep 2

"$program" up --data "$work/data" --listen 127.0.0.1:0 >/dev/null
echo "one file of $mib MiB; $files files of $file_bytes bytes; times beside 'cp -a' and 'sha256sum' together"
measure large "$work/large" 2
measure small "$work/small" 3
