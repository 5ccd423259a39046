"""What an infer function gets for the bytes of a question, and the bytes that its result becomes.

The form of the input is, in this order of choice:

1. ``nsml.bind(..., infer_input=FORM)``;
2. the annotation of the function's first parameter: ``bytes`` is "bytes", ``str`` is "text", ``dict`` is "json", an
   ``Image`` is "image";
3. the request's ``appType``, as older clients send it: ``list_string`` gives ``[[text]]``, a name with "image" or
   "canvas" in it gives ``[PIL image]``;
4. otherwise "list": ``[bytes]``, what older scripts expect. The content type of the request changes nothing.

    "bytes"   the bytes                         "json"    the value of the JSON text
    "text"    str, without a last newline       "image"   a PIL image (Pillow must be in the environment)
    "list"    [bytes]

The result: ``bytes`` go out as they are (as an image when they begin like one), a PIL image as PNG, ``str`` as text,
and what JSON can hold as JSON, with numpy and torch values converted, tuples as arrays and numbers that are not finite
as "NaN", "Infinity", "-Infinity". Anything else goes out as its ``repr``, with a warning.
"""

from __future__ import annotations

import base64
import inspect
import io
import json
from importlib import import_module

from nsml import kinds
from nsml.notices import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

FORMS = ("bytes", "text", "json", "list", "image")

_FORM_OF_ANNOTATION = {"bytes": "bytes", "str": "text", "dict": "json", "Image": "image"}
_DEPTH_LIMIT = 64


def form_of(function: Callable[..., Any], chosen: str | None) -> str | None:
    """The form of input that a function was bound for, or None when the request decides."""
    if chosen is not None:
        return chosen
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some functions written in C do not tell
        return None
    if not parameters or parameters[0].annotation is inspect.Parameter.empty:
        return None
    annotation = parameters[0].annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return _FORM_OF_ANNOTATION.get(name.split(".")[-1])


def argument(form: str | None, app_type: str | None, body: bytes) -> Any:
    """What the infer function gets. Raises ValueError when the body is not of the form, ImportError without Pillow."""
    if form is None and app_type == "list_string":
        return [[_text(body)]]
    if form is None and app_type and any(word in app_type.lower() for word in ("image", "canvas")):
        try:
            return [_image(body)]
        except ImportError:
            warn_once("pillow", "Pillow is not in the environment: infer gets images as [bytes]")
            return [body]
    if form == "bytes":
        return body
    if form == "text":
        return _text(body)
    if form == "json":
        return json.loads(body.decode("utf-8"))
    if form == "image":
        return _image(body)
    return [body]


def body_of(given: Any) -> bytes:
    """The bytes that the ``input`` of a request stands for: ``base64,...``, a data URL, or a text itself."""
    if isinstance(given, (bytes, bytearray)):
        return bytes(given)
    text = given if isinstance(given, str) else json.dumps(given)
    head, comma, data = text.partition(",")
    if comma and (head == "base64" or (head.startswith("data:") and head.endswith(";base64"))):
        return base64.b64decode(data)
    return text.encode("utf-8")


def accepted(function: Callable[..., Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Those of the keywords that the function can take."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C do not tell
        return {}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return keywords
    named = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    return {name: value for name, value in keywords.items() if name in named}


def encoded(result: Any) -> tuple[str, bytes]:
    """Content type and bytes of what an infer function returned. Raises only what the result's own methods do."""
    if isinstance(result, (bytes, bytearray, memoryview)):
        content = bytes(result)
        return kinds.image_type(content) or kinds.sound_type(content) or "application/octet-stream", content
    if isinstance(result, str):
        return "text/plain; charset=utf-8", result.encode("utf-8", "replace")
    if hasattr(result, "mode") and hasattr(result, "getbands"):
        picture = io.BytesIO()
        result.save(picture, format="PNG")
        return "image/png", picture.getvalue()
    try:
        text = json.dumps(_plain(result, 0), ensure_ascii=False, allow_nan=False)
        return "application/json", text.encode("utf-8", "replace")
    except (TypeError, ValueError):
        kind = type(result).__name__
        warn_once("answer " + kind, "infer returned %s, which JSON cannot hold: answering with its repr" % kind)
        return "text/plain; charset=utf-8", repr(result).encode("utf-8", "replace")


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    for newline in ("\r\n", "\n"):
        if text.endswith(newline):
            return text[: -len(newline)]
    return text


def _image(body: bytes) -> Any:
    picture = import_module("PIL.Image").open(io.BytesIO(body))
    picture.load()
    return picture


def _plain(value: Any, depth: int) -> Any:
    """The value in types that ``json`` knows. Raises TypeError or ValueError when there is none."""
    if depth > _DEPTH_LIMIT:
        raise ValueError("nested too deeply")
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if value - value == 0.0:
            return float(value)
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    for conversion in ("tolist", "numpy"):  # numpy and torch; TensorFlow
        convert = getattr(value, conversion, None)
        if callable(convert):
            return _plain(convert(), depth + 1)
    if isinstance(value, (map, filter, zip)):
        return [_plain(item, depth + 1) for item in value]
    raise TypeError(type(value).__name__)
