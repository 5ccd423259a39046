"""What ``nsml.paused`` does in a session that is scored: the dataset's loader asks, and the bound function answers.

The dataset's own ``data_loader.py`` is used, never a module of that name beside the script. What it writes, or what
``infer`` returns, lies in ``NSML_SESSION_DIRECTORY/prediction`` when this process ends; how far it came is told line by
line in ``submission``, in words of this module only, so that nothing of the test data can stand there.
"""

from __future__ import annotations

import os
import sys

from nsml import bindings
from nsml.constants import DATASET_PATH, SESSION_DIRECTORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, NoReturn

BATCH_SIZE = 2500  # how many inputs older platforms handed to infer at a time
_SHOWN_LINES = 10
_SHOWN_BYTES = 4096

_stage = "start"
_told: set[str] = set()


class Refusal(Exception):
    """A fault that has a word of its own, which the platform turns into a sentence."""

    def __init__(self, word: str, text: str) -> None:
        super().__init__(text)
        self.word = word


def enter(stage: str) -> None:
    """Tell the platform what comes next: ``load``, ``data`` or ``infer``."""
    global _stage
    _stage = stage
    if stage not in _told:  # a loader may ask for one answer after the other, thousands of times
        _told.add(stage)
        _note(stage)


def fail(error: BaseException) -> NoReturn:
    """End this process because of an error. The traceback goes to stderr, which the author never sees."""
    import traceback

    traceback.print_exception(type(error), error, error.__traceback__)
    _note("failed %s %s" % (_stage, error.word if isinstance(error, Refusal) else "error"))
    _end(1)


def run() -> NoReturn:
    """Make the predictions, once the checkpoint is loaded, and end this process."""
    enter("data")
    try:
        output = os.path.join(SESSION_DIRECTORY, "prediction")
        _predict(output)
        if not os.path.isfile(output) or os.path.getsize(output) == 0:
            raise Refusal("no_predictions", "feed_infer of the dataset's data_loader.py has written no predictions")
        if os.environ.get("NSML_SUBMIT_TEST"):
            _show(output)
    except BaseException as error:  # an exit in the middle is a failure like any other
        fail(error)
    _note("done")
    _end(0)


def _predict(output: str) -> None:
    answerer = bindings.answerer()
    if answerer is None:
        raise Refusal("no_infer", "nothing is bound to answer with: give nsml.bind an infer function")
    loader = _Loader(os.path.join(str(DATASET_PATH), "data_loader.py"))
    extras = answerer.extras

    def infer(*data: Any, **keywords: Any) -> Any:
        from nsml import answers

        with loader.outside():
            enter("infer")
            result = answerer.function(*data, **dict(answers.accepted(answerer.function, extras), **keywords))
        enter("data")
        return result

    feed = getattr(loader.module, "feed_infer", None)
    read = getattr(loader.module, "test_data_loader", None)
    if callable(feed):
        feed(output, infer)
    elif callable(read):
        results = _answers(read(str(DATASET_PATH)), infer)
        loader.leave()
        with open(output, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(_line(item) + "\n" for item in results)
    else:
        raise Refusal("no_loader", "data_loader.py has neither feed_infer nor test_data_loader")


def _answers(inputs: Any, infer: Callable[[Any], Any]) -> list[Any]:
    """The answers to all inputs, asked in batches where the inputs are a list that can be cut."""
    count = len(inputs) if hasattr(inputs, "__len__") else None
    if count is None or not (isinstance(inputs, (list, tuple)) or hasattr(inputs, "shape")):
        return _as_list(infer(inputs), None)
    size = int(os.environ.get("NSML_SUBMIT_BATCH") or BATCH_SIZE)
    results: list[Any] = []
    for start in range(0, count, size):
        batch = inputs[start : start + size]
        results += _as_list(infer(batch), len(batch))
    return results


def _as_list(results: Any, wanted: int | None) -> list[Any]:
    if hasattr(results, "tolist"):
        results = results.tolist()  # an array
    if isinstance(results, (str, bytes, dict)) or not hasattr(results, "__iter__"):
        raise Refusal("no_list", "infer returned %s, and not a list of results" % type(results).__name__)
    found = list(results)
    if wanted is not None and len(found) != wanted:
        raise Refusal("wrong_count", "infer returned %d results for %d inputs" % (len(found), wanted))
    return found


def _line(item: Any) -> str:
    """A result as a line: of a pair (probability, result) only the result counts."""
    if isinstance(item, (tuple, list)) and len(item) == 2:
        item = item[1]
    if hasattr(item, "tolist"):
        item = item.tolist()
    if isinstance(item, bytes):
        item = item.decode("utf-8", "surrogateescape")
    if not isinstance(item, str):
        if isinstance(item, (list, tuple, dict)):
            import json

            return json.dumps(item, ensure_ascii=False)
        item = repr(item) if isinstance(item, (int, float)) else str(item)
    return "\\n".join(item.splitlines())


class _Loader:
    """The dataset's ``data_loader`` module, with the imports that belong to it while it works.

    Modules beside it win over those of the script while the loader runs, and the other way round while ``infer`` does.
    """

    def __init__(self, path: str) -> None:
        from importlib.util import module_from_spec, spec_from_file_location

        self.top = os.path.dirname(path)
        self.names = {name[:-3] for name in os.listdir(self.top) if name.endswith(".py")}
        self.hidden: dict[str, ModuleType] = {}
        self.own: dict[str, ModuleType] = {}
        if not os.path.isfile(path):
            raise Refusal("no_loader", "the dataset has no data_loader.py")
        spec = spec_from_file_location("data_loader", path)
        assert spec is not None and spec.loader is not None  # it is a file that ends with .py
        self.module = module_from_spec(spec)
        self.enter()
        sys.modules["data_loader"] = self.module
        spec.loader.exec_module(self.module)

    def enter(self) -> None:
        """Let the dataset's modules be the ones that are found."""
        self.hidden = {name: sys.modules.pop(name) for name in self.names if name in sys.modules}
        sys.modules.update(self.own)
        sys.path.insert(0, self.top)

    def leave(self) -> None:
        """Let the script's modules be found again."""
        self.own = {name: sys.modules.pop(name) for name in self.names if name in sys.modules}
        sys.modules.update(self.hidden)
        if self.top in sys.path:
            sys.path.remove(self.top)

    def outside(self) -> _Outside:
        """A block in which the script's modules are found."""
        return _Outside(self)


class _Outside:
    def __init__(self, loader: _Loader) -> None:
        self.loader = loader

    def __enter__(self) -> None:
        self.loader.leave()

    def __exit__(self, *ignored: object) -> None:
        self.loader.enter()


def _show(path: str) -> None:
    """Print the first predictions, for a test on the sample."""
    with open(path, "rb") as file:
        head = file.read(_SHOWN_BYTES)
    try:
        lines = head.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        print("NSML) the predictions are %d bytes that are no text" % os.path.getsize(path))
        return
    # At once: unbuffered, `print` would write each line and its end apart, and others could come between.
    shown = ["NSML) the first predictions:"] + ["    " + line for line in lines[:_SHOWN_LINES]]
    sys.stdout.write("".join(line + "\n" for line in shown))


def _note(word: str) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        descriptor = os.open(os.path.join(SESSION_DIRECTORY, "submission"), flags, 0o644)
    except OSError:
        return  # a full disk: the platform sees that the process ended, and how
    try:
        os.write(descriptor, word.encode("ascii") + b"\n")
    finally:
        os.close(descriptor)


def _end(status: int) -> NoReturn:
    """End at once: nothing of the script's comes after paused, and none of its threads can hold this up."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # closed, or replaced by an object of the user's
    os._exit(status)
