#!/bin/sh
# Writes Sources/CAssets/CAssets.c: one #embed for each file of python/nsml. Run it when a file was added or removed there.
set -eu
cd "$(dirname "$0")/.."
{
    cat <<'HEAD'
// Made by scripts/embed-python.sh: the files of python/nsml, each with its path below python/.
#include "CAssets.h"

// A source tree without the library still builds; a test compares this list with the directory.
#if __has_embed("../../python/nsml/__init__.py")

// The zero at the end lets an empty file have an array too; it is not part of the file.
HEAD
    files=$(cd python && find nsml -type f \( -name '*.py' -o -name py.typed \) | LC_ALL=C sort)
    number=0
    for file in $files; do
        printf 'static const unsigned char asset_%d[] = {\n#embed "../../python/%s" suffix(, )\n    0};\n' "$number" "$file"
        number=$((number + 1))
    done
    printf '\nstatic const nsml_asset assets[] = {\n'
    number=0
    for file in $files; do
        printf '    {"%s", asset_%d, sizeof asset_%d - 1},\n' "$file" "$number" "$number"
        number=$((number + 1))
    done
    cat <<'TAIL'
};

size_t nsml_asset_count(void) { return sizeof assets / sizeof assets[0]; }

#else

static const nsml_asset assets[] = {{"", 0, 0}};

size_t nsml_asset_count(void) { return 0; }

#endif

nsml_asset nsml_asset_at(size_t index) { return assets[index]; }
TAIL
} >Sources/CAssets/CAssets.c
