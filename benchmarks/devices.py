"""``python -m benchmarks.devices``: how long an update takes by NumPy, and by JAX on a processor and a GPU.

`nn.fit` trains networks of growing width in single precision on random images, in a process of its own for
every way: JAX takes one kind of device for a process. The time of an update is the least over the epochs but
the first, in which the update is compiled. A GPU is left out where JAX finds none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from viz.commands import Parser, whole_number
from viz.labels import plural
from viz.streams import open_streams, say, tell

__all__ = ["main", "measured"]

WAYS = {"NumPy": None, "JAX, processor": "cpu", "JAX, GPU": "cuda"}
# Runs in the process, and prints the device, the seconds of an update and the last loss.
_PROGRAM = """
import json, sys
from time import perf_counter
import numpy as np
from nn import MLP, SGD, Data, fit
backend, width, batch, updates, epochs = json.loads(sys.argv[1])
if backend:
    import jax
    jax.config.update("jax_default_matmul_precision", "highest")
rng = np.random.default_rng(0)
x = rng.normal(size=(batch * updates, 784)).astype(np.float32)
model = MLP([784, width, width, 10], activation="relu", dtype=np.float32, seed=0)
ends = []
data = Data(x, rng.integers(0, 10, len(x)))
optimiser = SGD(model.parameters(), 0.01)
history = fit(model, data, epochs=epochs, batch_size=batch, optimiser=optimiser, progress=False,
    backend=backend, after_epoch=lambda _: ends.append(perf_counter()))
device = jax.devices()[0].device_kind if backend else ""
print(json.dumps([device, min(np.diff(ends)) / updates, history.epochs[-1].loss]))
"""


def measured(way: str, width: int, batch: int, updates: int, epochs: int = 4) -> tuple[str, float, float]:
    """Train a 784-width-width-10 network in a process of its own.

    Args:
        way: one of `WAYS`.
        width: of both hidden layers.
        batch: the number of examples in a batch.
        updates: in an epoch.
        epochs: at least 2.

    Returns:
        The device's name, the seconds of an update, and the loss at the end.

    Raises:
        RuntimeError: it failed, because JAX or such a device is missing, or memory ran out.
    """
    platform = WAYS[way]
    environment = os.environ | ({"JAX_PLATFORMS": platform} if platform else {})
    settings = json.dumps(["jax" if platform else None, width, batch, updates, epochs])
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _PROGRAM, settings],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        raise RuntimeError((child.stderr.strip() or "the training failed").splitlines()[-1])
    device, seconds, loss = json.loads(child.stdout)
    return device, seconds, loss


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    open_streams()
    parser = Parser(prog="python -m benchmarks.devices", description=__doc__.partition("\n")[0])
    count = whole_number(1)
    widths = (64, 256, 1024, 4096)
    parser.add_argument(
        "--widths", type=count, nargs="+", default=widths, metavar="N", help="default: 64 256 …"
    )
    parser.add_argument("--batch", type=count, default=1024, metavar="N", help="examples in a batch (1024)")
    parser.add_argument("--updates", type=count, default=20, metavar="N", help="in an epoch (20)")
    options = parser.parse_args(arguments)
    found: dict[str, dict[int, str]] = {}
    for width in options.widths:
        for way in WAYS:
            tell(f"width {width:,}: {way}")
            try:
                device, seconds, loss = measured(way, width, options.batch, options.updates)
            except RuntimeError as error:
                tell(f"left out: {error}")
                continue
            column = found.setdefault(f"{way} ({device or plural(os.cpu_count() or 1, 'processor')})", {})
            column[width] = f"{1000 * seconds:.2f} ms, {loss:.4f}"
    rows = [["width", *found], ["--:"] * (1 + len(found))]
    rows += [
        [f"{width:,}", *(column.get(width, "") for column in found.values())] for width in options.widths
    ]
    title = f"one update by {plural(options.batch, 'example')}, and the loss at the end:\n\n"
    return say(title + "\n".join(f"| {' | '.join(row)} |" for row in rows), parser.prog)


if __name__ == "__main__":
    sys.exit(main())
