#!/usr/bin/env bash
# Builds with warnings as errors and runs every test. Ends with the closing lines of each kind.
#   test.sh swift | python | examples | page     only that kind
set -euo pipefail
cd "$(dirname "$0")/.."
kinds=("$@")
if [ ${#kinds[@]} = 0 ]; then kinds=(swift python examples page); fi
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
failed=()

say() { printf '\n== %s\n' "$*"; }

test_swift() {
    say "swift build --build-tests, warnings are errors"
    # One after another: many start real sessions, and what they look at must not be over because the others took the machine.
    CI=1 swift build --build-tests && say "swift test" \
        && CI=1 swift test --skip-build --no-parallel
}

test_python() {
    say "python tests"
    scripts/tools.sh pytest python/tests
}

# Each example is what a newcomer tries first, so each must run by the line that its README gives.
test_examples() {
    say "examples"
    scripts/examples.sh
}

# In a real browser, where there is one.
test_page() {
    say "page"
    scripts/page.sh test
}

for kind in "${kinds[@]}"; do
    if ! "test_$kind" 2>&1 | tee "$reports/$kind"; then failed+=("$kind"); fi
done

say "closing lines"
for kind in "${kinds[@]}"; do
    printf '%s: ' "$kind"
    case $kind in
        swift) grep -E 'Test run with|error:' "$reports/$kind" | tail -n 3 || tail -n 5 "$reports/$kind" ;;
        *) tail -n 1 "$reports/$kind" ;;
    esac
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}"
    exit 1
fi
