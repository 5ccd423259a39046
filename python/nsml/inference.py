"""``nsml.infer`` and the questions that come from the platform: both end in the bound infer function."""

from __future__ import annotations

from nsml import answers, bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nsml.callbacks import Callback

_OWN_PARAMETERS = ("appType", "app_type", "input")


def infer(*data: Any, input: Any = None, app_type: Any = None, **keywords: Any) -> Any:
    """Call the bound infer function and return what it returns.

    ``nsml.infer(data)`` hands ``data`` on as it is. ``nsml.infer(input="base64,...", app_type="list_string")``, the
    form that older clients send, hands it on as a question from outside would be (``nsml.answers``).

    Raises LookupError when no function is bound, and what the function raises.
    """
    callback = _bound()
    if input is not None and not data:
        form = answers.form_of(callback.function, bindings.infer_input())
        data = (answers.argument(form, app_type, answers.body_of(input)),)
    extras = answers.accepted(callback.function, callback.extras)
    return callback.function(*data, **dict(extras, **keywords))


def answer(parameters: dict[str, Any], body: bytes) -> tuple[str, bytes]:
    """Answer a question from the platform: content type and bytes. Raises what the function raises.

    Parameters other than ``appType`` and ``input`` reach the function as keywords if it can take them.
    """
    callback = _bound()
    app_type = parameters.get("appType", parameters.get("app_type"))
    if not body and parameters.get("input") is not None:
        body = answers.body_of(parameters["input"])
    form = answers.form_of(callback.function, bindings.infer_input())
    given = answers.argument(form, app_type if isinstance(app_type, str) else None, body)
    extra = {name: value for name, value in parameters.items() if name not in _OWN_PARAMETERS}
    keywords = answers.accepted(callback.function, dict(callback.extras, **extra))
    return answers.encoded(callback.function(given, **keywords))


def _bound() -> Callback:
    callback = bindings.answerer()
    if callback is None:
        raise LookupError("nothing is bound to answer with: give nsml.bind an infer function")
    return callback
