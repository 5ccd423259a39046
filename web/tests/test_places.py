"""The quieter views: terminal, code, events, overview, resources; and how the page is looked at."""

import re
import subprocess

from conftest import PROGRAM, open_view, signed_in
from playwright.sync_api import expect

# Colours in every form that is written, and bytes that are no text, for more than one answer carries.
PRINTER = r"""
import sys
for code in ("31", "1;92", "3;4;35", "38;5;196", "38;2;0;0;255", "38:2::0:200:0", "4:3", "7", "48;5;22"):
    print(f"\x1b[{code}mas {code}\x1b[0m plain")
for at in range(30000):
    print(f"line {at} " + "\u00e9" * 40)
sys.stdout.flush()
sys.stdout.buffer.write(b"\xff\xfe\x00 no text\n")
"""


def test_a_log_is_coloured_and_downloaded_whole(platform, passing, page, tmp_path):
    (tmp_path / "main.py").write_text(PRINTER)
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    passing.append(name)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/terminal")
    expect(page.locator(".log .l").last).to_contain_text("no text")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == f"{name.replace('/', '-')}.log"
    whole = download.value.path().read_bytes()
    assert len(whole) > 2 << 20
    assert whole == subprocess.run([PROGRAM, "logs", "--raw", name], env=platform.environment, capture_output=True, check=True).stdout
    page.get_by_role("button", name="Beginning").click()
    looks = {
        "31": "a-1",
        "1;92": "a-bold a-10",
        "3;4;35": "a-italic a-underline a-5",
        "38;5;196": "a-9",
        "38;2;0;0;255": "a-12",
        "38:2::0:200:0": "a-10",
        "4:3": "a-underline",
        "7": "a-inverse",
        "48;5;22": "a-on-2",
    }
    ground = page.locator(".log").evaluate("e => getComputedStyle(e).color")
    for code, classes in looks.items():
        run = page.locator(".log .t span", has_text=re.compile(f"^as {re.escape(code)}$"))
        expect(run).to_have_class(classes)
        if re.search(r"a-\d", classes):
            assert run.evaluate("e => getComputedStyle(e).color") != ground


def test_the_prompt_completes_living_names(platform, page):
    open_view(page, f"#/sessions/{platform.live}/terminal")
    prompt = page.get_by_label("Python in the living session")
    prompt.fill("1 + acc")
    prompt.press("Tab")
    expect(prompt).to_have_value("1 + accuracy")
    prompt.fill("options.e")
    prompt.press("Tab")
    expect(prompt).to_have_value("options.epochs")
    prompt.fill("options.")
    prompt.press("Tab")
    offers = page.locator(".offers")
    expect(offers).to_contain_text(re.compile("delay.*epochs.*fail.*lr"))
    prompt.press("Escape")
    expect(offers).to_have_count(0)
    expect(prompt).to_be_focused()
    prompt.fill("options.epochs")
    prompt.press("Enter")
    expect(page.locator(".exchanges pre").last).to_have_text("100000")


def test_code_is_listed_and_shown_as_text(platform, passing, page, tmp_path):
    source = "import pieces.part\n\n<script>alert(1)</script> # \u202eevil\n"
    files = {"main.py": "print('main')\n", "pieces/part.py": source, "empty.txt": "", "pieces/<b>bold.txt": "caf\u00e9"}
    (tmp_path / "pieces").mkdir()
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    (tmp_path / "weights.bin").write_bytes(b"\0\1\2")
    (tmp_path / "large.txt").write_text("large\n" * 200000)
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    passing.append(name)
    open_view(page, f"#/sessions/{name}/code")
    listed = page.locator(".files .cut")
    expect(listed).to_have_text(sorted([*files, "weights.bin", "large.txt"], key=str.encode))
    shown = page.locator(".source li")
    expect(shown).to_have_text(["print('main')"])
    page.locator(".files button", has_text="part.py").click()
    expect(shown).to_have_text(["import pieces.part", "", "<script>alert(1)</script> # ⟨202E⟩evil"])
    assert "file=pieces%2Fpart.py" in page.url
    page.reload()
    expect(shown).to_have_count(3)
    page.locator(".files button", has_text="bold").click()
    expect(shown).to_have_text(["café"])
    page.locator(".files button", has_text="weights").click()
    expect(page.locator(".code > .empty")).to_have_text("This file is not text.")
    page.locator(".files button", has_text="large").click()
    expect(page.locator(".code > .empty")).to_have_text("This file is too large to be shown here.")
    page.locator(".files button", has_text="empty").click()
    expect(shown).to_have_text([""])
    line = page.locator(".files .command code").inner_text()
    platform.run(*line.split()[1:-1], str(tmp_path / "pulled"))
    assert (tmp_path / "pulled/pieces/part.py").read_text() == source


def test_events_and_overview_say_what_the_command_line_says(platform, passing, page):
    note = 'costs $5, "so" `to` say \\n'
    words = ["run", "-q", "-d", "digits", "-g", "0", "-c", "2", "--memory", "500M", "--priority", "3", "-m", note, "--name", "tried"]
    arguments = ["--lr", "0.5", "--epochs", "2", "a b", "it's $HOME"]
    name = platform.run(*words, "main.py", "--", *arguments)
    passing.append(name)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/overview")
    expect(page.locator(".overview code").first).to_have_text(platform.run("command", name))
    for options in (["--no-checkpoint"], ["--keep", "best:2:a b:ascending,last:1", "--memory", "300000001", "-a", ""]):
        fork = platform.run("fork", "-q", name, *options)
        passing.append(fork)
        open_view(page, f"#/sessions/{fork}/overview")
        expect(page.locator(".overview code").first).to_have_text(platform.run("command", fork))
    open_view(page, f"#/sessions/{name}/overview")
    expect(page.locator(".head .memo")).to_have_text(note)
    facts = page.locator(".overview .facts")
    for key, value in {"Asked for": "0 GPU, 2 CPUs, 500 MB", "Priority": "3", "Data": "digits@1", "Environment": "the machine's own Python", "Exit code": "0"}.items():
        expect(facts.first.locator("div", has=page.get_by_text(key, exact=True)).locator("dd")).to_have_text(value)
    expect(facts.nth(1).locator("dt")).to_have_text(["lr", "epochs", "5", "6"])
    expect(facts.nth(1).locator("dd")).to_have_text(["0.5", "2", "a b", "it's $HOME"])
    open_view(page, f"#/sessions/{name}/events")
    told = platform.json("events", name)
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(len(told))
    for row, event in zip(rows.all(), reversed(told), strict=True):
        expect(row.locator("td").nth(1)).to_have_text(event["event"])
        expect(row.locator("td").nth(2)).to_have_text(event["detail"])
        expect(row.locator("td").nth(3)).to_have_text(event["actor"])
    user = name.split("/")[0]
    assert {event["actor"] for event in told} == {user, "platform", "session"}


def test_every_action_shows_its_line(platform, page):
    open_view(page, f"#/sessions/{platform.live}/overview")
    actions = page.locator(".head .actions")
    expect(actions.locator("a, button")).to_have_text(["TensorBoard", "Fork", "Memo", "Priority", "Pause", "Stop", "Remove"])
    commands = {"TensorBoard": "tensorboard", "Pause": "pause", "Fork": "fork", "Memo": "memo", "Priority": "priority", "Stop": "stop", "Remove": "rm"}
    for button in actions.locator("a, button").all():
        line = button.get_attribute("title")
        if not line:
            button.click()
            line = page.get_by_role("dialog").locator("code").inner_text()
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_be_hidden()
        assert line.startswith(f"nsml {commands[button.inner_text()]} ")
        assert platform.live in line


def test_resources_say_who_is_where_and_who_waits_for_what(platform, passing, page):
    later = platform.run("run", "-q", "-g", "2", "-c", "1", "--memory", "200M", "main.py")
    passing.append(later)
    open_view(page, "#/resources")
    tables = page.locator("main table")
    devices = tables.nth(0).locator("tbody tr")
    expect(devices).to_have_count(2)
    at = next(device["device"]["index"] for device in platform.json("gpustat") if device.get("session") == platform.live)
    expect(devices.nth(at).get_by_role("link")).to_have_attribute("href", f"#/sessions/{platform.live}")
    expect(devices.nth(1 - at)).to_contain_text("free")
    waiting = tables.nth(1).locator("tbody tr")
    expect(waiting).to_have_count(2)
    expect(waiting.nth(0)).to_contain_text(platform.waiting)
    # The other comes first now.
    platform.run("priority", "--", "-1", platform.waiting)
    expect(waiting.nth(0)).to_contain_text(later)
    queue = platform.json("queue")
    assert [item["session"] for item in queue] == [later, platform.waiting]
    for row, item in zip(waiting.all(), queue, strict=True):
        expect(row.locator("td").nth(0)).to_have_text(str(item["rank"]))
        expect(row.get_by_role("link")).to_have_text(item["session"])
        expect(row.locator("td").nth(2)).to_contain_text("2 GPU, 1 CPU")
        expect(row.locator("td").last).to_have_text(item["reason"])
        assert item["reason"]
    open_view(page, f"#/sessions/{platform.waiting}")
    expect(page.locator(".head .reason")).to_have_text(queue[1]["reason"])
    platform.run("priority", "--", "0", platform.waiting)


def test_colours_are_kept_and_follow_the_system(platform, page):
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(page.get_by_role("button", name="Dark", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="System").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Light").click()
    page.reload()
    expect(page.locator(".top")).to_be_visible()
    assert page.evaluate(ground) == light


def test_a_narrow_page_has_its_list_behind_a_button(platform, browser):
    page, watch = signed_in(platform, browser, width=390)
    side = page.locator("nav.side")
    expect(side).to_be_hidden()
    menu = page.get_by_role("button", name="Datasets and sessions")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(side).to_be_visible()
    side.locator(f'a[href="#/sessions/{platform.ended[0]}"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text(platform.ended[0])
    expect(side).to_be_hidden()
    menu.click()
    side.locator(".current a").click()
    expect(side).to_be_hidden()
    menu.click()
    expect(side).to_be_visible()
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    page.context.close()
    assert watch.findings == []
