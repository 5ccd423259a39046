"""A platform with sessions, and a browser that reports whatever it complains of."""

import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("NSML_PROGRAM", str(HERE.parent.parent / ".build/debug/nsml"))
# For pictures that people look at, without the texts that mean no good.
IS_PLAIN = "NSML_PAGE_PLAIN" in os.environ
MEMO = "too large a step" if IS_PLAIN else '<img src=x onerror="alert(1)"> \u202eevil\u202c \U0001f680'
PLAIN = {
    "for line in HOSTILE": "for line in []",
    '"<b>bold</b>"': '"train/epoch"',
    "sample <b>": "sample",
    " <i>caption</i>": "",
    "<b>one</b>": "one",
    " with <b>tags</b>": "",
    "<b>not</b>": "not",
}


# In a script: the page's own ECharts, which knows its charts. Its address has the build's name in it.
ECHARTS = """const { echarts } = await import(
    performance.getEntriesByType("resource").map((entry) => entry.name).find((name) => name.endsWith("vendor/echarts.js")));"""


class Platform:
    """A platform of its own, and the command line that knows it."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("NSML_")}
        self.environment["XDG_CONFIG_HOME"] = str(directory / "config")

    training = HERE / "training"

    def run(self, *words: str, folder: pathlib.Path | None = None, token: str | None = None) -> str:
        environment = self.environment | ({"NSML_URL": self.url, "NSML_TOKEN": token} if token else {})
        done = subprocess.run([PROGRAM, *words], env=environment, cwd=folder or self.training, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"nsml {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def listed(self, *words: str) -> list[str]:
        return self.run("ps", "-a", "--everyone", "-q", *words).split()

    def clear(self) -> None:
        """Removes what belongs to no dataset, also models that were asked."""
        left = self.listed("--where", "dataset:None")
        if left:
            self.run("rm", "-f", "--yes", *left)

    def shell(self, line: str) -> str:
        """A line as the page shows it."""
        environment = self.environment | {"PATH": f"{pathlib.Path(PROGRAM).resolve().parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout.strip()

    def json(self, *words: str):
        return json.loads(self.run(*words, "--json"))

    def until(self, *words: str) -> None:
        """Runs it until it works: a session that has just begun cannot be asked yet."""
        for _ in range(100):
            done = subprocess.run([PROGRAM, *words], env=self.environment, capture_output=True, text=True, timeout=120)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"nsml {' '.join(words)}: {done.stderr}")

    def up(self) -> None:
        words = ["up", "--data", str(self.directory / "data"), "--listen", "127.0.0.1:0", "--cpus", "8", "--gpus", "2"]
        # While one works on the page: its files as they are, without building.
        self.run(*words, *(["--web", str(HERE.parent)] if "NSML_PAGE_FILES" in os.environ else []))

    def down(self) -> None:
        self.run("down", "--data", str(self.directory / "data"))

    @property
    def url(self) -> str:
        return json.loads((self.directory / "data/server.pid").read_text())["url"]

    def train(self, *arguments: str, dataset: str | None = "digits", gpus: int = 0, memo: str = "") -> str:
        words = ["run", "-q", "-g", str(gpus), "-c", "1", "--memory", "500M"]
        if dataset:
            words += ["-d", dataset]
        if memo:
            words += ["-m", memo]
        return self.run(*words, "main.py", "--", *arguments)


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    directory = tmp_path_factory.mktemp("platform")
    platform = Platform(directory)
    platform.up()
    try:
        prepare(platform)
        yield platform
    finally:
        subprocess.run(
            [PROGRAM, "rm", "-f", "--yes", "*/*/*"], env=platform.environment, capture_output=True, timeout=60
        )
        platform.down()


def prepare(platform: Platform) -> None:
    """A dataset; sessions that ended, one that failed, one that runs and one that waits."""
    if IS_PLAIN:
        platform.training = platform.directory / "training"
        platform.training.mkdir()
        script = (HERE / "training/main.py").read_text()
        for text, plain in PLAIN.items():
            script = script.replace(text, plain)
        (platform.training / "main.py").write_text(script)
    data = platform.directory / "digits"
    data.mkdir()
    (data / "train.bin").write_bytes(bytes(range(256)) * 400)
    (data / "<b>read me.txt").write_text("digits")
    platform.run("dataset", "push", "digits", str(data), "--description", "Digits, 8 × 8", "--metric", "test/accuracy")
    platform.ended = [platform.train("--lr", lr, memo=f"lr {lr}") for lr in ("0.05", "0.1", "0.3")]
    platform.failed = platform.train("--lr", "0.2", "--epochs", "12", "--fail", memo=MEMO)
    platform.live = platform.train("--lr", "0.01", "--epochs", "100000", "--delay", "0.2", gpus=1, memo="long and live")
    platform.waiting = platform.train("--lr", "0.7", gpus=2, memo="waits")
    for name in [*platform.ended, platform.failed]:
        subprocess.run([PROGRAM, "wait", name], env=platform.environment, capture_output=True, timeout=120)


@pytest.fixture(scope="session")
def browser():
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("NSML_PAGE") == "required":
            pytest.fail("no Chromium: scripts/prepare.sh installs it")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watch:
    """What a page did that it must not do."""

    def __init__(self, page: Page, origin: str):
        self.findings: list[str] = []
        page.on("console", lambda message: message.type in ("error", "warning") and self.add(message.text))
        page.on("pageerror", lambda error: self.add(error.message))
        page.on("request", lambda request: self.origin(request.url, origin))
        page.on("dialog", lambda dialog: (self.add(f"a dialog: {dialog.message}"), dialog.dismiss()))

    def add(self, text: str) -> None:
        self.findings.append(text)

    def origin(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            self.add(f"a request to {url}")


def signed_in(platform: Platform, browser: Browser, width: int = 1440, scheme: str = "light") -> tuple[Page, Watch]:
    height = 900 if width > 500 else 844
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    watch = Watch(page, platform.url)
    page.goto(platform.run("ui", "--no-open"))
    expect(page.locator(".top")).to_be_visible()
    return page, watch


@pytest.fixture
def passing(platform):
    """Names of sessions that go when the page is closed, which might else ask for them once more: to be named before it."""
    names: list[str] = []
    yield names
    platform.run("rm", "-f", "--yes", *names)


@pytest.fixture
def page(platform, browser):
    page, watch = signed_in(platform, browser)
    yield page
    page.context.close()
    assert watch.findings == []


def open_view(page: Page, address: str) -> None:
    page.evaluate("address => { location.hash = address }", address)
