"""Write markup: HTML, SVG, and the HTML-like labels of Graphviz. Text is escaped unless it is `Markup`."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping
from string import Template

__all__ = ["Markup", "attributes", "element", "escape", "fill", "policy_hash"]


class Markup(str):
    """Text that is markup already and is written unchanged."""

    __slots__ = ()

    def join(self, pieces: Iterable[str], /) -> Markup:
        """Join pieces, escaping those that are not `Markup`."""
        return Markup(super().join(map(escape, pieces)))


_NOTHING = Markup()


def escape(text: str) -> Markup:
    """Any text as markup that shows exactly this text; `Markup` is returned unchanged."""
    return text if isinstance(text, Markup) else Markup(html.escape(text))


def attributes(values: Mapping[str, object]) -> Markup:
    """Write the attributes of a start tag, each after a space; floats with six significant digits."""
    return Markup("".join([f' {name}="{_written(value)}"' for name, value in values.items()]))


def _written(value: object) -> object:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, int) else escape(str(value))


def element(name: str, values: Mapping[str, object] | None = None, /, *content: str) -> Markup:
    """Write an element.

    Args:
        name: the tag.
        values: its attributes.
        content: text and elements in it, the text escaped. An element without content is self-closing.

    Examples:
        >>> element("td", {"class": "name"}, "a < b")
        '<td class="name">a &lt; b</td>'
    """
    start = f"<{name}{attributes(values) if values else ''}"
    return Markup(f"{start}>{_NOTHING.join(content)}</{name}>" if content else f"{start}/>")


def fill(template: str, /, **parts: str) -> Markup:
    """Fill a template's ``$names``, escaping each part that is not `Markup`.

    Raises:
        KeyError: the template has a name without a part.
    """
    return Markup(Template(template).substitute({name: escape(part) for name, part in parts.items()}))


def policy_hash(text: str) -> str:
    """A script or a style as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
