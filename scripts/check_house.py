"""Holds the house to its rules: who imports whom (the table in docs/ARCHITECTURE.md), how long a file may be, and what
must not be written. Prints one line a finding; exit status 1 if there is any."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAXIMUM_LINES = 400

# What is found in Swift under Sources, and why it is refused.
SWIFT_RULES = [
    (re.compile(r"\btry!"), "try! ends the program; throw a Failure"),
    (re.compile(r"\bas!\s"), "as! ends the program; use a guard"),
    (re.compile(r"\bfatalError\s*\("), "fatalError ends the program; throw, or use precondition for our own mistakes"),
    (re.compile(r"^\s*(package |public )?import FoundationNetworking"), "FoundationNetworking breaks the static link"),
    (re.compile(r"@_(exported|implementationOnly)"), "imports are said where they are used"),
]
# What is found in any file, and why it is refused. The patterns are put together so that this file is not found.
TEXT_RULES = [
    (re.compile(r"(?<![\w.~-])/" + r"(work|root|opt/swift|opt/wheels)/[\w.]"), "a path of one machine"),
    (
        re.compile(r"py" + r"pi\.org|files\.python" + r"hosted|npm" + r"js\.(com|org)"),
        "a registry's host name; the machine's settings name it",
    ),
]
# What is found in the page's scripts, and why it is refused.
PAGE_RULES = [
    (
        re.compile(r"(inner|outer)HTML|insertAdjacentHTML|document\.write|v-html|srcdoc"),
        "foreign text is set as text only",
    ),
    (re.compile(r"\beval\s*\(|new Function\b|setAttribute\(.on|javascript:"), "nothing is evaluated"),
    (re.compile(r"https?://"), "the page asks nobody but its own platform"),
]
UNSAFE = re.compile(r"@unchecked Sendable|nonisolated\(unsafe\)|\btry\?")
TEXT_SUFFIXES = {".swift", ".py", ".sh", ".md", ".yaml", ".toml", ".c", ".h", ".service", ".json", ""}
TEXT_SUFFIXES |= {".js", ".css", ".html"}


def tracked_files() -> list[pathlib.Path]:
    """Files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def allowed_imports() -> dict[str, set[str]]:
    """The rows `| layer | target | sentence | imports |` of the table in docs/ARCHITECTURE.md."""
    rows: dict[str, set[str]] = {}
    for line in (ROOT / "docs/ARCHITECTURE.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdigit():
            rows[cells[1].strip("`")] = {name.strip("` ") for name in cells[3].split(",")} - {"-"}
    return rows


def check_imports(path: pathlib.Path, lines: list[str], table: dict[str, set[str]]) -> list[str]:
    target = path.relative_to(ROOT).parts[1]
    if target not in table:
        return [f"{path.relative_to(ROOT)}:1: the target {target} has no row in docs/ARCHITECTURE.md"]
    allowed = set(table) if "all" in table[target] else table[target]
    findings = []
    for number, line in enumerate(lines, 1):
        match = re.match(r"\s*(?:@\w+\s+)?(?:(?:package|public|internal|private)\s+)?import\s+(?:\w+\s+)?(\w+)", line)
        if match and match[1] in table and match[1] != target and match[1] not in allowed:
            findings.append(f"{path.relative_to(ROOT)}:{number}: {target} may not import {match[1]}")
    return findings


def check_swift(path: pathlib.Path, lines: list[str]) -> list[str]:
    name = path.relative_to(ROOT)
    findings = []
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        findings += [f"{name}:{number}: {why}" for pattern, why in SWIFT_RULES if pattern.search(code)]
        # What is unsafe, and an error that is thrown away, has its reason beside it.
        near = lines[max(0, number - 15) : number]
        if (unsafe := UNSAFE.search(code)) and not any("//" in other for other in near):
            findings.append(f"{name}:{number}: say in a comment why '{unsafe[0]}' is right here")
    return findings


def main() -> int:
    table = allowed_imports()
    findings: list[str] = []
    for path in tracked_files():
        name = path.relative_to(ROOT)
        if path.suffix not in TEXT_SUFFIXES:
            continue
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        is_source = path.suffix in {".swift", ".py", ".c", ".h", ".sh", ".js", ".css"}
        is_made = name.as_posix().startswith("Sources/CAssets/") and path.suffix == ".c"
        if is_source and not is_made and len(lines) > MAXIMUM_LINES:
            findings.append(f"{name}:{len(lines)}: {len(lines)} lines, {MAXIMUM_LINES} at most: split it by subject")
        for number, line in enumerate(lines, 1):
            findings += [f"{name}:{number}: {why}" for pattern, why in TEXT_RULES if pattern.search(line)]
        if path.suffix in {".js", ".html"} and name.parts[0] == "web":
            for number, line in enumerate(lines, 1):
                findings += [f"{name}:{number}: {why}" for pattern, why in PAGE_RULES if pattern.search(line)]
        if path.suffix == ".swift" and name.parts[0] == "Sources":
            findings += check_imports(path, lines, table) + check_swift(path, lines)
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
