#!/bin/sh
# Writes Sources/CAssets/Page.c: one #embed for each file of web/. Run it when a file was added or removed there.
set -eu
cd "$(dirname "$0")/.."
{
    cat <<'HEAD'
// Made by scripts/embed-page.sh: the files of web/, each with its path below it. What scripts/page-parts.sh has not laid out is
// left empty, so that a source tree without it still builds.
#include "CAssets.h"

HEAD
    files=$( (
        cd web
        find . -mindepth 1 -maxdepth 2 -type f \( -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' -o -name '*.txt' \) \
            ! -path './tests/*' ! -path './vendor/*' | sed 's|^\./||'
        printf 'vendor/echarts.js\nvendor/vue.js\n'
    ) | LC_ALL=C sort)
    number=0
    for file in $files; do
        printf '#if __has_embed("../../web/%s")\nstatic const unsigned char page_%d[] = {\n#embed "../../web/%s" suffix(, )\n    0};\n' "$file" "$number" "$file"
        printf '#else\nstatic const unsigned char page_%d[] = {0};\n#endif\n' "$number"
        number=$((number + 1))
    done
    printf '\nstatic const nsml_asset files[] = {\n'
    number=0
    for file in $files; do
        printf '    {"%s", page_%d, sizeof page_%d - 1},\n' "$file" "$number" "$number"
        number=$((number + 1))
    done
    cat <<'TAIL'
};

size_t nsml_page_count(void) { return sizeof files / sizeof files[0]; }

nsml_asset nsml_page_at(size_t index) { return files[index]; }
TAIL
} >Sources/CAssets/Page.c
