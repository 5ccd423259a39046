"""Code that somebody asks for, compiled, with the assignments that its syntax tree shows.

An assignment that is read off the tree is recorded with what the target held before and what it holds after. The target
is looked up a second time for that, so only where doing so calls nothing: names, attributes and items whose key is made
of such. What a call changes inside is not seen.
"""

from __future__ import annotations

import ast
import operator

from nsml.describing import brief, clean
from nsml.evaluation import NOTHING
from nsml.interruption import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from nsml.scopes import Scope

_RECORD_LIMIT = 100
_STATEMENT_LIMIT = 1000
_TARGET_LIMIT = 200  # characters
_ABSENT = object()

_PURE: tuple[type, ...] = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.Slice, ast.operator,
    ast.unaryop, ast.expr_context,
)  # fmt: skip
if hasattr(ast, "Index") and isinstance(ast.Index, type):
    _PURE += (ast.Index,)  # Python 3.8

_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}  # fmt: skip


class Target:
    """A place that can be assigned: a name, an attribute or an item."""

    def __init__(self, node: ast.expr, text: str, filename: str) -> None:
        self.text = text if len(text) <= _TARGET_LIMIT else text[:_TARGET_LIMIT] + "..."
        self.name = node.id if isinstance(node, ast.Name) else None
        self.is_item = isinstance(node, ast.Subscript)
        self._attribute = node.attr if isinstance(node, ast.Attribute) else None
        self._holder: CodeType | None = None
        self._key: CodeType | None = None
        self.is_readable = all(isinstance(one, _PURE) for one in ast.walk(node))
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            self._holder = _expression(node.value, filename)
        if isinstance(node, ast.Subscript):
            self._key = _expression(_index(node), filename)

    def place(self, names: dict[str, Any]) -> Place:
        """The place itself, as the names are now."""
        if self.name is not None:
            return Place(names, self.name, True)
        assert self._holder is not None
        holder = eval(self._holder, names)
        if self._attribute is not None:
            return Place(holder, self._attribute, False)
        assert self._key is not None
        return Place(holder, eval(self._key, names), True)


class Place:
    """What holds a value, and under which key or attribute."""

    def __init__(self, holder: Any, key: Any, is_item: bool) -> None:
        self._holder = holder
        self._key = key
        self._is_item = is_item

    def get(self) -> Any:
        return self._holder[self._key] if self._is_item else getattr(self._holder, self._key)

    def put(self, value: Any) -> None:
        if self._is_item:
            self._holder[self._key] = value
        else:
            setattr(self._holder, self._key, value)

    def glance(self) -> Any:
        """The value, or ``_ABSENT``."""
        try:
            return self.get()
        except Interrupted:
            raise
        except BaseException:  # a property may raise whatever it likes
            return _ABSENT


class Record:
    """One target that was assigned: what it held, and holds, as text; None where it held nothing, or nobody knows."""

    def __init__(self, target: Target, place: Place | None) -> None:
        self._target = target
        self._place = place
        self.old = self._text()
        self.new: str | None = None

    def _text(self) -> str | None:
        value = _ABSENT if self._place is None else self._place.glance()
        return None if value is _ABSENT else clean(brief(value))

    def close(self) -> None:
        self.new = self._text()

    def as_json(self) -> dict[str, Any]:
        return {"target": clean(self._target.text), "old": self.old, "new": self.new}


class Program:
    """Statements; the last one's value is the program's when it is an expression. Raises SyntaxError and ValueError."""

    def __init__(self, code: str, number: int) -> None:
        self.code = code
        self.filename = "<exec %d>" % number
        self.records: list[Record] = []
        self._hook = ("__nsml_%d__" % number).replace("-", "again_")
        self._targets: list[list[Target]] = []
        self._named: dict[str, Record] = {}
        self._open: dict[int, list[Record]] = {}
        self._names: dict[str, Any] = {}
        tree = ast.parse(code, self.filename)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        if last is not None and _walrus(last):
            tree.body.append(last)
            last = None
        self._instrument(tree)
        self._body = compile(tree, self.filename, "exec") if tree.body else None
        self._value = _expression(last.value, self.filename) if isinstance(last, ast.Expr) else None

    def __call__(self, scope: Scope) -> Any:
        names = self._names = scope.names
        if self._body is not None:
            if self._targets:
                names[self._hook] = self
            try:
                exec(self._body, names)
            finally:
                names.pop(self._hook, None)
                for records in self._open.values():
                    self._close(records)
        return NOTHING if self._value is None else eval(self._value, names)

    @property
    def sources(self) -> dict[str, str]:
        return {self.filename: self.code}

    @property
    def seeds(self) -> bool:
        """Whether the code looks as if it meant to seed."""
        return "seed" in self.code

    # Called by the code itself, before and after a statement that assigns.

    def before(self, number: int) -> None:
        records = []
        if len(self.records) < _RECORD_LIMIT:
            for target in self._targets[number]:
                if target.name is not None and target.name in self._named:
                    continue
                try:
                    place = target.place(self._names) if target.is_readable else None
                except Exception:
                    place = None  # the statement itself is about to fail, or makes what is looked for
                record = Record(target, place)
                records.append(record)
                if target.name is not None:
                    self._named[target.name] = record
        self._open[number] = records

    def after(self, number: int) -> None:
        records = self._open.pop(number, [])
        self._close(records)

    def _close(self, records: list[Record]) -> None:
        for record in records:
            record.close()
            self.records.append(record)

    def finish(self) -> list[dict[str, Any]]:
        """What was assigned."""
        for record in self._named.values():
            record.close()  # assigned again meanwhile, perhaps
        return [record.as_json() for record in self.records if not (record.old is None and record.new is None)]

    def _instrument(self, tree: ast.AST) -> None:
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(tree, field, None)
            if isinstance(statements, list) and statements and isinstance(statements[0], ast.stmt):
                setattr(tree, field, self._with_hooks(statements))
        for handler in list(getattr(tree, "handlers", [])) + list(getattr(tree, "cases", [])):
            self._instrument(handler)

    def _with_hooks(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            is_definition = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            if is_definition or len(self._targets) >= _STATEMENT_LIMIT:
                result.append(statement)
                continue
            self._instrument(statement)
            targets = [
                Target(node, ast.get_source_segment(self.code, node) or "?", self.filename)
                for node in _assigned(statement)
            ]
            if not targets:
                result.append(statement)
                continue
            number = len(self._targets)
            self._targets.append(targets)
            result += [
                self._call("before", number, statement),
                statement,
                self._call("after", number, statement),
            ]
        return result

    def _call(self, method: str, number: int, near: ast.stmt) -> ast.stmt:
        hook = ast.parse("%s.%s(%d)" % (self._hook, method, number)).body[0]
        for node in ast.walk(hook):
            ast.copy_location(node, near)
        return ast.fix_missing_locations(hook)


class Setting:
    """Assignments that happen together, or not at all. Raises SyntaxError and ValueError with a sentence."""

    def __init__(self, code: str, number: int) -> None:
        self.code = code
        self.filename = "<set %d>" % number
        self.records: list[Record] = []
        self._steps: list[tuple[Target, CodeType, Any]] = []
        tree = ast.parse(code, self.filename)
        for statement in tree.body:
            self._steps.append(self._step(statement))
        if not self._steps:
            raise ValueError("there is nothing to set: write NAME=VALUE")

    def _step(self, statement: ast.stmt) -> tuple[Target, CodeType, Any]:
        text = ast.get_source_segment(self.code, statement) or ""
        change = None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            node, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AugAssign):
            node, value, change = statement.target, statement.value, _OPERATORS[type(statement.op)]
        else:
            raise ValueError("'%s' is not NAME=VALUE" % text)
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            raise ValueError(
                "'%s' is not one name, attribute or item" % (ast.get_source_segment(self.code, node) or text)
            )
        target = Target(node, ast.get_source_segment(self.code, node) or text, self.filename)
        return target, _expression(value, self.filename), change

    @property
    def sources(self) -> dict[str, str]:
        return {self.filename: self.code}

    @property
    def seeds(self) -> bool:
        """Whether the code looks as if it meant to seed."""
        return "seed" in self.code

    def __call__(self, scope: Scope) -> Any:
        planned = []
        for target, code, change in self._steps:
            if target.name is not None:
                hindrance = scope.hindrance(target.name) if target.name in scope.names else None
                if hindrance is not None:
                    raise NameError(hindrance)
            place = target.place(scope.names)
            old = self._old(target, place)
            value = eval(code, scope.names)
            planned.append((target, place, old, value if change is None else change(old, value)))
        self._put(planned)
        return NOTHING

    def _old(self, target: Target, place: Place) -> Any:
        try:
            return place.get()
        except (AttributeError, KeyError, IndexError) as error:
            raise type(error)(
                "there is no '%s' to set (nsml set changes what is there; nsml exec can make new things)" % target.text
            ) from None

    def _put(self, planned: list[tuple[Target, Place, Any, Any]]) -> None:
        done = []
        try:
            for target, place, old, value in planned:
                record = Record(target, place)
                done.append((place, old))
                place.put(value)
                record.close()
                self.records.append(record)
        except BaseException:
            self.records = []
            for place, old in reversed(done):
                try:
                    place.put(old)
                except Exception:
                    pass  # what refuses its own old value keeps what it has
            raise

    def finish(self) -> list[dict[str, Any]]:
        return [record.as_json() for record in self.records]


def _expression(node: ast.expr, filename: str) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Expression(node)), filename, "eval")


def _index(node: ast.Subscript) -> ast.expr:
    """The key of an item as an expression; a slice becomes a call of ``slice``."""
    key: Any = node.slice
    if hasattr(ast, "Index") and type(key).__name__ == "Index":  # Python 3.8
        key = key.value
    return _without_slices(key)


def _without_slices(key: Any) -> ast.expr:
    if isinstance(key, ast.Slice):
        parts = [part or ast.Constant(None) for part in (key.lower, key.upper, key.step)]
        return ast.copy_location(ast.Call(ast.Name("slice", ast.Load()), parts, []), key)
    if isinstance(key, ast.Tuple):
        return ast.copy_location(ast.Tuple([_without_slices(one) for one in key.elts], ast.Load()), key)
    if type(key).__name__ == "ExtSlice":  # Python 3.8
        return ast.copy_location(ast.Tuple([_without_slices(one) for one in key.dims], ast.Load()), key)
    assert isinstance(key, ast.expr)
    return key


def _assigned(statement: ast.stmt) -> list[ast.expr]:
    """The targets of a statement, without those of statements within it."""
    found: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        found += statement.targets
    elif isinstance(statement, ast.AugAssign) or (isinstance(statement, ast.AnnAssign) and statement.value is not None):
        found.append(statement.target)
    elif isinstance(statement, ast.Delete):
        found += statement.targets
    simple: list[ast.expr] = []
    while found:
        one = found.pop(0)
        if isinstance(one, (ast.Tuple, ast.List)):
            found = list(one.elts) + found
        elif isinstance(one, ast.Starred):
            found.insert(0, one.value)
        else:
            simple.append(one)
    if not isinstance(statement, (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)):
        simple += _walrus(statement)
    return simple


def _walrus(statement: ast.stmt) -> list[ast.expr]:
    nested = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    found: list[ast.expr] = []
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nested):
            continue
        if isinstance(node, ast.NamedExpr):
            found.append(node.target)
        waiting += list(ast.iter_child_nodes(node))
    return found
