"""``python -m tests``: lint, format and types, and the wheel, in an environment of its own; the tests with
branch coverage; the engine's and nn's again, on the Python classes; random programs, a minute of a fixed seed
and a minute of a new one; and a short form of the tests on other versions of Python and of the libraries.
``WHYGRAD_PURE=1 python -m pytest`` runs all tests on the Python classes.

What keeps one core busy runs beside another check, and prints when it ends.
"""

import sys

from autograd import native
from tests.together import INTERRUPTED, together

PYTEST = ("pytest", "-q", "-n", "auto")
# Where the extension is in use, these run a second time, on the Python classes. Compiled code, JAX,
# estimators and executors have no Values; `WHYGRAD_PURE=1 python -m pytest` runs their tests too.
PURE = (
    *("WHYGRAD_PURE=1", *PYTEST, "tests/autograd", "tests/nn"),
    *("--ignore=tests/autograd/compiler", "--ignore-glob=*jax*"),
    *("--ignore=tests/nn/test_estimators.py", "--ignore=tests/nn/test_executing.py"),
)
# The checks of a stage run at once.
STAGES = (
    (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("tests.wheel",)),
    (("coverage", "run", "-m", *PYTEST),),
    (("coverage", "combine", "-q"),),
    (("coverage", "report"), *([PURE] if native.in_use else [])),
    (
        ("tests.campaign", "--minutes", "1", "--seed", "1"),
        ("tests.campaign", "--minutes", "1"),  # with a new seed, which it prints
    ),
    (("tests.versions",),),
)


def main() -> int:
    print(f"native Value: {native.in_use}, since {native.why}", flush=True)
    try:
        return next(filter(None, map(together, STAGES)), 0)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
