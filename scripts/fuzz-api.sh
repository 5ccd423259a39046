#!/usr/bin/env bash
# Sends the API whatever docs/api/openapi.yaml allows and forbids, by schemathesis, to a platform of its own that it starts and ends.
#   fuzz-api.sh [PROGRAM] [OPTIONS OF 'schemathesis run']
# Needs uv and a package index once; the tool lies outside the repository, in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
program=.build/debug/nsml
case ${1:-} in "" | -*) ;; *) program=$1 && shift ;; esac
program=$(realpath "$program")
tool=schemathesis==4.32.5
environment=${XDG_CACHE_HOME:-$HOME/.cache}/nsml-fuzz
export PATH="$HOME/.local/bin:$PATH"

if [ "$(cat "$environment/installed" 2>/dev/null)" != "$tool" ]; then
    rm -rf "$environment"
    uv venv --quiet "$environment"
    uv pip install --quiet --python "$environment/bin/python" "$tool"
    echo "$tool" >"$environment/installed"
fi

home=$(mktemp -d)
export XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache"
finish() {
    "$program" down --data "$home/data" >/dev/null || true
    rm -rf "$home"
}
trap finish EXIT
"$program" up --data "$home/data" --listen 127.0.0.1:0 >/dev/null 2>&1
read -r url token < <(python3 - "$home/config/nsml/config.json" <<'PYTHON'
import json, sys
context = list(json.load(open(sys.argv[1]))["contexts"].values())[0]
print(context["url"], context["token"])
PYTHON
)
# Something to be found: a dataset and a session that is over.
mkdir -p "$home/files"
echo 'print("hello")' >"$home/files/main.py"
"$program" dataset push -q digits "$home/files" >/dev/null 2>&1 || "$program" dataset push digits "$home/files" >/dev/null 2>&1
(cd "$home/files" && "$program" run --wait -g 0 -c 1 --memory 64M main.py >/dev/null 2>&1) || true

# What may be is refused for more reasons than a schema can say: a name that is taken, a session that is not there.
cd "$home"
"$environment/bin/schemathesis" --config-file "$OLDPWD/scripts/schemathesis.toml" run "$OLDPWD/docs/api/openapi.yaml" --url "$url" -H "Authorization: Bearer $token" \
    --request-timeout 45 --continue-on-failure "$@"
