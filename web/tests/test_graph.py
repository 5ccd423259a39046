"""The charts of a session: axes, scales, smoothing, zoom, cross-hair, marks, and what is saved of them."""

import csv
import datetime
import re
import struct
import urllib.parse

import pytest
from conftest import ECHARTS, HERE, open_view
from playwright.sync_api import Locator, Page, expect

CHART = """async (element, look) => {
    ECHARTS
    const chart = echarts.getInstanceByDom(element);
    const option = chart.getOption();
    const texts = () => chart.getZr().storage.getDisplayList(true).filter((one) => one.style.text && !one.ignore && !one.parent?.ignore);
    const looks = {
        axis: () => option.xAxis[0].type,
        scale: () => option.yAxis[0].type,
        series: () => option.series.map(({ id, data, lineStyle, areaStyle, itemStyle }) => ({ id, data, lineStyle, areaStyle, itemStyle })),
        marks: () => option.series.flatMap((one) => one.markLine?.data ?? []).map((mark) => [mark.xAxis, mark.lineStyle.color]),
        zoom: () => chart.getModel().getComponent("xAxis").axis.scale.getExtent(),
        pointer: () => [option.xAxis[0].axisPointer.status, option.xAxis[0].axisPointer.value],
        shown: () => texts().map((one) => one.style.text),
    };
    return looks[look]();
}""".replace("ECHARTS", ECHARTS)


def look(panel: Locator, what: str):
    return panel.locator(".canvas").evaluate(CHART, what)


def until(page: Page, panel: Locator, what: str, fits) -> None:
    """Waits until a chart looks as it must."""
    for _ in range(50):
        found = look(panel, what)
        if fits(found):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{what}: {found}")


def drawn(page: Page, name: str) -> Locator:
    panel = page.locator(".charts .panel").filter(has=page.get_by_title(name, exact=True))
    panel.scroll_into_view_if_needed()
    expect(panel.locator("canvas").first).to_be_visible()
    return panel


def drag(page: Page, panel: Locator, start: float, end: float) -> None:
    """Draws a box over a part of a chart."""
    panel.scroll_into_view_if_needed()
    box = panel.locator(".canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] * start, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, box["y"] + 120, steps=5)
    page.mouse.up()


def told(page: Page, platform, session: str, name: str):
    """What the platform says of a metric."""
    address = f"{platform.url}/v1/sessions/{session}/series?name={urllib.parse.quote(name)}&points=100000"
    return page.request.get(address).json()


@pytest.fixture(scope="module")
def changed(platform):
    """A session that was changed by hand."""
    words = ["run", "-q", "-g", "0", "-c", "1", "--memory", "500M", "main.py"]
    name = platform.run(*words, "--", "--epochs", "100000", "--delay", "0.05", folder=HERE / "answers")
    platform.until("exec", name, "state['lr'] = 0.75")
    yield name
    platform.run("rm", "-f", "--yes", name)


def test_axes_scales_and_bands_say_what_was_reported(platform, page):
    session = platform.ended[0]
    open_view(page, f"#/sessions/{session}/graph?metrics=test/|bold")
    series = told(page, platform, session, "test/accuracy")
    deviation = told(page, platform, session, "test/accuracy@std")["values"]
    panel = drawn(page, "test/accuracy")
    low, high, line = look(panel, "series")
    assert line["data"] == [list(pair) for pair in zip(series["steps"], series["values"], strict=True)]
    assert [low["id"], high["id"]] == [f"{session} low", f"{session} high"]
    assert [pair[1] for pair in low["data"]] == pytest.approx([value - width for value, width in zip(series["values"], deviation, strict=True)])
    assert [pair[1] for pair in high["data"]] == pytest.approx([2 * width for width in deviation])
    assert high["areaStyle"]["color"] == line["lineStyle"]["color"]
    times = series["timesMilliseconds"]
    # Relative to the session's start, so that all of its charts begin together.
    begun = round(1000 * datetime.datetime.fromisoformat(platform.json("inspect", session)["startedAt"].replace("Z", "+00:00")).timestamp())
    page.get_by_role("button", name="Relative").click()
    until(page, panel, "series", lambda found: [pair[0] for pair in found[-1]["data"]] == pytest.approx([(time - begun) / 1000 for time in times]))
    page.get_by_role("button", name="Wall time").click()
    until(page, panel, "axis", lambda found: found == "time")
    assert [pair[0] for pair in look(panel, "series")[-1]["data"]] == times
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_label("Log scale").check()
    bold = drawn(page, "<b>bold</b>")
    until(page, bold, "scale", lambda found: found == "log")
    # Nothing has no logarithm: a gap, and no fault.
    assert [pair[1] for pair in look(bold, "series")[-1]["data"]][:3] == [None, 1, 2]
    assert re.search("log=true", page.url)


def test_smoothing_draws_over_the_raw_line(platform, page):
    session = platform.ended[0]
    open_view(page, f"#/sessions/{session}/graph?metrics=train/loss")
    panel = drawn(page, "train/loss")
    page.get_by_label("Smoothing").fill("0.6")
    until(page, panel, "series", lambda found: len(found) == 2)
    lines = {line["id"]: line for line in look(panel, "series")}
    raw, mean = lines[f"{session} raw"], lines[session]
    values = told(page, platform, session, "train/loss")["values"]
    assert [pair[1] for pair in raw["data"]] == values
    assert raw["lineStyle"]["opacity"] < 0.5
    assert raw["lineStyle"]["color"] == mean["lineStyle"]["color"]
    sums = [[0.6**back for back in range(count)] for count in range(1, len(values) + 1)]
    wanted = [sum(weight * values[at - back] for back, weight in enumerate(weights)) / sum(weights) for at, weights in enumerate(sums)]
    assert [pair[1] for pair in mean["data"]] == pytest.approx(wanted)
    assert re.search("smoothing=0.6", page.url)
    page.reload()
    expect(page.get_by_label("Smoothing")).to_have_value("0.6")
    until(page, drawn(page, "train/loss"), "series", lambda found: len(found) == 2)


def test_charts_zoom_together_and_share_their_cross_hair(platform, page):
    session = platform.ended[0]
    open_view(page, f"#/sessions/{session}/graph")
    other, first = drawn(page, "train/loss"), drawn(page, "test/loss")
    first.locator(".canvas").hover()
    until(page, first, "pointer", lambda found: found[0] == "show")
    step = look(first, "pointer")[1]
    assert 15 < step < 30
    until(page, other, "pointer", lambda found: found == ["show", step])
    # And it stays.
    page.wait_for_timeout(400)
    assert look(other, "pointer") == ["show", step]
    # The one under the pointer says the step and the value; the others show the line alone.
    value = told(page, platform, session, "test/loss")["values"][step]
    until(page, first, "shown", lambda found: str(step) in found and any(text.strip().startswith(f"{value:.4f}"[:5]) for text in found))
    assert str(step) not in look(other, "shown")
    drag(page, first, 0.4, 0.7)
    until(page, first, "zoom", lambda found: 5 < found[0] < 20 < found[1] < 35)
    zoomed = look(first, "zoom")
    until(page, other, "zoom", lambda found: found == zoomed)
    # One that was further down, and not drawn until now.
    until(page, drawn(page, "odd"), "zoom", lambda found: found == zoomed)
    first.locator(".canvas").dblclick()
    for panel in (first, other, drawn(page, "train/accuracy")):
        until(page, panel, "zoom", lambda found: found == [0, 39])
    # A part of the steps is no part of the time.
    drag(page, first, 0.4, 0.7)
    until(page, first, "zoom", lambda found: found[0] > 0)
    page.get_by_role("button", name="Wall time").click()
    times = told(page, platform, session, "test/loss")["timesMilliseconds"]
    until(page, first, "zoom", lambda found: found == [times[0], times[-1]])


def test_a_zoomed_chart_stays_where_it_is_while_points_come(platform, page):
    open_view(page, f"#/sessions/{platform.live}/graph?metrics=train/loss")
    panel = drawn(page, "train/loss")
    drag(page, panel, 0.3, 0.6)
    until(page, panel, "zoom", lambda found: found[0] > 0)
    zoomed = look(panel, "zoom")
    for _ in range(2):
        points = panel.locator(".canvas").get_attribute("aria-label")
        expect(panel.locator(".canvas")).not_to_have_attribute("aria-label", points)
    assert look(panel, "zoom") == pytest.approx(zoomed)


def test_changes_checkpoints_and_pauses_are_marked(platform, page, changed):
    open_view(page, f"#/sessions/{changed}/graph?metrics=loss")
    panel = drawn(page, "loss")
    marks = page.locator(".marks")
    expect(marks.locator("li")).to_have_text(["changed by hand"])
    page.get_by_role("button", name="Pause").hover()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("title", f"nsml pause {changed}")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".head .state")).to_have_text("paused", timeout=20000)
    expect(page.get_by_role("button", name="Resume")).to_have_attribute("title", f"nsml resume {changed}")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".head .state")).to_have_text("running", timeout=20000)
    expect(marks.locator("li")).to_have_text(["changed by hand", "paused, gave way or went on", "checkpoint"])
    points = panel.locator(".canvas").get_attribute("aria-label")
    # It goes on where it was.
    expect(panel.locator(".canvas")).not_to_have_attribute("aria-label", points)
    platform.run("stop", changed)
    expect(page.locator(".head .state")).to_have_text("stopped", timeout=20000)
    change = next(event["change"]["step"] for event in platform.json("events", changed) if event.get("change"))
    paused, stopped = (row["step"] for row in platform.json("model", "ls", changed))
    colours = {style: page.evaluate("name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()", style) for style in ("--accent", "--text-3", "--paused")}
    until(page, panel, "marks", lambda found: [at for at, colour in found if colour == colours["--text-3"]] == [paused, stopped])
    found = look(panel, "marks")
    assert [at for at, colour in found if colour == colours["--accent"]] == [change]
    # It was paused, and queued again: after what it had reported by then.
    assert [at for at, colour in found if colour == colours["--paused"]] == [paused, paused]


def test_pictures_and_tables_are_saved(platform, passing, page, tmp_path):
    (tmp_path / "main.py").write_text("import nsml\nfor step in range(3000):\n    nsml.report(step=step, **{'=1+1': step / 8, '=odd': float('nan') if step == 1 else 1})\n")
    session = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    passing.append(session)
    platform.run("wait", session)
    open_view(page, f"#/sessions/{session}/graph")
    tables = {}
    for name in ("=1+1", "=odd"):
        panel = drawn(page, name)
        panel.hover()
        with page.expect_download() as download:
            panel.get_by_role("button", name="Save as CSV").click()
        with download.value.path().open() as file:
            tables[name] = list(csv.reader(file))
    head, *rows = tables["=1+1"]
    # A spreadsheet takes what begins with = for a formula.
    assert head == ["session", "step", "time", "'=1+1"]
    # All of them, though a chart shows fewer.
    assert [(row[0], int(row[1]), float(row[3])) for row in rows] == [(session, step, step / 8) for step in range(3000)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row[2]) for row in rows)
    assert [row[3] for row in tables["=odd"][1:4]] == ["1", "", "1"]
    expect(drawn(page, "=odd").locator(".odd")).to_have_text("1 without a number")
    panel = drawn(page, "=1+1")
    panel.hover()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "-1-1.png"
    head = download.value.path().read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    box = panel.locator(".canvas").bounding_box()
    assert struct.unpack(">II", head[16:]) == pytest.approx((2 * box["width"], 2 * box["height"]), abs=2)


def test_a_cross_hair_stays_while_charts_are_live(platform, page):
    open_view(page, f"#/sessions/{platform.live}/graph?smoothing=0.6")
    other, first = drawn(page, "train/loss"), drawn(page, "test/loss")
    first.locator(".canvas").hover()
    until(page, other, "pointer", lambda found: found[0] == "show")
    for _ in range(3):
        points = len(look(other, "series")[-1]["data"])
        until(page, other, "series", lambda found: len(found[-1]["data"]) > points)
        until(page, other, "pointer", lambda found: found == ["show", look(first, "pointer")[1]])
    # What was smoothed is said with what was reported.
    until(page, first, "shown", lambda found: any(re.search(r"\d  \(\d", text) for text in found))
    page.mouse.move(5, 5)
    until(page, other, "pointer", lambda found: found[0] == "hide")
