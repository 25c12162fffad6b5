"""``python -m tests.sanitized [programs]``: the extension under sanitizers.

Builds the extension with the address and undefined-behaviour sanitizers in a copy of the package, each
node from malloc, and runs random programs, 100,000 unless told otherwise, and the tests of what it replaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"
FLAGS = f"-g -O1 {SANITIZERS} -fno-omit-frame-pointer -shared -fPIC -ffp-contract=off"
FUZZ = """\
from tests.autograd.recording import test_native
reference = test_native.python_class()
for seed in range({programs}):
    assert test_native.program(test_native.Value, seed) == test_native.program(reference, seed), seed
    if (seed + 1) % 1000 == 0 or seed + 1 == {programs}:
        print(f"{{seed + 1:,}} random programs agree", flush=True)
"""


def main(programs: int = 100_000) -> int:
    with TemporaryDirectory() as folder:
        for package in ("autograd", "tests"):
            shutil.copytree(ROOT / package, Path(folder, package))
        native = Path(folder, "autograd/numbers/native")
        include = sysconfig.get_path("include")
        command = [
            "gcc",
            *FLAGS.split(),
            "-ffp-contract=off",
            f"-I{include}",
            "_native.c",
            "-o",
            "_native.abi3.so",
        ]
        subprocess.run([*command, "-lm"], check=True, cwd=native)
        libraries = [_path(name) for name in ("libasan.so", "libubsan.so")]
        settings = {
            "LD_PRELOAD": " ".join(libraries),
            "ASAN_OPTIONS": "detect_leaks=0",
            "PYTHONMALLOC": "malloc",
        }
        environment = {**os.environ, **settings, "PYTHONPATH": folder, "WHYGRAD_PURE": "0"}
        suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        suite += [f"tests/autograd/{room}" for room in ("recording", "numbers", "differentiation", "costs")]
        for arguments in (["-c", FUZZ.format(programs=programs)], suite):
            status = subprocess.run(
                [sys.executable, *arguments], cwd=folder, env=environment, check=False
            ).returncode
            if status:
                return status
    return 0


def _path(library: str) -> str:
    return subprocess.run(
        ["gcc", f"-print-file-name={library}"], check=True, capture_output=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
