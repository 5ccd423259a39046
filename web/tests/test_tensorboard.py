"""TensorBoard, opened from the page."""

import re

from conftest import HERE, Watch, open_view
from playwright.sync_api import expect

ARTEFACTS = HERE / "artefacts"


# An event file as a training writes one that uses a SummaryWriter: its version, and one scalar `own/loss` of 0.25 at step 3.
WRITER = """
import struct, zlib, pathlib
def crc(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ 0x82F63B78 if n & 1 else n >> 1
        table.append(n)
    c = 0xFFFFFFFF
    for byte in data:
        c = table[(c ^ byte) & 255] ^ c >> 8
    c ^= 0xFFFFFFFF
    return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF
def record(data):
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", crc(head)) + data + struct.pack("<I", crc(data))
value = b"\\x0a\\x08own/loss\\x15" + struct.pack("<f", 0.25)
event = b"\\x09" + struct.pack("<d", 1.7e9) + b"\\x10\\x03\\x2a" + bytes([len(value) + 2]) + b"\\x0a" + bytes([len(value)]) + value
version = b"\\x09" + struct.pack("<d", 1.7e9) + b"\\x1a\\x0dbrain.Event:2"
place = pathlib.Path("logs/first")
place.mkdir(parents=True)
(place / "events.out.tfevents.1700000000.host").write_bytes(record(version) + record(event))
"""


def test_tensorboard_opens_apart_and_shows_reports_and_event_files(platform, page, tmp_path):
    (tmp_path / "main.py").write_text(WRITER)
    own = platform.run("run", "-q", "-g", "0", "-c", "1", "--memory", "200M", "main.py", folder=tmp_path)
    platform.run("wait", own)
    open_view(page, f"#/compare?sessions={platform.live},{own}")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="TensorBoard").click()
    board = opened.value
    watch = Watch(board, platform.url)
    board.wait_for_url("**/tensorboard/nsml_*/", timeout=120000)
    expect(board.get_by_role("button", name="Expand group").filter(has_text="test")).to_be_visible(timeout=30000)
    runs = board.evaluate("fetch('data/runs').then((answer) => answer.json())")
    assert sorted(runs) == sorted([platform.live, f"{own}/files/logs/first"])
    ask = "address => fetch(address).then((answer) => answer.json())"
    address = f"data/plugin/scalars/scalars?tag=own%2Floss&run={own}/files/logs/first"
    assert [point[1:] for point in board.evaluate(ask, address)] == [[3, 0.25]]
    # It is live: the session goes on reporting. TensorBoard keeps a thousand points, the newest among them.
    address = f"data/plugin/scalars/scalars?tag=train%2Floss&run={platform.live}"
    seen = board.evaluate(ask, address)[-1][1]
    board.wait_for_timeout(1500)
    assert board.evaluate(ask, address)[-1][1] > seen
    board.reload()
    board.get_by_role("button", name="Expand group").filter(has_text="test").click()
    expect(board.get_by_text("test/accuracy").first).to_be_visible(timeout=30000)
    expect(board.locator('line-chart').first).to_be_visible()
    board.screenshot(path=ARTEFACTS / "tensorboard.png")
    assert [finding for finding in watch.findings if not re.search("Three.js|GL Driver", finding)] == []
    # It has no origin, so neither our cookie nor our answers.
    assert board.evaluate("origin") == "null"
    assert board.evaluate("fetch('/v1/whoami', { credentials: 'include' }).then(() => 'read', () => 'refused')") == "refused"
    assert board.evaluate("(() => { try { return document.cookie } catch { return 'refused' } })()") == ""
    key = board.url
    board.close()
    # The way in ends with the sign-in.
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Paste a token")).to_be_visible()
    assert page.request.get(key).status == 401
    # The command line leads there as well, signed in.
    other = page.context.new_page()
    other.goto(platform.run("tensorboard", platform.live, own, "--no-open"))
    other.wait_for_url("**/tensorboard/nsml_*/", timeout=30000)
    assert other.url != key
    other.close()
    platform.run("rm", "-f", "--yes", own)
