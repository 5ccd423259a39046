"""How the page feels with much in it: 100,000 sessions in the table, a log of millions of lines, charts of long series.

scripts/page.sh bench            prints a table; needs Chromium
"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import Page, Request, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("NSML_PROGRAM", str(ROOT / ".build/debug/nsml"))
SESSIONS = int(os.environ.get("SESSIONS", "100000"))
LINES = int(os.environ.get("LINES_PRINTED", "5000000"))
POINTS = int(os.environ.get("POINTS", "1000000"))
LONG = 10

CODE = """
import sys, nsml
what, count, bend = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
if what == "print":
    for start in range(0, count, 1000):
        lines = (f"line {i:8d} of a long log, with some words in it\\n" for i in range(start, start + 1000))
        sys.stdout.write("".join(lines))
else:
    for step in range(count):
        loss = 1 / (1 + step * bend) + (step * 7919 % 1000) / 5000
        nsml.report(step=step, summary=step == count - 1, train__loss=loss)
"""


def nsml(folder: pathlib.Path, *words: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NSML_")}
    environment["XDG_CONFIG_HOME"] = str(folder / "config")
    done = subprocess.run([PROGRAM, *words], cwd=folder / "code", env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"nsml {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def chromium() -> str:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium: apt-get install chromium")
    return program


def prepared(code: str, cpus: int) -> tuple[pathlib.Path, str, tuple[str, ...]]:
    """A folder with a training, where the platform's data will be in it, and the words that start that platform."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nsml-page-"))
    (folder / "code").mkdir()
    (folder / "code/main.py").write_text(code)
    data = str(folder / "data")
    start = ("up", "--data", data, "--listen", "127.0.0.1:0", "--cpus", str(cpus), "--disk-reserve", "0")
    if "NSML_PAGE_FILES" in os.environ:
        start += ("--web", str(ROOT / "web"))
    return folder, data, start


def multiply(database: pathlib.Path, name: str) -> None:
    """Copies of one session, until there are SESSIONS: what the platform itself would have written."""
    user, dataset, number = name.split("/")
    with sqlite3.connect(database) as connection:
        info = connection.execute("PRAGMA table_info(session)").fetchall()
        columns = [column[1] for column in info if column[1] not in ("id", "name")]
        changed = {
            "number": "1000 + n",
            "arguments": "json_array('--lr', CAST(n % 17 AS TEXT), '--seed', CAST(n AS TEXT))",
            "memo": "'copy ' || n",
        }
        chosen = ", ".join(changed.get(column, column) for column in columns)
        connection.execute(
            f"""WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?)
            INSERT INTO session ({", ".join(columns)})
            SELECT {chosen} FROM count, session WHERE user = ? AND dataset = ? AND number = ?""",
            (SESSIONS, user, dataset, int(number)),
        )
    connection.close()


def frames(page: Page, selector: str) -> float:
    """Frames a second while the element is scrolled from end to end."""
    return page.evaluate(
        """selector => new Promise((done) => {
            const element = document.querySelector(selector); const begin = performance.now(); let count = 0;
            const step = () => {
              count += 1;
              element.scrollTop = Math.max(0, element.scrollTop + (count % 240 < 120 ? -700 : 700));
              if (performance.now() - begin < 2000) requestAnimationFrame(step); else done(count / 2); };
            requestAnimationFrame(step); })""",
        selector,
    )


def inside(page: Page, condition: str, address: str = "", button: str = "") -> float:
    """Milliseconds from an address that is followed in the open page, or from a button, until the condition holds and
    a frame is drawn."""
    return page.evaluate(
        """async ([condition, address, button]) => {
            const holds = new Function('return ' + condition);
            const pressed = [...document.querySelectorAll('button')].find((one) => one.innerText === button);
            const begin = performance.now();
            if (button) pressed.click(); else location.hash = address;
            do await new Promise(requestAnimationFrame); while (!holds());
            await new Promise(requestAnimationFrame);
            return performance.now() - begin; }""",
        [condition, address, button],
    )


def chart_frames(page: Page, kind: str) -> float:
    """Frames a second while the first chart is zoomed in and out, or moved along."""
    return page.evaluate(
        """async (kind) => {
            // The module that the page itself has, below the name of its build.
            const files = performance.getEntriesByType('resource');
            const loaded = files.find((file) => file.name.endsWith('/vendor/echarts.js'));
            const { echarts } = await import(loaded.name);
            const chart = echarts.getInstanceByDom(document.querySelector('.panel .canvas'));
            return await new Promise((done) => {
              const begin = performance.now(); let count = 0;
              const step = () => {
                count += 1;
                const turn = (Math.sin(count / 20) + 1) / 2;
                const [start, end] = kind === 'zoom' ? [30 * turn, 100 - 30 * turn] : [60 * turn, 60 * turn + 40];
                chart.dispatchAction({ type: 'dataZoom', start, end });
                if (performance.now() - begin < 2000) requestAnimationFrame(step); else done(count / 2); };
              requestAnimationFrame(step); }); }""",
        kind,
    )


def first_view(page: Page, address: str) -> tuple[int, int]:
    """Bytes of the page's own files, and of what it asks the platform, that the first view takes as they travel."""
    requests: list[Request] = []

    def finished(request: Request) -> None:
        requests.append(request)

    page.on("requestfinished", finished)
    page.goto(address)
    page.wait_for_selector("table.sessions tr[data-index]")
    page.wait_for_timeout(1000)
    page.remove_listener("requestfinished", finished)
    sizes = {True: 0, False: 0}
    for request in requests:
        sizes["/v1/" not in request.url] += request.sizes()["responseBodySize"]
    return sizes[True], sizes[False]


def show(label: str, value: str) -> None:
    print(f"{label:58} {value}", flush=True)


def measure(page: Page, folder: pathlib.Path, log: str, long: list[str]) -> None:
    files, data = first_view(page, nsml(folder, "ui", "--no-open"))
    show("the first view, as it travels: its files; its data", f"{files / 1000:.0f} kB; {data / 1000:.0f} kB")
    origin = page.url.split("#")[0]

    def opened(address: str, condition: str) -> float:
        page.goto("about:blank")
        page.goto(origin + address, wait_until="commit")
        page.wait_for_function(condition)
        return page.evaluate("performance.now()")

    rows = "document.querySelectorAll('table.sessions tr[data-index]').length > 20"
    show(f"table of {SESSIONS} sessions: first rows", f"{opened('#/sessions', rows):.0f} ms")
    began = time.perf_counter()
    page.get_by_label("Filter", exact=True).fill("arg.lr:3")
    page.wait_for_function(
        "[...document.querySelectorAll('table.sessions tr[data-index]')]"
        ".every(row => row.innerText.includes('\\t3\\t')) && " + rows
    )
    show(
        "a filter of an argument, with the 250 ms that typing is given",
        f"{(time.perf_counter() - began) * 1000:.0f} ms",
    )
    show("scrolling the table", f"{frames(page, 'main .scroller'):.0f} frames/s")
    lines = "document.querySelectorAll('.log .l').length > 20"
    show(f"a log of {LINES} lines: opened at its end", f"{opened(f'#/sessions/{log}/terminal', lines):.0f} ms")
    show("scrolling the log, with what was before fetched", f"{frames(page, '.log'):.0f} frames/s")
    panel = "document.querySelector('.panel .canvas')"
    # A chart says of its first eight lines what they are.
    drawn = f"{panel}?.querySelector('canvas') && {panel}.ariaLabel.split(';').length >= {min(8, LONG)}"
    address = f"#/compare?sessions={','.join(long)}"
    what = f"a chart of {LONG} series of {POINTS} points"
    found = f"document.querySelectorAll('table.sessions tr[data-index]').length === {LONG}"
    opened("#/sessions?filter=memo:long", found)
    page.get_by_label("Select all").check()
    # As long as a hand takes from there to the button.
    page.wait_for_timeout(1000)
    show(f"{what}: selected in the table, then compared", f"{inside(page, drawn, button='Compare'):.0f} ms")
    opened("#/sessions", rows)
    show(f"{what}, by a link in a page that drew none yet", f"{inside(page, drawn, address=address):.0f} ms")
    show(f"{what}, with the page's own start", f"{opened(address, drawn):.0f} ms")
    show("zooming it", f"{chart_frames(page, 'zoom'):.0f} frames/s")
    show("moving it", f"{chart_frames(page, 'move'):.0f} frames/s")


def main() -> None:
    program = chromium()
    folder, data, start = prepared(CODE, cpus=16)
    try:
        nsml(folder, *start)
        run = ("run", "-q", "-g", "0", "-c", "1", "--memory", "500M", "main.py", "--")
        log = nsml(folder, *run, "print", str(LINES), "0")
        run = (*run[:-2], "-m", "long", *run[-2:])
        long = [nsml(folder, *run, "report", str(POINTS), str(0.001 * (1 + i))) for i in range(LONG)]
        nsml(folder, "wait", log, *long)
        size = json.loads(nsml(folder, "inspect", "--json", log))["outputBytes"]
        show("the log", f"{size / 1e6:.0f} MB")
        nsml(folder, "down", "--data", data)
        multiply(folder / "data/nsml.sqlite", long[0])
        nsml(folder, *start)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            # Waiting for a condition evaluates it, which the page's policy forbids to others.
            page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
            measure(page, folder, log, long)
            browser.close()
    finally:
        nsml(folder, "down", "--data", data)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
