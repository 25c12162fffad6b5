"""``python -m tests``: lint, format and types; the tests with branch coverage; the engine's and nn's again,
on the Python classes; random programs for eighty seconds; the wheel, in an environment of its own; and a
short form of the tests on other versions of Python and of the libraries. ``WHYGRAD_PURE=1 python -m pytest``
runs all tests on the Python classes.
"""

import os
import subprocess
import sys
from time import perf_counter

from autograd import native

# Where the extension is in use, these run a second time, on the Python classes. Compiled code, JAX,
# estimators and executors have no Values; `WHYGRAD_PURE=1 python -m pytest` runs their tests too.
PURE = (
    *("pytest", "-q", "-n", "auto", "tests/autograd", "tests/nn"),
    *("--ignore=tests/autograd/compiler", "--ignore-glob=*jax*"),
    *("--ignore=tests/nn/test_estimators.py", "--ignore=tests/nn/test_executing.py"),
)
CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("coverage", "run", "-m", "pytest", "-q", "-n", "auto"),
    ("coverage", "combine", "-q"),
    ("coverage", "report"),
    *([PURE] if native.in_use else []),
    ("tests.campaign", "--minutes", "0.33", "--seed", "1"),
    ("tests.campaign", "--minutes", "1"),  # with a new seed, which it prints
    ("tests.wheel",),
    ("tests.versions",),
)


def main() -> int:
    print(f"native Value: {native.in_use}, since {native.why}", flush=True)
    start = perf_counter()
    for check in CHECKS:
        settings = {"WHYGRAD_PURE": "1"} if check == PURE else {}
        print("+", *(f"{name}={value}" for name, value in settings.items()), *check, flush=True)
        environment = {**os.environ, **settings}
        began = perf_counter()
        status = subprocess.run([sys.executable, "-m", *check], check=False, env=environment).returncode
        now = perf_counter()
        print(f"{now - began:.0f} s, {now - start:.0f} s since the start", flush=True)
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
