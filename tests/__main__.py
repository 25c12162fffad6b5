"""``python -m tests``: lint, format, types, and the tests with their branch coverage."""

import subprocess
import sys

CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("coverage", "run", "-m", "pytest", "-q", "-n", "auto"),
    ("coverage", "combine", "-q"),
    ("coverage", "report"),
)


def main() -> int:
    for check in CHECKS:
        print("+", *check, flush=True)
        status = subprocess.run([sys.executable, "-m", *check], check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
