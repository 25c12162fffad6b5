"""How another process finds a row of the table: it makes it again, or looks it up by name.

A row of a script or a notebook is sent by value where functions are, as by cloudpickle.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pickle import PicklingError
from typing import Any

__all__ = ["found", "is_sent_by_value", "made_again", "reduced_row"]

# The names of the module that is run, which is another one in another process.
MAIN = ("__main__", "__mp_main__")


def is_sent_by_value(module: str) -> bool:
    """Return whether cloudpickle is pickling, which sends the functions of this module by value."""
    frame = sys._getframe() if module in MAIN else None
    while frame is not None:
        if "cloudpickle" in frame.f_globals.get("__name__", "").split("."):  # joblib has a copy of it
            return True
        frame = frame.f_back
    return False


def reduced_row(row: Any, module: str, table: str) -> tuple[Any, ...]:
    """Return a function and its arguments that give the row.

    Args:
        row: the row.
        module: the module of the table.
        table: the variable that holds the table.

    Raises:
        PicklingError: the row is in no table and no variable, and no `family` made it.
    """
    if row.made is not None:
        return row.made, ()
    place = _variable(row, module.rpartition(".")[0])
    tabulated = found(module, table).get(row.name) is row
    if place is None and not tabulated:
        raise PicklingError(
            f"the primitive {row.name!r:.60} cannot be found by another process: add it by "
            "autograd.primitive, or keep it in a variable of a module"
        )
    if tabulated and place is not None and is_sent_by_value(place[0]):
        return made_again, (module, table, row.name, row.symbol, row.forward, row.partials, row.kind)
    if place is None or (tabulated and place[0] in MAIN):
        return found, (module, table, row.name)
    return found, place


def _variable(row: Any, package: str) -> tuple[str, str] | None:
    """Return the module and the name of a variable that holds a row; this package's modules come first."""
    for module in sorted(sys.modules, key=lambda name: (name in MAIN, not name.startswith(package))):
        for name, value in list(getattr(sys.modules[module], "__dict__", {}).items()):
            if value is row:
                return module, name
    return None


def made_again(
    module: str, table: str, name: str, symbol: str, forward: Any, partials: Any, kind: str
) -> Any:
    """Return the row with these rules, and add it to the table if it is not there yet."""
    home = import_module(module)
    row = getattr(home, table).get(name)
    if row is None or _codes(row.forward, row.partials) != _codes(forward, partials):
        row = home.row(name, forward, partials, symbol=symbol, kind=kind)
    return row


def _codes(*rules: Any) -> list[Any]:
    """The codes of functions and of those that they wrap, which stay equal when they are pickled by value."""
    wrapped = [getattr(rule, "__wrapped__", rule) for rule in rules]
    return [getattr(rule, "__code__", rule) for rule in (*rules, *wrapped)]


def found(module: str, variable: str, *entry: str) -> Any:
    """Return a variable of a module, or an entry of it."""
    place = getattr(import_module(module), variable)
    for name in entry:
        if name not in place:
            raise LookupError(
                f"the primitive {name!r:.60} is not in the table: first import the module that adds it"
            )
        place = place[name]
    return place
