"""The Jinja templates of all pages.

Everything that a template inserts is escaped, except drawings; a missing value is an error.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from demos.page.parts import Illustration, Table, Verbatim

__all__ = ["render"]


def render(template: str, **values: Any) -> str:
    """A page.

    Args:
        template: the name of its file in the folder ``templates``.
        values: what the template inserts, by name.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests.update(
        table=lambda part: isinstance(part, Table),
        illustration=lambda part: isinstance(part, Illustration),
        verbatim=lambda part: isinstance(part, Verbatim),
    )
    # Only for SVG, which is drawn from numbers or escaped when it is drawn.
    environment.filters["drawn"] = Markup
    return environment
