"""``python -m tests``: lint, format and types; the tests with branch coverage, on both kinds of Value; random
programs for eighty seconds; and a short form of the tests on other versions of Python and of the libraries.
"""

import os
import subprocess
import sys

from autograd import native

TESTS = ("coverage", "run", "-m", "pytest", "-q", "-n", "auto")
CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    TESTS,
    ("coverage", "combine", "-q"),
    ("coverage", "report"),
    ("tests.campaign", "--minutes", "0.33", "--seed", "1"),
    ("tests.campaign", "--minutes", "1"),  # with a new seed, which it prints
    ("tests.versions",),
)


def main() -> int:
    print(f"native Value: {native.in_use}, since {native.why}", flush=True)
    for check in CHECKS:
        # Where the extension is in use, the tests run a second time, on the Python classes.
        for pure in ("0", "1") if check == TESTS and native.in_use else ("0",):
            print("+", *(["WHYGRAD_PURE=1"] if pure == "1" else []), *check, flush=True)
            environment = os.environ if pure == "0" else {**os.environ, "WHYGRAD_PURE": pure}
            status = subprocess.run([sys.executable, "-m", *check], check=False, env=environment).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
