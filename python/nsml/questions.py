"""What the platform asks of this process over the control socket, and the answers.

``ping`` and ``state`` are answered at once, ``save`` and ``infer`` at a safe point, at which ``hold`` stays until
``release``. ``exec`` (code in the body), ``set`` (assignments in the body, one a line) and ``do`` (an action with its
arguments, as JSON in the body) are evaluations: at the next safe point in the training's own thread, or with ``now``
at once in one of their own. Their answer is JSON (``Evaluation.answer``). ``complete``, ``actions`` and ``stack`` run
nothing; ``interrupt`` ends the evaluation whose ``number`` it names, or has it forgotten while it waits.

A question that comes twice with the same number (a supervisor was restarted) is evaluated once.
"""

from __future__ import annotations

import json
import os
import threading
import time

from nsml import actions, bindings, completion, framing, moments, pausing, records, reports, safepoint, stacks
from nsml.evaluation import Evaluation, describe_error
from nsml.programs import Program, Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from nsml.control import Answer, Asker

_LOOK_SECONDS = 1.0  # how often a question that waits for a safe point looks whether anybody still wants the answer
TIMEOUT_SECONDS = 60.0
"""How long an evaluation may run, unless the question says otherwise."""

_UNWIND_SECONDS = 0.5  # from the first interruption of an evaluation to the second
_INSIST_SECONDS = 0.1  # from then on
_GIVE_UP_SECONDS = 5.0  # after the first of them
_ABANDONED_LIMIT = 8  # evaluations in threads of their own that could not be ended
_KEPT_ANSWERS = 64
_KEPT_ANSWER_BYTES = 64 * 1024

_lock = threading.Lock()
_evaluations: dict[int, Evaluation] = {}
_waiting: dict[int, threading.Event] = {}
_answers: dict[int, Answer] = {}
_own_number = 1 << 60  # for questions without a number; the platform's own numbers are smaller
_abandoned = 0


def answer(request: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    """Answer one request. Never raises."""
    command = request.get("command")
    parameters = request.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    try:
        if command in _EVALUATIONS:
            return _evaluate(str(command), parameters, body, asker)
        handler = _COMMANDS.get(str(command))
        if handler is not None:
            return handler(parameters, body, asker)
    except Exception as error:
        return _failure("failed", error)
    return refusal("unknown_command", "there is no command '%.100s'" % command)


def refusal(code: str, message: str) -> Answer:
    """An answer that says why there is none."""
    return {"ok": False, "code": code, "message": message}, b""


# Evaluations


def _evaluate(command: str, parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    global _own_number
    number = _whole(parameters.get("number"))
    with _lock:
        if number is None:
            _own_number += 1
            number = _own_number
        if number in _answers:
            return _answers[number]
        earlier = _waiting.get(number)
        if earlier is None:
            _waiting[number] = threading.Event()
    if earlier is not None:
        while not earlier.wait(_LOOK_SECONDS):
            if asker.has_gone():
                break
        return _answers.get(number) or refusal("failed", "the question was asked twice, and its answer is gone")
    result = refusal("failed", "the question was not answered")
    try:
        result = _evaluate_once(command, number, parameters, body, asker)
        return result
    finally:
        with _lock:
            evaluation = _evaluations.pop(number, None)
            # One that was never begun may be asked again.
            if evaluation is None or evaluation.begun:
                kept = result if len(result[1]) <= _KEPT_ANSWER_BYTES else refusal("failed", "the answer is gone")
                _answers[number] = kept
                while len(_answers) > _KEPT_ANSWERS:
                    del _answers[next(iter(_answers))]
            _waiting.pop(number).set()


def _evaluate_once(command: str, number: int, parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    is_now = parameters.get("now") in (True, "true", "1")
    code = body.decode("utf-8", "replace")
    try:
        if command == "do":
            code = actions.call(json.loads(code))
    except LookupError as error:
        return _json({"state": "failed", "error": str(error.args[0]), "output": ""})
    try:
        program = (Setting if command == "set" else Program)(code, number)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _json({"state": "failed", "error": describe_error(error), "traceback": _syntax(error), "output": ""})
    evaluation = Evaluation(program)
    _evaluations[number] = evaluation

    def evaluate(at_safe_point: bool) -> None:
        evaluation.evaluate(at_safe_point)
        if evaluation.changes or command == "do":
            record: dict[str, Any] = {"question": number, "way": command, "code": code, "targets": evaluation.changes}
            if not at_safe_point:
                record["now"] = True
            if evaluation.state != "done":
                record["failed"] = True
            records.append(record)

    limit = _seconds(parameters.get("timeout"))
    if is_now:
        return _now(evaluation, evaluate, limit, asker)
    return _at_next_safe_point(evaluation, evaluate, limit, asker)


def _at_next_safe_point(evaluation: Evaluation, evaluate: Callable[[bool], None], limit: float, asker: Asker) -> Answer:
    done = moments.Done()

    def task() -> None:
        try:
            evaluate(True)
        finally:
            done.set()

    safepoint.submit(task)
    while not done.wait(_left(evaluation, limit) if evaluation.begun else max(min(_LOOK_SECONDS, limit), 0.05)):
        if evaluation.begun:
            if time.monotonic() - evaluation.begun_at >= limit:
                return _end(evaluation, done, "timeout", limit)
        elif evaluation.reason is not None or asker.has_gone():
            safepoint.withdraw(task)
            if not evaluation.begun:
                return _json({"state": "interrupted", "output": "", "notes": ["it was not begun"]})
        if evaluation.reason is not None:
            return _end(evaluation, done, evaluation.reason, limit)
    return _told(evaluation)


def _now(evaluation: Evaluation, evaluate: Callable[[bool], None], limit: float, asker: Asker) -> Answer:
    global _abandoned
    if _abandoned >= _ABANDONED_LIMIT:
        return refusal(
            "busy", "%d evaluations could not be ended and still run: no further ones beside them" % _abandoned
        )
    done = moments.Done()

    def work() -> None:
        try:
            evaluate(False)
        except BaseException:
            pass  # told already; the thread is ours
        finally:
            done.set()

    threading.Thread(target=work, name="nsml-exec", daemon=True).start()
    while not done.wait(min(_LOOK_SECONDS, limit)):
        if evaluation.reason is not None or asker.has_gone():
            return _end(evaluation, done, evaluation.reason or "interrupted", limit)
        if evaluation.begun and time.monotonic() - evaluation.begun_at >= limit:
            return _end(evaluation, done, "timeout", limit)
    return _told(evaluation)


def _end(evaluation: Evaluation, done: moments.Done, reason: str, limit: float) -> Answer:
    """Interrupt, insist, and give up after a while."""
    global _abandoned
    end = time.monotonic() + _GIVE_UP_SECONDS
    pause = _UNWIND_SECONDS
    while time.monotonic() < end:
        evaluation.interrupt(reason)
        if done.wait(pause):
            break
        pause = _INSIST_SECONDS
    else:
        _abandoned += 1

        def lament() -> None:
            global _abandoned
            done.wait()
            _abandoned -= 1

        threading.Thread(target=lament, name="nsml-abandoned", daemon=True).start()
        return _json(
            {
                "state": reason,
                "error": "the evaluation could not be ended: it is in a call that does not come back to Python",
                "output": "",
                "notes": ["it goes on, and what waits for it waits"],
            }
        )
    return _told(evaluation)


def _told(evaluation: Evaluation) -> Answer:
    told = evaluation.answer()
    if evaluation.changes:
        told["changes"] = evaluation.changes
    told["step"] = reports.last_step()
    told["point"] = safepoint.passed
    return _json(told)


def _left(evaluation: Evaluation, limit: float) -> float:
    return max(0.001, min(_LOOK_SECONDS, evaluation.begun_at + limit - time.monotonic()))


def _syntax(error: BaseException) -> str:
    import traceback

    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(type(error), error))
    return describe_error(error)


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return TIMEOUT_SECONDS
    return seconds if 0 < seconds <= 86_400 else TIMEOUT_SECONDS


# What runs nothing


def _state(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    bound = bindings.bound()
    state = {"bound": bound, "paused": pausing.is_serving(), "step": reports.last_step()}
    if safepoint.lent and not safepoint.passed and not any(bound.values()):
        state["lent"] = True  # it has no safe points of its own: they are made for it
    return _json(state)


def _complete(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    prefix, found = completion.complete(body.decode("utf-8", "replace"))
    return _json({"state": "done", "prefix": prefix, "completions": found})


def _actions(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    return _json({"state": "done", "actions": actions.described()})


def _interrupt(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    number = _whole(parameters.get("number"))
    evaluation = _evaluations.get(number) if number is not None else None
    if evaluation is None:
        return refusal("not_found", "no such evaluation waits or runs")
    evaluation.interrupt("interrupted")
    return {"ok": True}, b""


# What the platform wants


def _save(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    if not bindings.bound()["save"]:
        return refusal("cannot_save", "the script has bound no save function")
    from nsml import checkpoints

    def work() -> Answer:
        checkpoints.save(parameters.get("name"))
        return {"ok": True}, b""

    return _at_safe_point(work, "save_failed", asker)


def _infer(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    if not pausing.is_serving():
        return refusal("cannot_infer", "the session is not paused: it answers only in infer mode")
    if not bindings.bound()["infer"]:
        return refusal("cannot_infer", "the script has bound no infer function")
    from nsml import inference

    def work() -> Answer:
        content_type, result = inference.answer(parameters, body)
        if len(result) > framing.BODY_LIMIT:
            return refusal(
                "answer_too_large", "the answer has %d bytes, the limit is %d" % (len(result), framing.BODY_LIMIT)
            )
        return {"ok": True, "contentType": content_type}, result

    return _at_safe_point(work, "infer_failed", asker)


def _hold(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    """Have the training thread stay at its next safe point until it is released; answers when it has arrived there."""
    arrived = moments.Done()

    def stay() -> None:
        safepoint.stay(arrived.set)

    safepoint.submit(stay)
    while not arrived.wait(_LOOK_SECONDS):
        if asker.has_gone():
            safepoint.withdraw(stay)
            return refusal("not_held", "the asking side has gone")
    return {"ok": True}, b""


def _release(parameters: dict[str, Any], body: bytes, asker: Asker) -> Answer:
    safepoint.release()
    return {"ok": True}, b""


def _at_safe_point(work: Callable[[], Answer], code: str, asker: Asker) -> Answer:
    """Have the training thread do the work, and wait for it as long as the other side does."""
    done = moments.Done()
    result: Answer = refusal(code, "the asking side has gone")

    def task() -> None:
        nonlocal result
        try:
            result = work()
        except Exception as error:
            result = _failure(code, error)
        except BaseException as error:  # an exit or a Ctrl-C in the middle: pass it on, but leave nobody waiting
            result = _failure(code, error)
            raise
        finally:
            done.set()

    safepoint.submit(task)
    while not done.wait(_LOOK_SECONDS):
        if asker.has_gone():
            safepoint.withdraw(task)
            break
    return result


def _failure(code: str, error: BaseException) -> Answer:
    import traceback

    message = "%s: %s" % (type(error).__name__, error)
    report = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    header = {"ok": False, "code": code, "message": message[:4000]}
    return header, report.encode("utf-8", "replace")[: framing.BODY_LIMIT]


def _json(value: dict[str, Any]) -> Answer:
    return {"ok": True, "contentType": "application/json"}, json.dumps(value).encode("ascii")


_EVALUATIONS = ("exec", "set", "do")
_COMMANDS: dict[str, Callable[[dict[str, Any], bytes, Asker], Answer]] = {
    "ping": lambda *ignored: ({"ok": True}, b""),
    "state": _state,
    "complete": _complete,
    "actions": _actions,
    "stack": lambda *ignored: _json(stacks.described()),
    "interrupt": _interrupt,
    "hold": _hold,
    "release": _release,
    "save": _save,
    "infer": _infer,
}


def _forget_in_child() -> None:
    """In a forked worker: whoever asked is waiting for the parent."""
    global _lock, _abandoned
    _lock = threading.Lock()
    _evaluations.clear()
    _waiting.clear()
    _abandoned = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
