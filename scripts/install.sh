#!/usr/bin/env bash
# Builds one self-contained program for release and installs it.
#   install.sh PREFIX      into $DESTDIR PREFIX/bin, with shell completions beside it
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?usage: install.sh PREFIX}
target="${DESTDIR:-}$prefix"

say() { printf 'install: %s\n' "$*" >&2; }

# Swift's libraries go inside, and SQLite too: the linker finds a directory that holds the archive alone before the system's.
archive=$(find /usr/lib /usr/local/lib -name libsqlite3.a -print -quit 2>/dev/null)
if [ -z "$archive" ]; then
    say "libsqlite3.a is missing; 'make prepare' installs it"
    exit 1
fi
mkdir -p .build/staticlibs
ln -sf "$archive" .build/staticlibs/libsqlite3.a
say "building for release; the first time takes some ten minutes"
swift build -c release --static-swift-stdlib --product nsml -Xlinker "-L$PWD/.build/staticlibs"
built="$(swift build -c release --static-swift-stdlib --show-bin-path -Xlinker "-L$PWD/.build/staticlibs")/nsml"

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$built"

# What may stay outside: the C library and the compiler's own two. Anything else would be missing on another machine.
allowed='linux-vdso|ld-linux|libc\.so|libm\.so|libstdc\+\+|libgcc_s|libpthread|libdl|librt|libz\.so'
foreign=$(ldd "$stripped" | awk '{print $1}' | grep -vE "$allowed" || true)
if [ -n "$foreign" ]; then
    say "the program needs libraries that it should carry: $foreign"
    exit 1
fi

install -d "$target/bin" "$target/share/bash-completion/completions" "$target/share/zsh/site-functions" "$target/share/fish/vendor_completions.d"
install -m 755 "$stripped" "$target/bin/nsml"
"$target/bin/nsml" completion bash >"$target/share/bash-completion/completions/nsml"
"$target/bin/nsml" completion zsh >"$target/share/zsh/site-functions/_nsml"
"$target/bin/nsml" completion fish >"$target/share/fish/vendor_completions.d/nsml.fish"
say "installed $target/bin/nsml ($(du -h "$target/bin/nsml" | cut -f1)); 'nsml up' starts a platform on this machine"
