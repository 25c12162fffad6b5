"""The right file of `tests.viz.students` with one small change each, as a slip of the pen makes it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from tests.viz.students import RIGHT

NAMES = ("self", "other", "out")
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def mutants() -> dict[str, str]:
    """The changed files, by what was changed and in which line."""
    found = {}
    for k, node in enumerate(ast.walk(ast.parse(RIGHT))):
        for what, change in changes(node):
            tree = ast.parse(RIGHT)
            change(next(other for j, other in enumerate(ast.walk(tree)) if j == k), tree)
            found[f"{what} in line {getattr(node, 'lineno', 0)}"] = ast.unparse(
                ast.fix_missing_locations(tree)
            )
    return found


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST, ast.AST], None]]]:
    """The changes of one node: what is changed, and a function that does it in a copy of the tree."""
    match node:
        case ast.BinOp():
            for kind in OPERATORS:
                if not isinstance(node.op, kind):
                    yield f"{ast.unparse(node)}: {kind.__name__}", setting("op", kind())
        case ast.AugAssign():
            yield (
                f"{ast.unparse(node)}: =",
                lambda n, tree: replaced(tree, n, ast.Assign([n.target], n.value)),
            )
            yield f"{ast.unparse(node)}: removed", lambda n, tree: replaced(tree, n, ast.Pass())
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            for other in NAMES:
                if other != name:
                    yield f"{name}: {other}", setting("id", other)
        case ast.Constant(value=int() | float() as number):
            yield f"{number}: {number + 1}", setting("value", number + 1)
        case ast.Attribute(attr="data" | "grad" as attr, ctx=ast.Load()):
            yield (
                f"{ast.unparse(node)}: other attribute",
                setting("attr", "grad" if attr == "data" else "data"),
            )


def setting(field: str, value: object) -> Callable[[ast.AST, ast.AST], None]:
    return lambda node, tree: setattr(node, field, copy.deepcopy(value))


def replaced(tree: ast.AST, old: ast.AST, new: ast.stmt) -> None:
    for parent in ast.walk(tree):
        body = getattr(parent, "body", None)
        if isinstance(body, list) and old in body:
            body[body.index(old)] = new
