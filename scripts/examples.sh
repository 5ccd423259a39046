#!/usr/bin/env bash
# Runs every example as its README says, on a platform of its own in a temporary directory, and compares what comes out.
#   examples.sh [PROGRAM]      default: the debug build
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
program=${1:-$(swift build --show-bin-path)/nsml}
export PATH="$HOME/.local/bin:$PATH" NO_COLOR=1

work=$(mktemp -d)
export XDG_CONFIG_HOME="$work/config"
unset NSML_URL NSML_TOKEN NSML_TOKEN_FILE NSML_CONTEXT
nsml() { "$program" "$@"; }
finish() {
    status=$?
    if [ "$status" != 0 ]; then
        echo "an example failed; the sessions with their reasons, the newest's output, the server's last lines and the supervisors':"
        nsml ps -a --json | grep -o '"\(name\|reason\|state\)":"[^"]*"' || true
        nsml logs "$(nsml ps -a -q | head -n 1)" | tail -n 20 || true
        tail -n 20 "$work/data/server.log" "$work"/data/sessions/*/supervisor.log 2>/dev/null || true
    fi
    # What still runs would outlive its platform.
    for session in $(nsml ps -q 2>/dev/null); do
        # Waiting returns the status with which the session ended, which is that of a stop.
        nsml stop --now "$session" >/dev/null 2>&1 && nsml wait "$session" >/dev/null 2>&1 || true
    done
    nsml down --data "$work/data" >/dev/null 2>&1 || true
    chmod -R u+w "$work" 2>/dev/null || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

count=0
# Compares what a command printed with a pattern of grep.
expect() {
    if ! grep -qE -- "$1" <<<"$2"; then
        printf 'expected /%s/ in:\n%s\n' "$1" "$2"
        exit 1
    fi
    count=$((count + 1))
}

nsml up --data "$work/data" --listen 127.0.0.1:0 --cpus 4
resources=(-g 0 -c 1 --memory 1G)

echo "01_hello"
cd "$repository/examples/01_hello"
session=$(nsml run -q --wait "${resources[@]}" main.py)
expect '^learnt 3\.1385$' "$(nsml logs "$session")"
expect '^Hello World, I think it is 3\.1385' "$(echo World | nsml infer "$session/9")"
expect '^Hello World, I think it is 1\.5708' "$(echo World | nsml infer "$session/0")"

echo "02_digits"
cd "$repository/examples/02_digits"
uv venv --quiet "$work/python"
uv pip install --quiet --python "$work/python/bin/python" numpy scikit-learn
"$work/python/bin/python" make_data.py "$work/digits" >/dev/null
nsml dataset push digits "$work/digits"
session=$(nsml run -q --wait "${resources[@]}" -d digits main.py -- --lr 0.1)
expect 'epoch 19 .* val accuracy 0\.9[4-9]' "$(nsml logs "$session")"
expect "$(head -n 1 "$work/digits/test/test_label")\]\]" "$(head -n 1 "$work/digits/test/test_data" | nsml infer "$session/19")"
expect '^Score: (1|0\.[89])' "$(nsml submit -t "$session" 19)"
expect '^Score: 0\.9' "$(nsml submit "$session" 19)"
expect "^ +1 .* $session/19 " "$(nsml dataset board digits)"

echo "03_digits_torch"
cd "$repository/examples/03_digits_torch"
session=$(nsml run -q --wait "${resources[@]}" -d digits main.py -- --lr 0.01)
expect 'skipped|val accuracy 0\.9' "$(nsml logs "$session")"

echo "04_movie_review"
cd "$repository/examples/04_movie_review"
nsml dataset push movie_review ./sample -l mse
session=$(nsml run -q --wait "${resources[@]}" -d movie_review main.py -- --epochs 4)
expect '.' "$(nsml logs "$session")"
expect '^\[\[0\.0, [0-9.]+\]\]' "$(echo '다시 보고 싶은 영화' | nsml infer "$session/3")"
expect '^Rank: 1 on movie_review$' "$(nsml submit "$session" 3)"

echo "examples: $count answers as expected"
