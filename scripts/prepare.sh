#!/usr/bin/env bash
# Installs what building and running NSML need and what this machine lacks. Debian and Ubuntu, as root or with sudo.
# Where nothing is missing it does nothing, and needs neither root nor a network.
#
#   prepare.sh            all that is needed
#   prepare.sh --check    only say what is missing; exit status 1 if something is
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'prepare: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
header() { [ -n "$(find /usr/include /usr/local/include -maxdepth 2 -name "$1" -print -quit 2>/dev/null)" ]; }

# A probe that fails names the package that helps.
missing=()
need() { "${@:2}" || missing+=("$1"); }
need git                have git
need ca-certificates    test -s /etc/ssl/certs/ca-certificates.crt
need make               have make
need binutils           have ld                     # Swift's linker driver calls it
need libc6-dev          header stdlib.h
need g++                eval '[ -n "$(find /usr/lib/gcc -name libstdc++.a -print -quit 2>/dev/null)" ]'
need zlib1g-dev         header zlib.h               # swift-nio-extras
need libsqlite3-dev     header sqlite3.h            # GRDB
need bubblewrap         have bwrap                  # the sandbox of sessions
need python3            have python3
need python3-venv       python3 -c 'import ensurepip'
need python3-pip        eval 'have uv || python3 -m pip --version >/dev/null 2>&1'

# Only where the page must be tested: it is large.
if [ "${NSML_PAGE:-}" = required ]; then
    need chromium           eval 'have chromium || have google-chrome'
    need node-typescript    have tsc
    need fonts-dejavu-core  eval '[ -n "$(find /usr/share/fonts -name "DejaVuSans.ttf" -print -quit 2>/dev/null)" ]'
fi

# The libraries that the page stands on; without them the program builds, and has no page.
parts_missing=0
scripts/page-parts.sh --check || parts_missing=1

uv_missing=1
if have uv || [ -x "$HOME/.local/bin/uv" ]; then uv_missing=0; fi

if [ "${1:-}" = --check ]; then
    if [ "$uv_missing" = 1 ]; then missing+=(uv); fi
    if [ "$parts_missing" = 1 ]; then missing+=(web/vendor); fi
    if [ ${#missing[@]} -gt 0 ]; then say "missing: ${missing[*]}"; exit 1; fi
    exit 0
fi

if [ ${#missing[@]} -gt 0 ]; then
    have apt-get || { say "missing: ${missing[*]}; this script can install them on Debian and Ubuntu only"; exit 1; }
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        have sudo || { say "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"; exit 1; }
        as_root=(sudo)
    fi
    say "installing by apt: ${missing[*]}"
    # A missing or old package list is the usual reason for a first failure.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 || {
        "${as_root[@]}" apt-get update >&2
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
    }
fi

if [ "$uv_missing" = 1 ]; then
    say "installing by pip: uv, which builds the sessions' Python environments"
    options=(--quiet)
    if [ "$(id -u)" != 0 ]; then options+=(--user); fi
    # Newer Debians mark their Python as managed from outside; uv is one program without dependencies, so it does no harm there.
    marker="$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')/EXTERNALLY-MANAGED"
    if [ -e "$marker" ]; then options+=(--break-system-packages); fi
    python3 -m pip install "${options[@]}" uv >&2
fi

if [ "$parts_missing" = 1 ]; then scripts/page-parts.sh; fi

if ! have swift; then
    say "Swift 6.2 or newer is needed and cannot be installed from here: see https://www.swift.org/install/linux/"
    exit 1
fi
