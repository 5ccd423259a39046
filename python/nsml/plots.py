"""``nsml.Visdom``, for scripts that drew with visdom: lines become series, the rest is let go.

A point of a line in the window titled ``loss`` with the name ``train`` is reported as ``loss/train`` at the step
that is its x. Pictures, texts and other drawings are not kept; one warning for each kind says so. Nothing here
raises, opens a connection or needs the package ``visdom``.
"""

from __future__ import annotations

from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_POINTS_LIMIT = 10_000  # of one call; a whole curve drawn anew at every step must not fill the journal


class Visdom:
    """Takes the calls of ``visdom.Visdom``. ``visdom=`` (the module) and all other arguments are ignored."""

    def __init__(self, *ignored: Any, **also_ignored: Any) -> None:
        self._windows = 0

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
            if kind not in ("close", "save", "fork_env", "delete_env", "get_env_list"):
                warn_once("visdom " + kind, "Visdom.%s is not kept here: only lines are, as series" % kind)
            return self._window(win)

        return let_go

    def _window(self, win: Any) -> str:
        if win:
            return str(win)
        self._windows += 1
        return "window_%d" % self._windows

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
