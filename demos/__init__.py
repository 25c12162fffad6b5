"""One program per question a person asks; each runs as ``python -m demos.NAME``."""

from whygrad import check_extra

check_extra("the demos", "demos", ("jinja2", "matplotlib", "rich"))
