"""``nsml.Visdom``, for scripts that drew with visdom: what they draw is shown in the page, without a server of its own.

Lines become series: a point of the window titled ``loss`` with the name ``train`` is reported as ``loss/train`` at the
step that is its x. Pictures, texts, bars, histograms, heat maps and points become panels, kept by step, at most one a
second for each window. Nothing here raises, opens a connection or needs the package ``visdom``.
"""

from __future__ import annotations

from time import monotonic

from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from nsml.media import Media

_POINTS_LIMIT = 10_000  # of one call; a whole curve drawn anew at every step must not fill the journal
_VALUES_LIMIT = 20_000  # of one drawing
_INTERVAL = 1.0  # seconds between two drawings of a window
_SILENT = ("close", "save", "fork_env", "delete_env", "get_env_list", "update_window_opts", "register_event_handler")


class Visdom:
    """Takes the calls of ``visdom.Visdom``. ``visdom=`` (the module) and all other arguments are ignored."""

    def __init__(self, *ignored: Any, **also_ignored: Any) -> None:
        self._windows = 0
        self._points: dict[str, list[list[Any]]] = {}
        self._drawn: dict[str, float] = {}
        self._waiting: dict[str, Callable[[], None]] = {}

    def line(
        self,
        Y: Any = None,
        X: Any = None,
        win: Any = None,
        env: Any = None,
        opts: Any = None,
        update: Any = None,
        name: Any = None,
        **ignored: Any,
    ) -> str:
        """Report each point of one or several lines; returns the window's name."""
        window = self._window(win)
        try:
            self._report(Y, X, window if win else "", opts or {}, name)
        except Exception as error:
            warn_once("visdom line", "a line of Visdom was skipped (%s: %s)" % (type(error).__name__, error))
        return window

    def image(self, img: Any = None, win: Any = None, env: Any = None, opts: Any = None, **ignored: Any) -> str:
        from nsml.media import Image

        return self._draw("image", win, opts, lambda: Image(img, (opts or {}).get("caption", "")))

    def images(
        self,
        tensor: Any = None,
        nrow: int = 8,
        padding: int = 2,
        win: Any = None,
        env: Any = None,
        opts: Any = None,
        **ignored: Any,
    ) -> str:
        """A grid of pictures, ``nrow`` beside each other."""

        def make() -> Media:
            from nsml.media import Image
            from nsml.pixels import Pixels

            pictures = [Pixels.of(picture) for picture in list(tensor)[:256]]
            if not pictures:
                raise ValueError("there are no pictures")
            return Image(Pixels.grid(pictures, int(nrow), int(padding)).png(), (opts or {}).get("caption", ""))

        return self._draw("images", win, opts, make)

    def text(
        self, text: Any = "", win: Any = None, env: Any = None, opts: Any = None, append: bool = False, **ignored: Any
    ) -> str:
        from nsml.media import Drawing

        return self._draw("text", win, opts, lambda: Drawing("text", {"text": str(text)[:100_000]}))

    def histogram(self, X: Any = None, win: Any = None, env: Any = None, opts: Any = None, **ignored: Any) -> str:
        from nsml.media import Histogram

        return self._draw("histogram", win, opts, lambda: Histogram(X, bins=int((opts or {}).get("numbins", 30))))

    def bar(
        self, X: Any = None, Y: Any = None, win: Any = None, env: Any = None, opts: Any = None, **ignored: Any
    ) -> str:
        return self._plot("bar", win, opts, lambda: {"rows": _rows(X), "places": _flat(Y)})

    def heatmap(self, X: Any = None, win: Any = None, env: Any = None, opts: Any = None, **ignored: Any) -> str:
        return self._plot("heatmap", win, opts, lambda: {"rows": _rows(X)})

    def scatter(
        self,
        X: Any = None,
        Y: Any = None,
        win: Any = None,
        env: Any = None,
        opts: Any = None,
        update: Any = None,
        name: Any = None,
        **ignored: Any,
    ) -> str:
        """Points of two or three numbers; ``Y`` is the class of each."""
        window = self._window(win)

        try:
            classes = _flat(Y) or [name if name is not None else 1] * len(_rows(X))
            points = [[*row[:3], label] for row, label in zip(_rows(X), classes)]
        except Exception as error:
            warn_once("visdom scatter", "a Visdom.scatter was skipped (%s: %s)" % (type(error).__name__, error))
            return window
        # Here and not when it is drawn: what is added too fast to be seen must not be lost.
        before = self._points.get(window, []) if update == "append" else []
        self._points[window] = kept = (before + points)[-_POINTS_LIMIT // 4 :]
        return self._plot(
            "scatter",
            window,
            opts,
            lambda: {"rows": [point[:-1] for point in kept], "classes": [point[-1] for point in kept]},
        )

    def matplot(self, plot: Any = None, win: Any = None, env: Any = None, opts: Any = None, **ignored: Any) -> str:
        from nsml.media import Image

        return self._draw("matplot", win, opts, lambda: Image(plot))

    def check_connection(self, *ignored: Any, **also_ignored: Any) -> bool:
        """There is always somebody who takes what is drawn."""
        return True

    def win_exists(self, *ignored: Any, **also_ignored: Any) -> bool:
        """Every window is there to be drawn into."""
        return True

    def __getattr__(self, kind: str) -> Callable[..., str]:
        if kind.startswith("__"):
            raise AttributeError(kind)

        def let_go(*ignored: Any, win: Any = None, **also_ignored: Any) -> str:
            if kind not in _SILENT:
                warn_once("visdom " + kind, "Visdom.%s is not kept here" % kind)
            return self._window(win)

        return let_go

    def _window(self, win: Any) -> str:
        if win:
            return str(win)
        self._windows += 1
        return "window_%d" % self._windows

    def _plot(self, kind: str, win: Any, opts: Any, make: Callable[[], dict[str, Any]]) -> str:
        from nsml.media import Drawing

        def drawing() -> Media:
            content = make()
            if sum(len(row) for row in content["rows"]) > _VALUES_LIMIT:
                raise ValueError("more than %d values" % _VALUES_LIMIT)
            content["plot"] = kind
            for option in ("xlabel", "ylabel", "legend", "rownames", "columnnames"):
                if (opts or {}).get(option) is not None:
                    value = opts[option]
                    content[option] = str(value) if isinstance(value, str) else [str(one) for one in value]
            return Drawing("plot", content)

        return self._draw(kind, win, opts, drawing)

    def _draw(self, kind: str, win: Any, opts: Any, make: Callable[[], Media]) -> str:
        """Report what ``make`` makes under the window's title; a window that is drawn too fast shows its last state."""
        window = self._window(win)
        name = str((opts or {}).get("title") or window)

        def show() -> None:
            from nsml import report

            self._waiting.pop(window, None)
            self._drawn[window] = monotonic()
            try:
                item = make()
            except Exception as error:
                warn_once("visdom " + kind, "a Visdom.%s was skipped (%s: %s)" % (kind, type(error).__name__, error))
                return
            from nsml.reports import last_step

            report(step=last_step(), **{name: item})

        if window in self._drawn and monotonic() - self._drawn[window] < _INTERVAL:
            if not self._waiting:
                self._flush_at_end()
            self._waiting[window] = show
        else:
            show()
        return window

    def _flush_at_end(self) -> None:
        import atexit

        atexit.unregister(self._flush)
        atexit.register(self._flush)

    def _flush(self) -> None:
        for show in list(self._waiting.values()):
            show()

    @staticmethod
    def _report(Y: Any, X: Any, window: str, opts: dict[str, Any], name: Any) -> None:
        from nsml import report

        rows = _rows(Y)
        places = _rows(X) if X is not None else [[index] for index in range(len(rows))]
        legend = list(opts.get("legend") or [])
        title = str(opts.get("title") or window or "visdom")
        for row, place in list(zip(rows, places))[-_POINTS_LIMIT:]:
            values = {}
            for index, value in enumerate(row):
                part = name if name is not None else (legend[index] if index < len(legend) else None)
                if part is None and len(row) > 1:
                    part = index
                values[title if part is None else "%s/%s" % (title, part)] = value
            report(step=place[0], **values)


def _rows(values: Any) -> list[list[Any]]:
    """One list for each x, of one number for each line."""
    convert = getattr(values, "tolist", None)
    plain = convert() if callable(convert) else values
    if not isinstance(plain, (list, tuple)):
        plain = [plain]
    return [list(row) if isinstance(row, (list, tuple)) else [row] for row in plain]


def _flat(values: Any) -> list[Any]:
    return [] if values is None else [row[0] for row in _rows(values)]
