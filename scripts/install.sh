#!/usr/bin/env bash
# Builds one self-contained program for release and installs it.
#   install.sh PREFIX      into $DESTDIR PREFIX/bin, with shell completions beside it
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?usage: install.sh PREFIX}
target="${DESTDIR:-}$prefix"

say() { printf 'install: %s\n' "$*" >&2; }

say "building for release; the first time takes some ten minutes"
built=$(scripts/release.sh nsml)/nsml

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
