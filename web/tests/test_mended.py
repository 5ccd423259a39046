"""What once went wrong on the page: what it holds open, what it says that it does, and what it keeps while things change beneath it."""

import json
import re
import shlex

from conftest import ECHARTS, open_view, signed_in
from playwright.sync_api import expect


def test_a_line_that_is_shown_does_what_the_button_does(platform, page):
    names = [platform.train("--epochs", "1"), platform.train("--epochs", "1")]
    for name in names:
        platform.run("wait", name)
    open_view(page, "#/sessions")
    for name in names:
        page.get_by_label(f"Select {name}", exact=True).check()
    page.locator(".selection").get_by_role("button", name="Memo").click()
    dialog = page.get_by_role("dialog")
    memo = "-lr $(touch here) `id` \"it's\""
    dialog.get_by_role("textbox").fill(memo)
    # A shell makes the same text of it, and the command line takes it.
    platform.shell(dialog.locator("code").inner_text())
    assert [platform.json("inspect", name)["memo"] for name in names] == [memo, memo]
    dialog.get_by_role("button", name="Cancel").click()
    open_view(page, f"#/sessions/{names[0]}/overview")
    platform.run("priority", "--", "-3", platform.waiting)
    page.get_by_role("button", name="Fork").click()
    dialog.get_by_role("textbox").fill("")
    line = dialog.locator("code").inner_text()
    assert line == f"nsml fork {names[0]} -a \"\""
    fork = platform.run(*shlex.split(line)[1:], "-q")
    assert json.loads(platform.run("inspect", "--json", fork))["arguments"] == []
    dialog.get_by_role("textbox").fill("--lr '0.1 $(id)' |")
    assert shlex.split(dialog.locator("code").inner_text())[4:] == ["--lr", "0.1 $(id)", "|"]
    dialog.get_by_role("button", name="Cancel").click()
    open_view(page, f"#/sessions/{platform.waiting}/overview")
    page.get_by_role("button", name="Fork").click()
    expect(dialog.locator("code")).to_have_text(f"nsml fork {platform.waiting} --priority -3 -- --lr 0.7")
    dialog.get_by_role("button", name="Cancel").click()
    platform.run("priority", "--", "0", platform.waiting)
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", fork, *names)


def test_a_background_look_keeps_rows_scroll_and_the_range(platform, page):
    """A table of more rows than a page has would take minutes to fill, so its page is a small window here."""
    open_view(page, "#/sessions")
    rows = page.locator("table.sessions tbody tr[data-index]")
    expect(rows.first).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 330})
    scroller = page.locator(".scroller")
    scroller.evaluate("e => { e.scrollTop = 68 }")
    page.wait_for_timeout(100)
    seen = "e => [...e.querySelectorAll('tr[data-index]')].map(r => [r.querySelector('a.name').innerText, Math.round(r.getBoundingClientRect().top)])"
    chosen = rows.nth(2).locator("a.name").inner_text()
    rows.nth(2).locator("input").check()
    before = dict(scroller.evaluate(seen))
    name = platform.train("--lr", "0.7", gpus=2)
    expect(rows.first).to_contain_text(name)
    page.wait_for_timeout(50)
    after = dict(scroller.evaluate(seen))
    assert after[chosen] == before[chosen]
    # The range begins at the row that was chosen, wherever it is now.
    rows.nth(4).locator("input").click(modifiers=["Shift"])
    expect(page.locator(".selection strong")).to_have_text("2 selected")
    # An answer that broke off changes nothing.
    page.route("**/v1/sessions?*", lambda route: route.fulfill(body="half an ans"))
    platform.run("rm", "-f", "--yes", name)
    page.wait_for_timeout(1500)
    expect(rows.first).to_be_visible()
    expect(page.get_by_text("No session yet")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")


def test_a_page_holds_two_streams_and_none_while_it_is_hidden(platform, page):
    open_view(page, f"#/sessions/{platform.live}/terminal")
    expect(page.locator(".log .l").first).to_be_visible()
    page.evaluate(
        """() => { window.held = new Set(); const Source = EventSource;
        window.EventSource = class extends Source { constructor(url) { super(url); held.add(this); } close() { held.delete(this); super.close(); } };
        window.hide = (isHidden) => { Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
          document.dispatchEvent(new Event('visibilitychange')); }; }"""
    )
    page.evaluate("hide(true)")
    last = page.locator(".log .l").last
    before = last.inner_text()
    page.wait_for_timeout(900)
    assert last.inner_text() == before
    page.evaluate("hide(false)")
    expect(last).not_to_have_text(before)
    assert page.evaluate("[...held].map(s => new URL(s.url).pathname).sort()") == ["/v1/changes", f"/v1/sessions/{platform.live}/live"]
    numbers = page.evaluate(
        "() => [...document.querySelectorAll('.log .l')].map(l => /^epoch +(\\d+) /.exec(l.innerText.trim())?.[1]).filter(Boolean).map(Number)"
    )
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    open_view(page, f"#/sessions/{platform.live}/events")
    expect(page.locator(".tab-events table")).to_be_visible()
    assert page.evaluate("held.size") == 2
    page.evaluate("hide(true)")
    assert page.evaluate("held.size") == 0
    open_view(page, "#/sessions")


def test_the_log_is_followed_again_from_its_end_and_a_link_in_the_same_view_is_gone_to(platform, page, tmp_path):
    (tmp_path / "main.py").write_text(
        "import time\nfor i in range(9000): print(f'line {i} ' + 'x' * 60)\nfor i in range(100000): time.sleep(0.1); print(f'late {i}', flush=True)\n"
    )
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    open_view(page, f"#/sessions/{name}/terminal")
    log = page.locator(".log")
    expect(log).to_contain_text("late 1", timeout=20000)
    page.get_by_role("button", name="Beginning").click()
    expect(log).to_contain_text("line 0 ")
    page.wait_for_timeout(100)
    log.hover()
    for _ in range(40):
        log.evaluate("e => { e.scrollTop = e.scrollHeight }")
        page.wait_for_timeout(60)
        if "late" in log.inner_text():
            break
    last = log.locator(".l").last
    before = last.inner_text()
    expect(last).not_to_have_text(before, timeout=2000)
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "true")
    open_view(page, f"#/sessions/{name}/terminal?at=0&search=line+3&wrap=true")
    expect(page.locator(".l.linked")).to_be_in_viewport()
    expect(page.get_by_label("Search (regular expression)")).to_have_value("line 3")
    expect(page.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", name)


def test_what_was_resumed_goes_on_in_the_open_log(platform, page):
    name = platform.train("--epochs", "100000", "--delay", "0.1")
    open_view(page, f"#/sessions/{name}/terminal")
    log = page.locator(".log")
    expect(log).to_contain_text("saved checkpoint 9", timeout=20000)
    platform.run("stop", name)
    end = page.get_by_role("button", name="End")
    expect(end).to_be_visible(timeout=15000)
    before = log.locator(".l").last.inner_text()
    platform.run("resume", name)
    expect(page.get_by_role("button", name="Follow")).to_be_visible(timeout=15000)
    expect(log.locator(".l").last).not_to_have_text(before, timeout=15000)
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", name)


# Where the charts in sight look, in hundredths of their whole.
ZOOM = """async () => { ECHARTS
  return [...document.querySelectorAll('.canvas[tabindex]')].map(e => echarts.getInstanceByDom(e)).filter(Boolean)
    .map(c => { const { start, end } = c.getModel().getComponent('dataZoom').option; return [Math.round(start), Math.round(end)]; }); }""".replace("ECHARTS", ECHARTS)


def test_charts_zoom_by_keys_and_show_all_of_another_axis(platform, page):
    open_view(page, f"#/sessions/{platform.ended[0]}/graph")
    chart = page.locator(".panel .canvas").first
    expect(chart.locator("canvas").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('.canvas[tabindex]')].every(e => e.querySelector('canvas'))")

    def look_at(start: int, end: int) -> None:
        """All charts of the group, soon."""
        for _ in range(40):
            zooms = {tuple(zoom) for zoom in page.evaluate(ZOOM)}
            if zooms == {(start, end)}:
                return
            page.wait_for_timeout(50)
        assert zooms == {(start, end)}

    look_at(0, 100)
    chart.focus()
    page.keyboard.press("+")
    look_at(25, 75)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    look_at(50, 100)
    page.keyboard.press("-")
    look_at(25, 100)
    page.get_by_role("button", name="Wall time").click()
    look_at(0, 100)
    chart.focus()
    page.keyboard.press("+")
    look_at(25, 75)
    page.keyboard.press("0")
    look_at(0, 100)


def test_a_long_series_is_saved_whole_and_begins_with_its_session(platform, page, tmp_path):
    (tmp_path / "main.py").write_text(
        "import nsml, time\ntime.sleep(1.2)\nfor i in range(4000): nsml.report(step=i, a=i % 7, **({'a@std': 0.5} if i % 2 else {}))\n"
    )
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/graph?axis=relative")
    panel = page.locator(".panel")
    expect(panel.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(200)
    series = page.evaluate(
        """async () => { ECHARTS
        return echarts.getInstanceByDom(document.querySelector('.panel .canvas')).getOption().series.map(s => [s.id, s.data]); }""".replace("ECHARTS", ECHARTS)
    )
    data = {id: points for id, points in series}
    assert data[name][0][0] > 1
    # The band is there wherever the line is, but before its first step.
    band = data[f"{name} high"]
    assert sum(value is not None for _, value in band) >= len(band) - 2
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 4001
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", name)


def test_a_cut_character_and_a_rounded_size_are_whole(platform, page, tmp_path):
    (tmp_path / "main.py").write_text("import sys\nfor i in range(200000): sys.stdout.write('한')\nprint(' end')\n")
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/terminal?at=300000")
    expect(page.locator(".log .l").first).to_be_visible()
    assert "\ufffd" not in page.locator(".log").inner_text()
    assert "한" in page.locator(".log").inner_text()
    sizes = page.evaluate(
        """async () => { const name = performance.getEntriesByType('resource').map(e => e.name).find(n => n.endsWith('/format.js'));
        const { size } = await import(name); return [size(999), size(999499), size(999600), size(1e6)]; }"""
    )
    assert sizes == ["999 B", "999 kB", "1.00 MB", "1.00 MB"]
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", name)


def test_what_could_not_be_had_is_said_and_asked_for_again(platform, browser):
    page, _ = signed_in(platform, browser)
    # Whoever has a cookie is not asked for a token because the platform is away for a moment.
    page.route("**/v1/whoami", lambda route: route.fulfill(status=503, body="away"))
    page.reload()
    expect(page.locator(".sign-in")).to_contain_text("No connection to the platform")
    page.unroute("**/v1/whoami")
    expect(page.locator(".top")).to_be_visible(timeout=4000)
    name = platform.live
    page.route(f"**/v1/sessions/{name}", lambda route: route.fulfill(status=502, body="away"))
    open_view(page, f"#/sessions/{name}/terminal")
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute(f"**/v1/sessions/{name}")
    page.route("**/output?*", lambda route: route.fulfill(status=502, body="away"))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("It has printed nothing yet.")).to_have_count(0)
    page.unroute("**/output?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".log .l").first).to_be_visible()
    page.route("**/views/events.js", lambda route: route.abort())
    open_view(page, f"#/sessions/{name}/events")
    expect(page.get_by_role("button", name="Reload the page")).to_be_visible()
    page.unroute("**/views/events.js")
    page.get_by_role("button", name="Reload the page").click()
    expect(page.locator(".tab-events table")).to_be_visible()
    # One that is gone is told of once.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/digits/999" in request.url else None)
    open_view(page, f"#/compare?sessions={name},{name.split('/')[0]}/digits/999")
    expect(page.locator(".toast.problem")).to_have_count(1)
    page.wait_for_timeout(2500)
    expect(page.locator(".toast.problem")).to_have_count(1)
    # For itself and for its metrics.
    assert len(asked) == 2
    page.context.close()


def test_views_have_titles_and_a_line_is_linked_by_keys(platform, page):
    open_view(page, f"#/sessions/{platform.ended[0]}/terminal")
    expect(page).to_have_title(f"{platform.ended[0]} · Terminal · NSML")
    expect(page.locator(".log .l").first).to_be_visible()
    page.wait_for_timeout(200)
    page.locator(".log").focus()
    page.keyboard.press("Tab")
    link = page.locator(".log a:focus")
    expect(link).to_have_attribute("aria-label", "Link to this line")
    page.keyboard.press("ArrowDown")
    address = link.get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(address.split("?")[1]) + "$"))
    open_view(page, "#/compare/plot")
    expect(page).to_have_title("Compare · Plot · NSML")
    open_view(page, "#/datasets/digits")
    expect(page).to_have_title("digits · NSML")
    open_view(page, "#/resources")
    expect(page).to_have_title("Resources · NSML")


def test_who_stood_on_a_board_before_its_known_changes_keeps_a_place(platform, page):
    open_view(page, "#/datasets/digits")
    expect(page.locator(".tabs")).to_be_visible()
    lines = page.evaluate(
        """async () => { const name = performance.getEntriesByType('resource').map(e => e.name).find(n => n.endsWith('/ranks.js'));
        const { standings } = await import(name);
        const at = (second, user, rank, formerRank) => ({ recordedAt: new Date(second * 1000).toISOString(), user, rank, formerRank });
        const changes = [at(1, 'ann', 3), at(2, 'bob', 2, 5), at(3, 'cem', 1), at(4, 'ann', 2, 5)];
        return Object.fromEntries([...standings(changes.reverse())].map(([user, line]) => [user, line.map(([, rank]) => rank)])); }"""
    )
    assert lines == {"ann": [3, 4, 5, 2], "bob": [2, 3, 4], "cem": [1]}
