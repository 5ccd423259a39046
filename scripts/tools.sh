#!/usr/bin/env bash
# Runs one of the Python tools of this repository from an environment of their own under .build, made at the first call.
#   tools.sh pytest python/tests
set -euo pipefail
cd "$(dirname "$0")/.."
# Pinned, so that a new rule of a linter does not break an old commit.
tools=(ruff==0.17.6 mypy==2.4.1 pytest==9.0.3)
environment=.build/tools
export PATH="$HOME/.local/bin:$PATH"

stamp="$environment/installed"
if [ "$(cat "$stamp" 2>/dev/null)" != "${tools[*]}" ]; then
    rm -rf "$environment"
    mkdir -p .build
    uv venv --quiet "$environment" >&2
    uv pip install --quiet --python "$environment/bin/python" "${tools[@]}" >&2
    echo "${tools[*]}" >"$stamp"
fi
tool=$1
shift
# As a module: the scripts in bin name the place where the environment was made.
exec "$environment/bin/python" -m "$tool" "$@"
