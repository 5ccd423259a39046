"""Whether the page's memory stays flat while live charts and a live log are looked at for long.

scripts/page.sh memory           an hour; MINUTES=10 for less; needs Chromium
"""

import os
import shutil
import time

from page import chromium, nsml, prepared
from playwright.sync_api import CDPSession, sync_playwright

MINUTES = int(os.environ.get("MINUTES", "60"))

CODE = """
import math, time, nsml
step = 0
while True:
    step += 1
    print(f"step {step} of a long training", flush=True)
    values = {f"{part}/{i}": math.sin(step / 50 + i) / i for part in ("train", "test") for i in (1, 2, 3, 4)}
    nsml.report(step=step, **values)
    time.sleep(0.1)
"""


def used(client: CDPSession) -> dict[str, float]:
    """What is held after a collection: bytes of JavaScript, nodes of the document, listeners."""
    client.send("HeapProfiler.collectGarbage")
    listed = client.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in listed}


def main() -> None:
    program = chromium()
    folder, data, start = prepared(CODE, cpus=4)
    name = ""
    try:
        nsml(folder, *start)
        name = nsml(folder, "run", "-q", "-g", "0", "-c", "1", "--memory", "500M", "main.py")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            pages = {}
            for tab in ("graph", "terminal"):
                page = browser.new_page(viewport={"width": 1440, "height": 1800})
                page.goto(nsml(folder, "ui", "--no-open", name))
                page.get_by_role("heading", name=name).wait_for()
                page.evaluate("address => { location.hash = address }", f"#/sessions/{name}/{tab}")
                pages[tab] = page.context.new_cdp_session(page)
                pages[tab].send("Performance.enable")
            heads = (f"  {tab + ' MB':>12}  {'nodes':>6}  {'listeners':>9}" for tab in pages)
            print(f"{'minute':>6}  {'points':>8}" + "".join(heads))
            began = time.monotonic()
            for minute in range(MINUTES + 1):
                time.sleep(max(0, began + minute * 60 - time.monotonic()))
                if minute % 5 and minute not in (1, MINUTES):
                    continue
                points = int((time.monotonic() - began) * 10) * 8
                columns = ""
                for client in pages.values():
                    held = used(client)
                    columns += f"  {held['JSHeapUsedSize'] / 1e6:12.1f}  {held['Nodes']:6.0f}"
                    columns += f"  {held['JSEventListeners']:9.0f}"
                print(f"{minute:6}  {points:8}{columns}", flush=True)
            browser.close()
    finally:
        if name:
            nsml(folder, "stop", name)
        nsml(folder, "down", "--data", data)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
