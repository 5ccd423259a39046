#!/usr/bin/env bash
# Shows NSML at work: a platform of its own, real data, three trainings side by side, one answer.
#   demo.sh up | stop | clean
# All that it makes lies in one directory, and it reads no configuration of yours: a platform that you have is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
demo=${NSML_DEMO_DIRECTORY:-${XDG_DATA_HOME:-$HOME/.local/share}/nsml-demo}
nsml="$demo/nsml"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(tput bold 2>/dev/null || true); plain=$(tput sgr0 2>/dev/null || true); else bold=; plain=; fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
# Prints a command as one would type it, and runs it.
show() { printf '%s$ nsml %s%s\n' "$bold" "$*" "$plain"; "$nsml" "$@"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

prepare() {
    say "what is needed"
    scripts/prepare.sh
    export PATH="$HOME/.local/bin:$PATH"
    echo "everything is there"
    mkdir -p "$demo/bin" "$demo/config"
    touch "$demo/made-by-nsml-demo"
    say "building (some minutes the first time, seconds after that)"
    if [ -t 1 ]; then
        swift build --product nsml
    elif ! swift build --product nsml >"$demo/build.log" 2>&1; then
        tail -n 40 "$demo/build.log"
        exit 1
    fi
    # A copy, so that building again does not change the program under a running platform; which is started again for a new one.
    local built
    built="$(swift build --show-bin-path)/nsml"
    if ! cmp -s "$built" "$demo/bin/nsml"; then
        stop >/dev/null 2>&1
        cp -f --remove-destination "$built" "$demo/bin/nsml"
    fi
    # The demonstration's own command: it knows this platform and no other.
    cat >"$nsml" <<WRAPPER
#!/bin/sh
export XDG_CONFIG_HOME="$demo/config" PATH="$HOME/.local/bin:\$PATH"
unset NSML_URL NSML_TOKEN NSML_TOKEN_FILE NSML_CONTEXT
exec "$demo/bin/nsml" "\$@"
WRAPPER
    chmod +x "$nsml"
}

make_data() {
    say "real data: 1797 handwritten digits, of scikit-learn"
    if [ ! -x "$demo/python/bin/python" ]; then uv venv --quiet "$demo/python"; fi
    uv pip install --quiet --python "$demo/python/bin/python" numpy scikit-learn
    "$demo/python/bin/python" examples/02_digits/make_data.py "$demo/digits"
}

start() {
    say "a platform on this machine"
    [ -s "$demo/port" ] || free_port >"$demo/port"
    # Three sessions shall run side by side also on a machine with two cores.
    cpus=$(nproc)
    if [ "$cpus" -lt 3 ]; then cpus=3; fi
    show up --data "$demo/data" --listen "127.0.0.1:$(cat "$demo/port")" --cpus "$cpus"
    show status
}

train() {
    say "the data is posted once"
    show dataset push digits "$demo/digits" --force

    say "three trainings side by side, of the same code with different learning rates"
    cd "$repository/examples/02_digits"
    sessions=()
    for lr in 0.001 0.02 0.1; do
        printf '%s$ nsml run -d digits main.py -m "lr %s" -- --lr %s --epochs 60%s\n' "$bold" "$lr" "$lr" "$plain"
        sessions+=("$("$nsml" run -q -d digits -g 0 -c 1 --memory 1G -m "lr $lr" main.py -- --lr "$lr" --epochs 60)")
        echo "Session ${sessions[-1]}"
    done
    cd "$repository"
    echo
    show ps
    say "the first run builds the environment that requirements.txt asks for; all later ones share it"
    show logs -f "${sessions[2]}" | tail -n 12
    "$nsml" wait "${sessions[@]}"
    echo
    show ps -a
}

ask() {
    say "the checkpoints of the last one"
    best=${sessions[2]}
    "$nsml" model ls "$best" >"$demo/models"
    printf '%s$ nsml model ls %s%s\n' "$bold" "$best" "$plain"
    # Two lines of head, two of the first and two of the last checkpoints, not wider than a terminal.
    { head -n 4 "$demo/models"; echo "..."; tail -n 2 "$demo/models"; } | cut -c 1-120

    say "one of them is asked: which digit is this? (it is a $(head -n 1 "$demo/digits/test/test_label"))"
    head -n 1 "$demo/digits/test/test_data" >"$demo/question"
    printf '%s$ nsml infer %s/59 < %s%s\n' "$bold" "$best" "$demo/question" "$plain"
    "$nsml" infer "$best/59" <"$demo/question"
    echo
}

advise() {
    say "what to try next"
    cat <<TEXT
The platform goes on running. Its command is
    alias nsml=$nsml
    nsml                                             all commands on one screen
    nsml queue; nsml events $best
    cd examples/02_digits && nsml run -f -d digits main.py -- --lr 0.5 --hidden 64
    nsml infer $best/0 < $demo/question              the model before it had learnt much
    nsml inspect $best --json                        everything, for programs
Kill its server while something trains, and say 'make demo' again: training does not notice, and nothing is lost.

    make demo-stop       stops it
    make demo-clean      stops it and removes $demo
It took $SECONDS seconds.
TEXT
}

stop() {
    if [ -x "$nsml" ]; then "$nsml" down --data "$demo/data" || true; fi
}

case "${1:-up}" in
    up)
        prepare
        make_data
        start
        train
        ask
        advise
        ;;
    stop) stop ;;
    clean)
        if [ -d "$demo" ] && [ ! -e "$demo/made-by-nsml-demo" ]; then
            echo "$demo was not made by the demonstration, and stays" >&2
            exit 1
        fi
        if [ -x "$nsml" ]; then
            # What still runs there would outlive its platform.
            for session in $("$nsml" ps -q 2>/dev/null); do
                { "$nsml" stop --now "$session" && "$nsml" wait "$session"; } >/dev/null 2>&1 || true
            done
        fi
        stop
        # Laid-out datasets are read-only.
        if [ -d "$demo" ]; then
            chmod -R u+w "$demo" 2>/dev/null || true
            rm -rf "$demo"
        fi
        echo "removed $demo"
        ;;
    *)
        echo "usage: demo.sh up | stop | clean" >&2
        exit 2
        ;;
esac
