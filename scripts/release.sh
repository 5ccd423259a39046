#!/usr/bin/env bash
# Builds products for release, self-contained: Swift's libraries and SQLite inside. Prints the directory that they are in.
#   release.sh PRODUCT...
set -euo pipefail
cd "$(dirname "$0")/.."

# SQLite goes inside because the linker finds a directory that holds the archive alone before the system's.
archive=$(find /usr/lib /usr/local/lib -name libsqlite3.a -print -quit 2>/dev/null)
if [ -z "$archive" ]; then
    echo "release: libsqlite3.a is missing; 'make prepare' installs it" >&2
    exit 1
fi
mkdir -p .build/staticlibs
ln -sf "$archive" .build/staticlibs/libsqlite3.a
# The page goes inside too.
scripts/page-parts.sh
flags=(-c release --static-swift-stdlib -Xlinker "-L$PWD/.build/staticlibs")
for product in "$@"; do swift build "${flags[@]}" --product "$product" >&2; done
swift build "${flags[@]}" --show-bin-path
