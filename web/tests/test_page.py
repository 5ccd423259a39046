"""Drives the page in a real browser, against a real platform with real sessions.

Anything that the browser complains of, asks of another origin or refuses by the policy fails the test.

    scripts/page.sh test
"""

import json
import re
import shlex

from conftest import open_view, signed_in
from playwright.sync_api import expect


def test_a_link_signs_in_once_and_signing_out_ends_it(platform, browser):
    context = browser.new_context()
    page = context.new_page()
    link = platform.run("ui", "--no-open", platform.live)
    page.goto(link)
    expect(page.get_by_role("heading", name=platform.live)).to_be_visible()
    assert "nsml_" not in page.url
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Paste a token")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("used before")
    token = json.loads(platform.run("user", "token", "add", "--json"))["secret"]
    page.get_by_label("Paste a token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".top")).to_be_visible()
    context.close()


def test_a_link_of_another_user_asks_before_it_takes_the_browser_over(platform, browser):
    page, _ = signed_in(platform, browser)
    user = json.loads(platform.run("whoami", "--json"))["user"]
    secret = json.loads(platform.run("user", "add", "mallory", "--json"))["secret"]
    link = platform.run("ui", "--no-open", token=secret)
    page.goto("about:blank")
    page.goto(link)
    question = page.get_by_role("alert")
    expect(question).to_contain_text("mallory")
    expect(question).to_contain_text(user)
    assert "nsml_" not in page.url
    page.get_by_role("button", name="Stay as I am").click()
    expect(page.locator(".top .user")).to_have_text(user)
    page.goto("about:blank")
    page.goto(link)
    page.get_by_role("button", name="Switch user").click()
    expect(page.locator(".top .user")).to_have_text("mallory")
    page.context.close()


def test_the_table_filters_sorts_and_keeps_it_in_the_address(platform, page):
    open_view(page, "#/sessions")
    rows = page.locator("table.sessions tbody tr[data-index]")
    expect(rows).to_have_count(6)
    expect(page.locator("table.sessions")).to_contain_text("failed 1")
    page.get_by_label("Filter", exact=True).fill("arg.lr:0.1")
    expect(rows).to_have_count(1)
    assert "filter=arg.lr" in page.url
    page.get_by_label("Filter", exact=True).fill("state:finished metric.test/accuracy>0.5")
    expect(rows).to_have_count(3)
    page.get_by_title("Sort by test/accuracy", exact=True).click()
    expect(rows.first).to_contain_text(platform.ended[2])
    page.reload()
    expect(rows.first).to_contain_text(platform.ended[2])
    expect(page.get_by_label("Filter", exact=True)).to_have_value("state:finished metric.test/accuracy>0.5")
    # The line below the table lists the same on the command line.
    line = page.locator(".foot code").inner_text()
    assert line == "nsml ps -a --everyone --where 'state:finished metric.test/accuracy>0.5' --sort test/accuracy"
    listed = platform.run(*shlex.split(line)[1:], "-q").split()
    assert listed == rows.locator("a.name").all_inner_texts()
    rows.first.get_by_role("link").focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).get_by_role("link")).to_be_focused()
    page.get_by_label("Filter", exact=True).fill("-state:running -state:failed")
    expect(rows).to_have_count(3)


def test_a_filter_that_cannot_be_understood_says_why(platform, browser):
    page, _ = signed_in(platform, browser)
    open_view(page, "#/sessions?filter=state:runing")
    expect(page.get_by_role("alert")).to_contain_text("state 'runing' is not valid; expected one of queued")
    page.context.close()


def test_foreign_text_is_text(platform, page):
    open_view(page, f"#/sessions/{platform.failed}/terminal")
    expect(page.locator(".head .memo")).to_have_text('<img src=x onerror="alert(1)"> ⟨202E⟩evil⟨202C⟩ \U0001f680')
    expect(page.locator(".head .reason")).to_contain_text("the loss is <b>not</b> a number")
    log = page.locator(".log")
    expect(log).to_contain_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
    expect(log).to_contain_text("⟨202E⟩gnp.exe⟨202C⟩")
    expect(log).to_contain_text("controls ␇ ␈ ␡ ⟨9B⟩31m and  end")
    assert log.locator("img, script, b").count() == 0
    # Carriage returns leave what was written last, colours become classes.
    expect(log).to_contain_text("epoch   3 [####################] 100%")
    assert "20%" not in log.inner_text()
    expect(log.locator(".a-1").first).to_have_text("red")
    open_view(page, f"#/sessions/{platform.failed}/graph")
    expect(page.locator("figcaption", has_text="<b>bold</b>")).to_be_visible()
    open_view(page, "#/datasets/digits/files")
    expect(page.locator("main table")).to_contain_text("<b>read me.txt")
    open_view(page, "#/sessions")
    expect(page.locator("table.sessions")).to_contain_text("<img src=x")
    assert page.locator("main img, main b").count() == 0


def test_log_and_chart_are_live_and_searched(platform, page):
    open_view(page, f"#/sessions/{platform.live}/terminal")
    last = page.locator(".log .l").last
    before = last.inner_text()
    expect(last).not_to_have_text(before, timeout=3000)
    follow = page.get_by_role("button", name="Follow")
    page.wait_for_timeout(600)
    expect(follow).to_have_attribute("aria-pressed", "true")
    page.locator(".log").hover()
    page.wait_for_timeout(2000)
    page.mouse.wheel(0, -200)
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Search (regular expression)").fill(r"epoch +\d+ ")
    expect(page.locator(".log mark").first).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    expect(page.locator(".l.hit")).to_have_count(1)
    open_view(page, f"#/sessions/{platform.live}/graph")
    panel = page.locator(".panel", has_text="train/loss")
    panel.scroll_into_view_if_needed()
    chart = panel.locator(".canvas")
    expect(chart.locator("canvas").first).to_be_visible()
    points = chart.get_attribute("aria-label")
    expect(chart).not_to_have_attribute("aria-label", points, timeout=3000)


def test_actions_show_their_line_and_work(platform, page):
    name = platform.train("--epochs", "100000", "--delay", "0.2", memo="to be stopped")
    open_view(page, f"#/sessions/{name}/overview")
    expect(page.locator(".head .state")).to_contain_text("running", timeout=15000)
    page.get_by_role("button", name="Memo").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("noted <here>")
    expect(dialog.locator("code")).to_have_text(f'nsml memo {name} "noted <here>"')
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".head .memo")).to_have_text("noted <here>")
    expect(page.locator(".overview code").first).to_contain_text("nsml run -e main.py -d digits@1")
    page.get_by_role("button", name="Stop").click()
    expect(dialog.locator("code")).to_have_text(f"nsml stop {name}")
    dialog.get_by_role("button", name="Stop").click()
    expect(page.locator(".head .state")).to_contain_text("stopped", timeout=20000)
    page.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator("table.sessions")).to_be_visible()
    expect(page.locator("table.sessions")).not_to_contain_text(name)


def test_sessions_are_compared(platform, page):
    open_view(page, "#/sessions?filter=state:finished")
    boxes = page.locator("table.sessions tbody input[type=checkbox]")
    expect(boxes).to_have_count(3)
    boxes.first.click()
    boxes.last.click(modifiers=["Shift"])
    page.get_by_role("button", name="Compare").click()
    chart = page.locator(".panel", has_text="test/accuracy").locator(".canvas")
    # What `test/accuracy@std` says is a band in that chart, and no chart of its own.
    expect(page.locator(".panel", has_text="@std")).to_have_count(0)
    expect(chart).to_have_attribute("aria-label", re.compile("; .*; "))
    page.get_by_role("link", name="Arguments").click()
    table = page.locator("table.compare")
    expect(table.locator("tbody th", has_text=re.compile("^lr$")).first).to_be_visible()
    expect(table).not_to_contain_text("Entry")
    page.get_by_label("Only differences").uncheck()
    expect(table).to_contain_text("Entry")


def test_a_model_is_asked(platform, page):
    open_view(page, f"#/sessions/{platform.ended[0]}/models")
    page.locator('a[href$="/infer?checkpoint=29"]').click()
    expect(page.get_by_label("Checkpoint")).to_have_value("29")
    page.get_by_label("Text", exact=True).fill("a question of some words")
    page.get_by_role("button", name="Ask").click()
    shares = page.locator(".shares")
    expect(shares).to_be_visible(timeout=60000)
    answer = shares.inner_text()
    page.get_by_label("Auto").check()
    page.get_by_label("Text", exact=True).fill("short")
    expect(shares).not_to_have_text(answer, use_inner_text=True, timeout=60000)


def test_a_restarted_server_is_found_again(platform, browser):
    page, _ = signed_in(platform, browser)
    open_view(page, f"#/sessions/{platform.live}/terminal")
    expect(page.locator(".log .l").first).to_be_visible()
    platform.down()
    expect(page.locator(".lost")).to_be_visible(timeout=15000)
    platform.up()
    expect(page.locator(".lost")).to_be_hidden(timeout=15000)
    before = page.locator(".log .l").last.inner_text()
    expect(page.locator(".log .l").last).not_to_have_text(before, timeout=10000)
    # Nothing is missing and nothing is there twice.
    numbers = page.evaluate(
        """() => [...document.querySelectorAll('.log .l')].map(l => /^epoch +(\\d+) /.exec(l.innerText.trim())?.[1])
        .filter(Boolean).map(Number)"""
    )
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    page.context.close()


def test_the_first_view_is_small(platform, browser):
    context = browser.new_context()
    page = context.new_page()
    sizes: dict[str, int] = {}

    def count(response):
        if "/assets/" in response.url or "/builds/" in response.url or response.url.rstrip("/") == platform.url:
            sizes[response.url] = response.request.sizes()["responseBodySize"]

    page.on("requestfinished", lambda request: count(request.response()))
    page.goto(platform.run("ui", "--no-open"))
    expect(page.locator("table.sessions")).to_be_visible()
    page.wait_for_timeout(500)
    first = sum(sizes.values())
    for tab in ("graph", "models", "events", "overview", "code", "infer"):
        open_view(page, f"#/sessions/{platform.ended[0]}/{tab}")
        page.wait_for_timeout(300)
    for view in ("datasets", "datasets/digits", "resources", "compare"):
        open_view(page, f"#/{view}")
        page.wait_for_timeout(200)
    open_view(page, f"#/sessions/{platform.ended[0]}/graph")
    expect(page.locator(".panel canvas").first).to_be_visible()
    page.wait_for_timeout(300)
    assert any(name.endswith("echarts.js") for name in sizes)
    whole = sum(sizes.values())
    print(f"first view {first / 1000:.0f} kB, all of it {whole / 1000:.0f} kB, compressed")
    context.close()
    assert 50_000 < first <= 250_000
    assert whole <= 1_000_000


def test_the_living_session_is_asked_and_forked(platform, page):
    open_view(page, f"#/sessions/{platform.live}/terminal")
    prompt = page.get_by_label("Python in the living session")
    prompt.fill("1 + ")
    prompt.type("41")
    prompt.press("Enter")
    expect(page.locator(".exchanges")).to_contain_text("42", timeout=15000)
    prompt.fill("'<b>' + 1")
    prompt.press("Enter")
    expect(page.locator(".exchanges .problem")).to_contain_text("TypeError", timeout=15000)
    prompt.press("ArrowUp")
    expect(prompt).to_have_value("'<b>' + 1")
    open_view(page, f"#/sessions/{platform.ended[0]}/overview")
    page.get_by_role("button", name="Fork").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("--lr 0.4 --epochs 45")
    expect(dialog.locator("code")).to_have_text(f"nsml fork {platform.ended[0]} -- --lr 0.4 --epochs 45")
    dialog.get_by_role("button", name="Fork").click()
    toast = page.locator(".toast a")
    name = toast.inner_text().split()[0]
    toast.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator(".head .line")).to_contain_text("main.py --lr 0.4 --epochs 45")
