"""``python -m tests.wheel``: the source distribution and the wheel, built, checked, installed and tried.

The wheel is built from the source distribution, as on the machine of whoever installs that. It is installed
into a new environment and tried from an empty folder, where Python does not find the checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = """
import autograd, nn, viz, whygrad
from pathlib import Path
from nn import MLP
assert all(Path(m.__file__).is_relative_to(Path.cwd()) for m in (autograd, nn, viz, whygrad)), "not the wheel"
assert (Path(autograd.__file__).parent / "py.typed").exists(), "py.typed is not in the wheel"
x = autograd.Value(3.0, name="x")
(x * x).backward()
assert x.grad == 6.0
assert autograd.compile(autograd.grad(lambda x: x * x), backend="native")(3.0) == 6.0
assert "digraph" in viz.draw(x * x).source
print(autograd.__version__, autograd.native)
"""


def run(*command: object, cwd: Path = ROOT) -> None:
    """Run a command; a failure ends this one."""
    print(
        "+",
        *(Path(str(part)).name if Path(str(part)).is_absolute() else part for part in command),
        flush=True,
    )
    environment = {**os.environ, "WHYGRAD_CACHE": "off", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, env=environment)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="whygrad-") as name:
        folder = Path(name).resolve()
        try:
            run(sys.executable, "-m", "build", "-o", folder / "dist", ROOT)
            files = sorted((folder / "dist").iterdir())
            run(sys.executable, "-m", "twine", "check", "--strict", *files)
            (wheel,) = [file for file in files if file.suffix == ".whl"]
            run(sys.executable, "-m", "venv", folder / "venv")
            scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
            run(scripts / "python", "-m", "pip", "install", "-q", wheel, cwd=folder)
            run(scripts / "python", "-c", PROGRAM, cwd=folder)
            run(scripts / "whygrad", "--version", cwd=folder)
            run(scripts / "whygrad", "h = tanh(w*x); h*h", "w=0.5", "x=1", "-o", "graph.dot", cwd=folder)
            run(scripts / "whygrad", "doctor", cwd=folder)
        except subprocess.CalledProcessError as error:
            print(f"{Path(error.cmd[0]).name} ended with status {error.returncode}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
