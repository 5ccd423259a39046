"""A dataset with an evaluation of its own: models are submitted and ranked, and who overtakes whom is seen."""

import json
import re

import pytest
from conftest import HERE, open_view
from playwright.sync_api import expect

TENS = {
    "train/train_data": "1\n",
    "test/test_data": "1\n2\n3\n4\n",
    "test/test_label": "10\n20\n30\n40\n",
    "data_loader.py": """
import os


def test_data_loader(root_path):
    with open(os.path.join(root_path, "test", "test_data")) as file:
        return file.read().splitlines()
""",
    "evaluation.py": """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--prediction")
parser.add_argument("--test_label_path")
paths = parser.parse_args()
pairs = list(zip(open(paths.prediction).read().split(), open(paths.test_label_path).read().split()))
print(sum(float(a) == float(b) for a, b in pairs) / len(pairs))
""",
}


@pytest.fixture(scope="module")
def tens(platform, tmp_path_factory):
    """The dataset, with two sessions on it: one's own, and one of another user."""
    directory = tmp_path_factory.mktemp("tens")
    for name, text in TENS.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    platform.run("dataset", "push", "tens", str(directory))
    token = json.loads(platform.run("user", "add", "rival", "--json"))["secret"]
    words = ["run", "-q", "-d", "tens", "-g", "0", "-c", "1", "--memory", "500M", "main.py"]
    sessions = [platform.run(*words, folder=HERE / "answers", token=own) for own in (None, token)]
    platform.run("wait", *sessions)
    yield sessions, token
    platform.run("rm", "-f", "--yes", *sessions)
    platform.run("dataset", "rm", "--yes", "tens")


def test_models_are_submitted_and_overtake_each_other(platform, page, tens):
    (own, others), token = tens
    user = own.split("/")[0]
    open_view(page, "#/datasets/tens")
    expect(page.locator("main .empty")).to_contain_text("Nobody is on the board yet.")
    # Checkpoint N gets N of four lines right.
    platform.run("submit", own, "2")
    platform.run("submit", others, "3", token=token)
    board = page.locator("table.board").first.locator("tbody tr")
    expect(board).to_have_count(2)
    expect(board.nth(0).locator("td")).to_have_text(["1", "rival", "0.75", f"{others}/3", "1", re.compile(r"\d+ s")])
    expect(board.nth(1).locator("td")).to_have_text(["2", user, "0.5", f"{own}/2", "1", re.compile(r"\d+ s")])
    chart = page.locator(".ranks .canvas")
    expect(chart).to_have_attribute("aria-label", re.compile(f"Rank over time: {user} Rank 2; rival Rank 1"))
    open_view(page, f"#/sessions/{own}/models")
    page.locator("main tbody tr", has_text="4").first.get_by_role("button", name="Submit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("code")).to_have_text(f"nsml submit {own} 4")
    dialog.get_by_role("button", name="Submit").click()
    expect(page.locator(".toast")).to_contain_text("Submission 3 is on its way")
    open_view(page, "#/datasets/tens/board")
    expect(chart).to_have_attribute("aria-label", f"Rank over time: {user} Rank 1; rival Rank 2", timeout=30000)
    expect(chart.locator("canvas").first).to_be_visible()
    expect(board.nth(0).locator("td")).to_have_text(["1", user, "1", f"{own}/4", "2", re.compile(r"\d+ s")])
    expect(page.locator("table.board").last.locator("tbody tr").first).to_contain_text(f"2 → 1{user}")
    listed = json.loads(platform.run("dataset", "board", "tens", "--json"))["entries"]
    assert [(entry["user"], entry["rank"]) for entry in listed] == [(user, 1), ("rival", 2)]
    # What one has submitted oneself, and nobody else's.
    mine = page.locator("table.mine tbody tr")
    expect(mine).to_have_count(2)
    expect(mine.nth(0).locator("td")).to_have_text(["3", f"{own}/4", "scored", "1", re.compile(r"\d+ s")])
    expect(mine.nth(1).locator("td")).to_have_text(["1", f"{own}/2", "scored", "0.5", re.compile(r"\d+ s")])


def test_a_dataset_lists_its_files_and_versions_and_hides_its_test(platform, page, browser, tens, tmp_path):
    _, token = tens
    open_view(page, "#/datasets/tens/files")
    files = page.locator("main tbody tr")
    expect(files.filter(has_text="evaluation.py")).to_have_count(1)
    expect(page.locator("main .command code")).to_have_text("nsml dataset pull tens ./tens")
    listed = json.loads(platform.run("dataset", "fs", "tens", "--all", "--json"))["files"]
    expect(files).to_have_count(len(listed))
    # Another user does not see what models are scored on.
    context = browser.new_context()
    other = context.new_page()
    other.goto(platform.run("ui", "--no-open", token=token))
    expect(other.locator(".top")).to_be_visible()
    open_view(other, "#/datasets/tens/files")
    expect(other.locator("main tbody")).to_contain_text("train/train_data")
    expect(other.locator("main tbody")).not_to_contain_text("test/test_label")
    expect(other.locator(".tabs")).not_to_contain_text("Settings")
    context.close()
    (tmp_path / "more.txt").write_text("more")
    platform.run("dataset", "pull", "tens", str(tmp_path), "-f")
    open_view(page, "#/datasets/tens/versions")
    versions = page.locator("main tbody tr")
    expect(versions).to_have_count(1)
    # Who looks at it sees the next version come.
    platform.run("dataset", "push", "-f", "tens", str(tmp_path))
    expect(versions).to_have_count(2)
    expect(versions.nth(0)).to_contain_text("@2")
    expect(page.get_by_role("heading", level=1)).to_have_text("tens@2")
    expect(files.nth(1)).to_contain_text("@1")
