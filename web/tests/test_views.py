"""Images and sounds, sessions beside each other, families, priorities, and the settings of a dataset: further views of the page."""

import json
import re

from conftest import open_view
from playwright.sync_api import expect


def test_media_are_shown_by_step(platform, page):
    open_view(page, f"#/sessions/{platform.ended[0]}/graph")
    panel = page.locator(".media .panel", has_text="sample <b>")
    panel.scroll_into_view_if_needed()
    image = panel.locator("img")
    expect(image).to_be_visible()
    expect(panel).to_contain_text("epoch 20 <i>caption</i>")
    assert image.evaluate("e => e.decode().then(() => [e.naturalWidth, e.naturalHeight])") == [24, 24]
    newest = image.get_attribute("src")
    panel.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(panel).to_contain_text("step 15")
    assert image.get_attribute("src") != newest
    expect(page.locator(".media .panel", has_text="errors").locator("td").first).to_have_text("<b>one</b>")
    for name in ("weights", "viz/bar", "viz/heat", "viz/points"):
        drawn = page.locator(".media .panel", has_text=name)
        drawn.scroll_into_view_if_needed()
        expect(drawn.locator("canvas").first).to_be_visible()
    tone = page.locator(".media .panel", has_text="tone").locator("audio")
    length = tone.evaluate("e => new Promise((done, fail) => { e.onloadedmetadata = () => done(e.duration); e.onerror = fail; e.load(); e.preload = 'auto'; })")
    assert length == 0.5
    expect(page.locator(".media .panel", has_text="viz/text")).to_contain_text("a text with <b>tags</b>")
    expect(page.locator(".charts .panel", has_text="line/a")).to_be_visible()
    assert page.locator(".media b, .media i").count() == 0
    listed = platform.run("media", platform.ended[0], "tone", "--json")
    assert [item["step"] for item in json.loads(listed)] == [0, 5, 10, 15, 20]


def test_sessions_are_compared_by_their_numbers_and_code(platform, page, tmp_path):
    names = ",".join(platform.ended)
    open_view(page, f"#/compare/plot?sessions={names}")
    chart = page.locator(".fields .canvas")
    expect(chart.locator("canvas").first).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile("lr 0.05.*test/accuracy"))
    # The first axis is `lr`, from 0.05 at its foot to 0.3 at its head: what lies there is picked, and a click lets go.
    page.wait_for_timeout(300)
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 48, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 48, box["y"] + 28, steps=6)
    page.mouse.up()
    expect(page.locator(".picked")).to_contain_text(f"1 picked{platform.ended[2]}")
    page.mouse.click(box["x"] + 48, box["y"] + box["height"] - 60)
    expect(page.locator(".picked")).to_have_count(0)
    page.get_by_role("button", name="Points").click()
    expect(page.get_by_label("Across")).to_have_value("arg.lr")
    page.get_by_label("Up").select_option("metric.train/loss")
    expect(chart.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(500)
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 40, steps=8)
    page.mouse.up()
    expect(page.locator(".picked")).to_contain_text(f"1 picked{platform.ended[2]}")
    page.get_by_role("button", name="Compare only these").click()
    expect(page.locator(".head .legend li")).to_have_count(1)
    made = []
    for line in ("print('<b>one</b>')", "print('two')\nprint('three')"):
        (tmp_path / "main.py").write_text("import sys\n" + "# the same\n" * 20 + line + "\n")
        made.append(platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path))
    open_view(page, f"#/compare/code?sessions={','.join(made)}")
    expect(page.locator(".diff .removed")).to_have_text(["print('<b>one</b>')"])
    expect(page.locator(".diff .added")).to_have_text(["print('two')", "print('three')"])
    page.get_by_role("button", name="18 equal lines").click()
    expect(page.locator(".diff tbody tr")).to_have_count(23)
    # Else it asks for them once more when they go.
    open_view(page, "#/resources")
    platform.run("rm", "-f", "--yes", *made)


def test_twelve_thousand_metrics_are_listed_and_found(platform, page, tmp_path):
    (tmp_path / "main.py").write_text(
        "import nsml\nfor part in range(12):\n    nsml.report(step=0, **{f'layer{part}/norm{i:04d}': i for i in range(1000)})\n"
    )
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/graph")
    expect(page.locator(".tabs [aria-current=page] .count")).to_have_text("12000")
    expect(page.locator(".charts .panel canvas").first).to_be_visible()
    # Only what is in sight is drawn.
    assert page.locator(".charts canvas").count() < 40
    page.get_by_label("Filter metrics (regular expression)").fill("^layer7/norm0990$")
    panels = page.locator(".charts .panel")
    expect(panels).to_have_count(1)
    expect(panels.locator(".canvas")).to_have_attribute("aria-label", re.compile("1 points, 990 → 990"))
    open_view(page, "#/sessions")
    platform.run("rm", "-f", "--yes", name)


def test_a_family_a_priority_and_an_svg(platform, page):
    fork = platform.run("fork", "-q", platform.ended[1])
    open_view(page, f"#/sessions/{fork}/overview")
    family = page.locator(".family")
    expect(family.get_by_role("link", name=platform.ended[1], exact=True)).to_be_visible()
    expect(family.locator(".self")).to_contain_text(fork)
    open_view(page, f"#/sessions/{platform.waiting}/overview")
    platform.run("rm", "-f", "--yes", fork)
    page.get_by_role("button", name="Priority").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("-7")
    expect(dialog.locator("code")).to_have_text(f"nsml priority -- -7 {platform.waiting}")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".facts")).to_contain_text(["Priority-7"])
    platform.run("priority", "--", "0", platform.waiting)
    open_view(page, f"#/sessions/{platform.ended[0]}/graph")
    panel = page.locator(".charts .panel").first
    panel.scroll_into_view_if_needed()
    expect(panel.locator("canvas").first).to_be_visible()
    panel.hover()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save as SVG").click()
    assert "<svg" in download.value.path().read_text()[:200]


def test_a_dataset_is_changed_by_its_owner(platform, page):
    open_view(page, "#/datasets/digits/settings")
    page.get_by_label("What it is").fill("digits of <b>many</b> hands")
    expect(page.locator(".settings code")).to_have_text("nsml dataset change digits --description 'digits of <b>many</b> hands'")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".head .memo")).to_have_text("digits of <b>many</b> hands")
    expect(page.locator(".settings")).to_contain_text("Nothing is changed yet.")


def test_what_a_session_uses_is_drawn_and_live(platform, page):
    open_view(page, f"#/sessions/{platform.live}/resources")
    cpu = page.locator(".usage .panel", has_text="CPU, cores").locator(".canvas")
    expect(cpu.locator("canvas").first).to_be_visible()
    memory = page.locator(".usage .panel", has_text="Memory").locator(".newest")
    expect(memory).to_have_text(re.compile(r"^\d[\d.]* MB / 500 MB$"))
    before = cpu.get_attribute("aria-label")
    expect(cpu).not_to_have_attribute("aria-label", before, timeout=15000)
    page.get_by_role("button", name="Wall time").click()
    assert "axis=wall" in page.url
    open_view(page, f"#/sessions/{platform.waiting}/resources")
    expect(page.locator(".tab")).to_contain_text("Nothing was measured yet.")


def test_a_log_is_searched_with_its_surroundings_linked_and_wrapped(platform, page, tmp_path):
    (tmp_path / "main.py").write_text(
        "for i in range(9000):\n    print(f'line {i}' + ' needle' * (i in (40, 8000)) + ' ' + '한' * 700 * (i == 8500))\n"
    )
    name = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    platform.run("wait", name)
    open_view(page, f"#/sessions/{name}/terminal")
    hit = page.locator(".l.hit")
    field = page.get_by_label("Search (regular expression)")
    field.fill("needle")
    expect(page.get_by_role("status").first).to_have_text("0 of 1 so far")
    field.press("Shift+Enter")
    expect(hit).to_contain_text("line 8000 needle")
    # What was not loaded is searched as well.
    field.press("Shift+Enter")
    expect(hit).to_contain_text("line 40 needle")
    page.get_by_role("button", name="± 3").click()
    lines = page.locator(".log .l")
    expect(lines).to_have_count(17)
    expect(lines.nth(1)).to_contain_text("line 37")
    expect(page.locator(".l.gap")).to_have_text(["37 lines", "7953 lines", "996 lines"])
    page.get_by_role("button", name="All lines").click()
    expect(hit).to_be_in_viewport()
    page.locator(".log .l", has_text=re.compile("^line 42 *$")).locator(".mark").click()
    expect(page.locator(".l.linked")).to_contain_text("line 42")
    link = page.url
    assert "at=" in link
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".l.linked")).to_contain_text("line 42")
    expect(page.locator(".l.linked")).to_be_in_viewport()
    page.get_by_role("button", name="Follow").or_(page.get_by_role("button", name="End")).click()
    field.fill("line 8500 ")
    field.press("Enter")
    expect(hit).to_contain_text("line 8500")
    assert hit.bounding_box()["height"] < 20
    page.get_by_role("button", name="Wrap").click()
    expect(hit).to_be_in_viewport()
    log = page.locator(".log")
    expect(log).to_have_class(re.compile("wraps"))
    # What lies below begins where this ends.
    page.wait_for_function("() => { const a = document.querySelector('.l.hit'); return a.clientHeight > 60 }")
    box = hit.bounding_box()
    below = page.locator(".log .l", has_text="line 8501 ").bounding_box()
    assert abs(box["y"] + box["height"] - below["y"]) < 2
    assert log.evaluate("e => e.scrollWidth <= e.clientWidth")
    platform.run("rm", "-f", "--yes", name)


def test_the_files_of_a_model_are_downloaded_and_it_is_forked(platform, page):
    open_view(page, f"#/sessions/{platform.ended[0]}/models")
    row = page.locator("tbody tr", has=page.locator('a[href$="/infer?checkpoint=19"]'))
    row.get_by_role("button", name="1 file").click()
    opened = page.locator("tr.opened")
    expect(opened.locator("code")).to_have_text(f"nsml model pull {platform.ended[0]} 19 .")
    with page.expect_download() as download:
        opened.get_by_role("link", name="weights.json").click()
    assert download.value.suggested_filename == "weights.json"
    assert json.loads(download.value.path().read_text()) == {"lr": 0.05}
    row.get_by_role("button", name="1 file").click()
    expect(opened).to_have_count(0)
    row.get_by_role("button", name="Fork").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("code")).to_have_text(f"nsml fork {platform.ended[0]} -c 19 -- --lr 0.05")
    dialog.get_by_role("button", name="Fork").click()
    toast = page.locator(".toast a")
    name = toast.inner_text().split()[0]
    assert json.loads(platform.run("inspect", "--json", name))["parent"] == f"{platform.ended[0]}/19"
    platform.run("rm", "-f", "--yes", name)
