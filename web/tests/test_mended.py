"""What once went wrong on the page: what it holds open, what it says that it does, and what it keeps while things change beneath it."""

import json
import shlex

from conftest import open_view
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
    first, second = dialog.locator("code").inner_text().split(" && ")
    for line, name in zip((first, second), names):
        assert shlex.split(line)[-2] == name
        # A shell makes the same text of it, and the command line takes it.
        platform.run(*shlex.split(line)[1:])
        assert json.loads(platform.run("inspect", "--json", name))["memo"] == memo
    dialog.get_by_role("button", name="Cancel").click()
    open_view(page, f"#/sessions/{names[0]}/overview")
    platform.run("priority", "--", "-3", platform.waiting)
    page.get_by_role("button", name="Fork").click()
    dialog.get_by_role("textbox").fill("")
    line = dialog.locator("code").inner_text()
    assert line == f"nsml fork {names[0]} -a ''"
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
