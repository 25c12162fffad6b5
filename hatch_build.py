"""Builds the native `Value` where there is a C compiler; elsewhere the package is installed in Python alone.

hatchling stays the build backend: it builds a wheel for the limited API, which serves CPython 3.11 and later,
or a pure one. With setuptools an optional extension that was not built leaves a platform tag on the wheel.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "autograd/numbers/native"
WINDOWS = sys.platform == "win32"
NAME = "_native.pyd" if WINDOWS else "_native.abi3.so"


class NativeBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles in place, so that an editable installation finds the extension too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder = Path(self.root, FOLDER)
        if problem := build(folder):
            self.app.display_warning(f"whygrad is installed without its C extension: {problem}")
            return
        build_data["artifacts"].append(f"/{FOLDER}/{NAME}")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def build(folder: Path) -> str:
    """Compile the extension in its folder; return what prevents it, or nothing."""
    (folder / NAME).unlink(missing_ok=True)
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it is for CPython with the global interpreter lock"
    command = os.environ.get("CC") or next(filter(None, map(shutil.which, COMPILERS)), "")
    if not command:
        return f"there is no C compiler ({', '.join(COMPILERS)})"
    compiler = [command] if Path(command).is_file() else shlex.split(command)
    try:
        subprocess.run([*compiler, *arguments()], check=True, capture_output=True, text=True, cwd=folder)  # noqa: S603
    except subprocess.CalledProcessError as error:
        return f"the C compiler failed: {(error.stderr or error.stdout).strip()[:500]}"
    except OSError as error:
        return f"the C compiler does not run: {error}"
    return ""


COMPILERS = ("cl",) if WINDOWS else ("cc", "gcc", "clang")


def arguments() -> list[str]:
    """Return the compiler's arguments. Products and sums are not fused, so that numbers are Python's."""
    include = sysconfig.get_path("include")
    if WINDOWS:
        libraries = Path(sys.base_prefix, "libs")
        options = ["/nologo", "/LD", "/O2", "/std:c11", "/fp:precise", f"/I{include}", "_native.c"]
        return [*options, f"/Fe:{NAME}", "/link", f"/LIBPATH:{libraries}", "python3.lib"]
    options = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC", f"-I{include}"]
    if sys.platform == "darwin":
        both = "-arch arm64 -arch x86_64" if "universal2" in sysconfig.get_platform() else ""
        options += ["-undefined", "dynamic_lookup", *shlex.split(os.environ.get("ARCHFLAGS", both))]
    return [*options, "-o", NAME, "_native.c", "-lm"]
