#!/usr/bin/env bash
# Lays out the two libraries that the page stands on, Vue and ECharts, below web/vendor, from one pinned Python wheel that carries
# both. They are not part of this repository; the build puts them into the program. Where they lie already it does nothing.
#   page-parts.sh            lays them out
#   page-parts.sh --check    only looks; exit status 1 if they are missing
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=nicegui==3.18.0
hash=a2bd51642312d98aab6d8b641245d796ff1b89da5829777170bcc488140c3dcd
vendor=web/vendor

# The sums of what is laid out.
is_there() {
    [ -s "$vendor/sums" ] && (cd "$vendor" && sha256sum --check --status sums 2>/dev/null)
}

if is_there && grep -q "$hash" "$vendor/sums.wheel" 2>/dev/null; then exit 0; fi
if [ "${1:-}" = --check ]; then exit 1; fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "page-parts: fetching Vue and ECharts" >&2
echo "$wheel --hash=sha256:$hash" >"$folder/requirements"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r "$folder/requirements" -d "$folder" >&2
python3 - "$folder" "$vendor" <<'PYTHON'
import hashlib, pathlib, re, sys, zipfile

folder, vendor = map(pathlib.Path, sys.argv[1:])
vendor.mkdir(parents=True, exist_ok=True)
wheel = zipfile.ZipFile(next(folder.glob("*.whl")))
# index.js says under which short name the bundle exports ECharts: import{aS as a,...}from"./BUNDLE";export{a as echarts,...}
index = wheel.read("nicegui/elements/echart/dist/index.js").decode()
local = re.search(r"(\w+) as echarts", index)[1]
short = re.search(rf"(\w+) as {local}\b", index)[1]
bundle = re.search(r'from"\./([^"]+)"', index)[1]
charts = wheel.read(f"nicegui/elements/echart/dist/{bundle}").decode()
name = re.search(rf"([\w$]+) as {short}\b", charts[charts.rindex("export{"):])[1]
charts = re.sub(r"//# sourceMappingURL=.*", "", charts) + f"export{{{name} as echarts}};\n"
vue = re.sub(r"//# sourceMappingURL=.*", "", wheel.read("nicegui/static/vue.esm-browser.prod.js").decode())
sums = []
for file, text in {"echarts.js": charts, "vue.js": vue}.items():
    (vendor / file).write_text(text)
    sums.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {file}\n")
(vendor / "sums").write_text("".join(sums))
PYTHON
echo "$hash" >"$vendor/sums.wheel"
# So that the next build takes them up.
touch Sources/CAssets/Page.c
