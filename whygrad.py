"""``whygrad``: the command, and the check that Python finds whygrad's own packages under their names.

HIPS autograd is imported as `autograd` too. Installed over whygrad, it replaces some files of the engine and
leaves the others, which pip does not notice. This file imports none of the packages, so it can report that.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["ADVICE", "check_engine", "check_extra", "main", "stranger"]

ADVICE = (
    "remove it (pip uninstall autograd), then pip install --force-reinstall --no-deps whygrad; or give each "
    "an environment of its own"
)


def stranger(name: str) -> str | None:
    """Say where Python finds another package under one of whygrad's import names, or return None."""
    spec = find_spec(name)
    if spec is None:
        return "nowhere"
    if spec.origin is None or spec.loader is None:
        return f"in {', '.join(spec.submodule_search_locations or ())}, without its __init__.py"
    try:
        content: bytes = spec.loader.get_data(spec.origin)  # type: ignore[attr-defined]
    except (AttributeError, OSError):  # frozen into a program, whose author chose the package
        return None
    return None if b"whygrad" in content else f"at {spec.origin}"


def check_engine(user: str) -> None:
    """Check that `autograd` is whygrad's, without importing it.

    Args:
        user: the package that needs it, for the message.

    Raises:
        ImportError: Python finds another package, or none.
    """
    place = stranger("autograd")
    if place is not None:
        raise ImportError(
            f"{user} needs whygrad's autograd, but Python finds another package of that name {place}: "
            f"{ADVICE}",
            name="autograd",
        )


def check_extra(user: str, extra: str, packages: Sequence[str]) -> None:
    """Check that optional packages are installed, without importing them.

    A package whose modules run by ``python -m`` calls this in its ``__init__.py``. A missing one then ends
    the program with one sentence and status 2.

    Args:
        user: what needs them, in the plural, for the message.
        extra: the extra of whygrad that installs them.
        packages: their import names.

    Raises:
        ImportError: one is missing, and the module is imported by another.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if not missing:
        return
    message = f"{user} need {', '.join(missing)}: pip install 'whygrad[{extra}]'"
    if sys.argv[0] == "-m":  # Python's value while it looks for the module to run
        print(message, file=sys.stderr)  # noqa: T201
        sys.exit(2)
    raise ImportError(message, name=missing[0])


def main() -> int:
    """Run the command, and return its exit status: see `viz.__main__`."""
    try:
        from viz.__main__ import main as command  # deferred, since the load may fail
    except ImportError as error:
        if sys.argv[1:2] != ["doctor"]:
            print(f"whygrad: {error}", file=sys.stderr)  # noqa: T201
            return 2
        import runpy  # loaded for a diagnosis alone
        from pathlib import Path

        # By path, since the package cannot be imported.
        doctor = runpy.run_path(str(Path(__file__).with_name("viz") / "doctor.py"))
        status: int = doctor["main"](sys.argv[2:])
        return status
    return command()


if __name__ == "__main__":
    sys.exit(main())
