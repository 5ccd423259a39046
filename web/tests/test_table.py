"""The table of sessions: its columns, its values, and what is done to several at once; the list at the left of it."""

import re

import pytest
from conftest import HERE, open_view
from playwright.sync_api import Page, expect


@pytest.fixture
def several(platform):
    """Four sessions that go on."""
    words = ["run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", "--", "--epochs", "100000", "--delay", "0.1"]
    names = [platform.run(*words, folder=HERE / "answers") for _ in range(4)]
    for name in names:
        platform.until("exec", name, "1")
    yield names
    platform.clear()


def heads(page: Page) -> list[str]:
    return page.locator("table.sessions thead th").all_inner_texts()[1:]


def test_columns_are_chosen_moved_and_kept_in_the_address(platform, several, page):
    open_view(page, "#/sessions")
    count = len(platform.listed())
    expect(page.locator("table.sessions tbody tr[data-index]")).to_have_count(count)
    assert heads(page)[:5] == ["State", "Session", "Age", "Took", "Step"]
    page.locator("summary", has_text="Columns").click()
    picker = page.locator("details .panel")
    picker.get_by_label("Memo", exact=True).uncheck()
    expect(page.locator("table.sessions thead")).not_to_contain_text("Memo")
    page.get_by_label("Find a column").fill("a,b")
    picker.get_by_label("a,b", exact=True).first.check()
    page.get_by_label("Find a column").fill("models")
    picker.get_by_label("Models", exact=True).check()
    picker.get_by_role("button", name="Models ←").click()
    picker.get_by_role("button", name="Models ←").click()
    page.get_by_label("Find a column").fill("")
    picker.get_by_role("button", name="Age →").click()
    chosen = heads(page)
    assert chosen[:5] == ["State", "Session", "Took", "Age", "Step"]
    assert [chosen.index(name) - len(chosen) for name in ("Models", "a,b")] == [-3, -1]
    page.keyboard.press("Escape")
    expect(picker).to_be_hidden()
    assert "columns=" in page.url
    page.reload()
    expect(page.locator("table.sessions tbody tr[data-index]")).to_have_count(count)
    # A metric whose name has a comma is one column.
    assert heads(page) == chosen


def test_last_least_and_largest_values_are_those_that_were_reported(platform, page):
    session = platform.ended[1]
    open_view(page, f"#/sessions?filter=name:{session}&columns=name,metric.train/loss,metric.test/accuracy,course.train/loss")
    row = page.locator("table.sessions tbody tr[data-index]")
    expect(row).to_have_count(1)
    metrics = {metric["name"]: metric for metric in page.request.get(f"{platform.url}/v1/sessions/{session}/metrics").json()["items"]}
    for button, kind in (("Last", "last"), ("Min", "minimum"), ("Max", "maximum")):
        page.get_by_role("button", name=button, exact=True).click()
        for column, name in ((2, "train/loss"), (3, "test/accuracy")):
            expect(row.locator("td").nth(column)).to_have_text(re.compile(r"^[\d.]+$"))
            page.wait_for_function(
                "([at, wanted]) => Math.abs(Number(document.querySelectorAll('table.sessions tbody tr[data-index] td')[at].innerText) / wanted - 1) < 1e-3",
                arg=[column, metrics[name][kind]],
            )
    assert "value=maximum" in page.url
    # Its course: a line of all forty points, from the first to the last step, and from the top down.
    path = row.locator("svg.spark path").get_attribute("d")
    points = [tuple(map(float, point.split())) for point in re.split("[ML]", path)[1:]]
    assert len(points) == 40
    assert (points[0][0], points[-1][0]) == (1, 83)
    assert points[0][1] < 4 and points[-1][1] > 16


def test_several_sessions_are_noted_stopped_and_removed_at_once(platform, several, page):
    open_view(page, "#/sessions?filter=dataset:None&columns=state,name,memo")
    rows = page.locator("table.sessions tbody tr[data-index]")
    expect(rows).to_have_count(4)
    newest = several[::-1]
    boxes = page.locator("table.sessions tbody input[type=checkbox]")
    dialog = page.get_by_role("dialog")
    bar = page.locator(".selection")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Memo").click()
    # What a shell would take for its own.
    note = 'costs $5, `now` "or" \\never'
    dialog.get_by_role("textbox").fill(note)
    line = dialog.locator("code").inner_text()
    platform.shell(line)
    expect(rows.nth(2)).to_contain_text(note)
    assert [platform.json("inspect", name)["memo"] for name in newest] == [note, note, note, ""]
    dialog.get_by_role("textbox").fill("all three")
    dialog.get_by_role("button", name="Save").click()
    for at, memo in enumerate(["all three", "all three", "all three", ""]):
        expect(rows.nth(at).locator("td").last).to_have_text(memo)
    # A row that is let go, with the others kept.
    boxes.nth(2).click()
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Stop").click()
    expect(dialog).to_contain_text("Stop 2 sessions?")
    expect(dialog.locator("code")).to_have_text(f"nsml stop {newest[0]} {newest[1]}")
    dialog.get_by_role("button", name="Stop").click()
    for at, state in enumerate(["stopped", "stopped", "running", "running"]):
        expect(rows.nth(at)).to_contain_text(state, timeout=20000)
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_have_count(0)
    page.get_by_label("Select all that are loaded").click()
    expect(bar).to_contain_text("4 selected")
    boxes.nth(0).click()
    boxes.nth(1).click(modifiers=["Shift"])
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Stop").click()
    platform.shell(dialog.locator("code").inner_text())
    expect(rows.nth(3)).to_contain_text("stopped", timeout=20000)
    dialog.get_by_role("button", name="Cancel").click()
    bar.get_by_role("button", name="Remove").click()
    expect(dialog).to_contain_text("This cannot be undone")
    line = dialog.locator("code").inner_text()
    assert line == f"nsml rm -f {newest[2]} {newest[3]}"
    platform.shell(line)
    expect(rows).to_have_count(2)
    dialog.get_by_role("button", name="Cancel").click()
    # What is gone is selected no more.
    expect(bar).to_have_count(0)
    page.get_by_label("Select all that are loaded").click()
    bar.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator("main .empty")).to_contain_text("No session fits this filter.")
    assert platform.listed("--where", "dataset:None") == []


def test_the_list_at_the_left_is_walked_by_keyboard(platform, page):
    open_view(page, "#/resources")
    side = page.locator("nav.side")
    count = len(platform.listed("--where", "dataset:digits"))
    expect(side.locator(".row.session")).to_have_count(count)
    field = side.get_by_label("Filter datasets")
    field.fill("nothing like it")
    expect(side.locator(".row")).to_have_count(0)
    field.fill("DIG")
    expect(side.locator(".row.dataset")).to_have_count(1)
    field.focus()
    focused = page.locator(":focus")
    page.keyboard.press("Tab")
    expect(focused).to_have_accessible_name("Sessions: digits")
    expect(focused).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Space")
    expect(side.locator(".row.session")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(side.locator(".row.session")).to_have_count(count)
    page.keyboard.press("Tab")
    expect(focused).to_have_attribute("href", "#/datasets/digits")
    name = platform.ended[2]
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused.get_attribute("aria-label") == f"Models: {name}":
            break
    page.keyboard.press("Enter")
    models = side.locator(".row.model")
    saved = platform.json("model", "ls", name)
    expect(models).to_have_count(len(saved))
    expect(models.locator(".name")).to_have_text([row["name"] for row in saved])
    page.keyboard.press("Tab")
    expect(focused).to_have_attribute("href", f"#/sessions/{name}")
    page.keyboard.press("Tab")
    expect(focused).to_have_attribute("href", f"#/sessions/{name}/models")
    page.keyboard.press("Enter")
    expect(page.locator(".tabs [aria-current=page]")).to_contain_text("Models")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(side.locator(".row.current")).to_contain_text(f"{name.split('/')[0]}/{name.split('/')[2]}")
