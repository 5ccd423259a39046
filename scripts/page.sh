#!/usr/bin/env bash
# The page in a real browser.
#   page.sh test [PYTEST OPTIONS]     drives it; pictures of every view are left in web/tests/artefacts
#   page.sh pictures                  makes the pictures that the README shows anew
#   page.sh bench                     measures it with much in it: minutes
#   page.sh memory                    watches its memory while charts are live: an hour
# Needs Chromium; without it the tests are skipped, unless NSML_PAGE=required. The program must have been built.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.local/bin:$PATH"
tools=(playwright==1.65.2 pytest==9.0.3 axe-playwright-python==0.1.8)
environment=.build/page-tools

kind=${1:-}
case $kind in
    test | bench | memory | pictures) ;;
    *)
        sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,7p
        exit 2
        ;;
esac
shift
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
    if [ "${NSML_PAGE:-}" = required ]; then
        echo "page: no Chromium; scripts/prepare.sh installs it" >&2
        exit 1
    fi
    echo "page: skipped, there is no Chromium on this machine (apt-get install chromium)"
    exit 0
fi
scripts/page-parts.sh
if [ "$(cat "$environment/installed" 2>/dev/null)" != "${tools[*]}" ]; then
    rm -rf "$environment"
    uv venv --quiet "$environment" >&2
    uv pip install --quiet --python "$environment/bin/python" "${tools[@]}" >&2
    echo "${tools[*]}" >"$environment/installed"
fi
if [ "$kind" = bench ]; then exec "$environment/bin/python" benchmarks/page.py; fi
if [ "$kind" = memory ]; then exec "$environment/bin/python" benchmarks/page_memory.py; fi
if [ "$kind" = pictures ]; then
    NSML_PAGE_PLAIN=1 "$environment/bin/python" -m pytest -q -p no:cacheprovider -k 1440 web/tests/test_pictures.py
    for picture in sessions-light terminal-light graph-light media-light; do
        install -D -m 644 "web/tests/artefacts/$picture-1440.png" "docs/pictures/$picture.png"
    done
    exit
fi
exec "$environment/bin/python" -m pytest -q -p no:cacheprovider "$@" web/tests
