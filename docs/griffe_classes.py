"""For the reference: a class that a line below it may replace by one in C is documented as the class."""

from __future__ import annotations

from typing import Any

import griffe

__all__ = ["KeptClasses"]


class KeptClasses(griffe.Extension):
    """Keep a class under its name although its module assigns to that name again."""

    def __init__(self) -> None:
        self._classes: dict[tuple[str, str], griffe.Class] = {}

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        self._classes[cls.module.path, cls.name] = cls

    def on_module_members(self, *, mod: griffe.Module, **_: Any) -> None:
        for (module, name), cls in self._classes.items():
            if module == mod.path and name in mod.members and mod.members[name].is_attribute:
                mod.set_member(name, cls)
