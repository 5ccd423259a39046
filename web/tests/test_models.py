"""The saved models of a session: what they are worth, fetched, forked, and asked in every form."""

import re
import struct
import wave
import zlib

import pytest
from conftest import HERE, open_view, signed_in
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def answering(platform):
    """A session that goes on, and saves when it is told to."""
    words = ["run", "-q", "-g", "0", "-c", "1", "--memory", "500M", "--priority", "2", "main.py"]
    name = platform.run(*words, "--", "--epochs", "100000", "--delay", "0.05", folder=HERE / "answers")
    platform.until("do", name, "keep")
    yield name
    platform.clear()


def checkpoints(platform, name: str) -> list[str]:
    return [row["name"] for row in platform.json("model", "ls", name)]


def picture(width: int, height: int) -> bytes:
    """A black PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = zlib.compress(bytes((width + 1) * height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def test_each_model_has_its_numbers_and_is_fetched(platform, page, answering, tmp_path):
    (first,) = checkpoints(platform, answering)
    open_view(page, f"#/sessions/{answering}/models")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(1)
    platform.run("do", answering, "keep")
    expect(rows).to_have_count(2)
    heads = page.locator("main thead th").all_inner_texts()
    assert heads[:7] == ["Checkpoint", "Step", "Age", "Size", "=1+1", "a,b", "loss"]
    for row, saved in zip(rows.all(), reversed(platform.json("model", "ls", answering)), strict=True):
        cells = row.locator("td").all_inner_texts()
        assert [cells[at] for at in (0, 1, 4)] == [saved["name"], str(saved["step"]), str(saved["step"])]
        assert float(cells[6]) == pytest.approx(saved["summary"]["loss"], rel=1e-4)
        assert cells[-1].endswith("3 files")
    # The line below fetches the newest one.
    line = page.locator("main .command code").inner_text().split()
    platform.run(*line[1:], folder=tmp_path)
    assert (tmp_path / answering.replace("/", "_") / checkpoints(platform, answering)[-1] / "model/state.json").is_file()
    rows.last.get_by_role("button", name="3 files").click()
    opened = page.locator("tr.opened")
    line = opened.locator("code").inner_text().split()
    platform.run(*line[1:-1], str(tmp_path / "pulled"))
    pulled = tmp_path / "pulled" / answering.replace("/", "_") / first / "model"
    paths = opened.get_by_role("link").all_inner_texts()
    assert sorted(paths) == ["parts/<b>pöids.bin", "parts/" + "n" * 120, "state.json"]
    for path in paths:
        with page.expect_download() as download:
            opened.get_by_role("link", name=path, exact=True).click()
        assert download.value.path().read_bytes() == (pulled / path).read_bytes()


def test_a_model_is_forked_with_the_line_that_is_shown(platform, passing, page, answering):
    first = checkpoints(platform, answering)[0]
    open_view(page, f"#/sessions/{answering}/models")
    page.locator("main tbody tr").last.get_by_role("button", name="Fork").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"from its checkpoint {first}, with these arguments")
    dialog.get_by_role("textbox").fill("")
    expect(dialog.locator("code")).to_have_text(f'nsml fork {answering} -c {first} --priority 2 -a ""')
    dialog.get_by_role("textbox").fill("--epochs 5")
    expect(dialog.locator("code")).to_have_text(f"nsml fork {answering} -c {first} --priority 2 -- --epochs 5")
    line = dialog.locator("code").inner_text().split()
    dialog.get_by_role("button", name="Fork").click()
    toast = page.locator(".toast a")
    forks = [toast.inner_text().split()[0], platform.run(*line[1:2], "-q", *line[2:])]
    passing += forks
    told = [platform.json("inspect", fork) for fork in forks]
    for fork in told:
        assert [fork[key] for key in ("arguments", "priority", "parent")] == [["--epochs", "5"], 2, f"{answering}/{first}"]


def test_a_model_answers_texts_and_images_and_sounds_and_numbers(platform, page, answering, tmp_path):
    first = checkpoints(platform, answering)[0]
    open_view(page, f"#/sessions/{answering}/infer?checkpoint={first}")
    answer = page.locator(".answer")
    text = page.get_by_label("Text", exact=True)
    ask = page.get_by_role("button", name="Ask", exact=True)
    text.fill("<i>abc</i>")
    ask.click()
    expect(answer.locator("pre")).to_have_text(f"{first}: >i/<cba>i<", timeout=30000)
    text.fill('{"shares": {"cat": 0.25, "<b>dog</b>": 0.75}}')
    ask.click()
    expect(answer.locator(".shares li")).to_have_text(["<b>dog</b>75.0 %", "cat25.0 %"])
    bars = answer.locator(".share i")
    assert [bar.evaluate("e => e.style.width") for bar in bars.all()] == ["75%", "25%"]
    text.fill("sing")
    ask.click()
    sound = answer.locator("audio")
    expect(sound).to_be_visible()
    length = "e => new Promise((done, fail) => { e.onloadedmetadata = () => done(e.duration); e.onerror = fail; e.preload = 'auto'; e.load(); })"
    assert sound.evaluate(length) == 0.5
    text.fill("bytes")
    ask.click()
    with page.expect_download() as download:
        answer.get_by_role("link", name="Save the answer").click()
    assert download.value.path().read_bytes() == bytes(range(10))
    # A file that is chosen, and one that is dropped.
    page.get_by_role("button", name="File").click()
    (tmp_path / "small.png").write_bytes(picture(4, 3))
    page.locator("input[type=file]").set_input_files(tmp_path / "small.png")
    expect(page.locator("main .command code")).to_have_text(f"nsml infer {answering}/{first} < small.png")
    ask.click()
    expect(answer.locator("pre")).to_have_text('{\n  "width": 4,\n  "height": 3\n}')
    line = page.locator("main .command code").inner_text().split()
    assert platform.run(*line[1:-2], str(tmp_path / "small.png")) == '{"width": 4, "height": 3}'
    with wave.open(str(tmp_path / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 8000, 0, "NONE", ""))
        tone.writeframes(bytes(8000))
    page.locator("input[type=file]").set_input_files(tmp_path / "tone.wav")
    ask.click()
    expect(answer.locator("pre")).to_have_text("0.5 s of <b>sound</b>")
    data = page.evaluate_handle(
        """bytes => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(bytes)], "large.png", { type: "image/png" })); return data }""",
        list(picture(120, 110)),
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": data})
    expect(page.locator(".drop")).to_contain_text("large.png")
    ask.click()
    image = answer.locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("e => e.decode().then(() => [e.naturalWidth, e.naturalHeight])") == [120, 110]


def test_what_a_model_cannot_answer_is_told(platform, browser, answering):
    # The browser reports the refusal, so nobody watches this page.
    page, _ = signed_in(platform, browser)
    open_view(page, f"#/sessions/{answering}/infer")
    page.get_by_label("Text", exact=True).fill('{"shares": 1}')
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".answer").get_by_role("alert")).to_contain_text("AttributeError", timeout=30000)
    page.context.close()


def test_a_drawing_is_asked_with_each_stroke(platform, page, answering):
    open_view(page, f"#/sessions/{answering}/infer")
    page.get_by_role("button", name="Draw").click()
    page.get_by_label("Auto").check()
    paper = page.locator(".sketch canvas")
    box = paper.bounding_box()
    image = page.locator(".answer img")
    for y in (0.25, 0.75):
        before = image.get_attribute("src") if y == 0.75 else ""
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * y, steps=4)
        page.mouse.up()
        expect(image).to_have_attribute("src", re.compile("^blob:(?!" + re.escape(before.removeprefix("blob:") or "none") + ")"), timeout=30000)
    # The model gives back what it got: two white strokes on black.
    shades = image.evaluate("""async (e) => {
        await e.decode();
        const paper = new OffscreenCanvas(e.naturalWidth, e.naturalHeight).getContext("2d");
        paper.drawImage(e, 0, 0);
        const { data, width, height } = paper.getImageData(0, 0, e.naturalWidth, e.naturalHeight);
        const at = (x, y) => data[4 * (Math.round(y * height) * width + Math.round(x * width))];
        return [at(0.5, 0.25), at(0.5, 0.5), at(0.5, 0.75), at(0.05, 0.25)];
    }""")
    assert shades == [255, 0, 255, 0]
    page.get_by_role("button", name="Clear").click()
    assert paper.evaluate("e => e.getContext('2d').getImageData(0, 0, e.width, e.height).data.every((shade, at) => at % 4 === 3 || shade === 0)")


def test_auto_asks_each_new_checkpoint(platform, page, answering):
    open_view(page, f"#/sessions/{answering}/infer")
    page.get_by_label("Auto").check()
    page.get_by_label("Text", exact=True).fill("abc")
    said = page.locator(".answer pre")
    expect(said).to_have_text(f"{checkpoints(platform, answering)[-1]}: cba", timeout=30000)
    platform.run("do", answering, "keep")
    newest = checkpoints(platform, answering)[-1]
    expect(said).to_have_text(f"{newest}: cba", timeout=30000)
    expect(page.get_by_label("Checkpoint")).to_have_value(newest)
