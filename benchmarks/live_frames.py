"""``python -m benchmarks.live_frames``: frames a second of `viz.live`, and their part of a training.

`nn.fit` trains a network in a Jupyter kernel of its own, as from a notebook, while a widget shows it. The
frames are made, written as JSON and sent to the kernel's clients; the page that draws them is not measured.
The part is of the time that the training's thread runs, so it does not depend on what else the machine does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from viz.commands import Parser, whole_number
from viz.streams import open_streams, say

__all__ = ["main", "measured"]

# Runs in the kernel, and prints its findings.
_PROGRAM = """
import json
from time import perf_counter, thread_time
import numpy as np
import viz
from nn import MLP, Data, fit
from nn.optimisers import Adam
rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 2))
data = Data(x, (x[:, 0] * x[:, 1] > 0).astype(int))

def trained(compiled, watch):
    model = MLP({sizes})
    view = viz.live(model, data, batch_size=32)
    view.frames, view.spent = 0, 0.0
    start, used = perf_counter(), thread_time()
    after = view.update if watch else None
    ends = perf_counter() + {seconds}
    def check(epoch):
        if perf_counter() > ends:
            raise StopIteration
    fit(model, data, epochs=10**6, optimiser=Adam(model.parameters(), 0.01), progress=False,
        compiled=compiled, after_epoch=check, after_update=after)
    return perf_counter() - start, thread_time() - used, view

for compiled in (False, None):
    seconds, used, view = trained(compiled, True)
    found = dict(compiled=compiled is None, seconds=seconds, used=used, updates=view.timeline.last)
    print(json.dumps(dict(found, frames=view.frames, spent=view.spent, bytes=len(view.sent))))
"""


def measured(sizes: Sequence[int], seconds: int) -> list[dict[str, Any]]:
    """Train in a kernel, once eagerly and once by compiled steps.

    Args:
        sizes: of the network.
        seconds: of each training.

    Returns:
        For each training: whether it is ``compiled``, its ``seconds``, the seconds that its thread ``used``,
        its ``updates``, the number of ``frames``, the seconds ``spent`` on them, and ``bytes`` of the last.

    Raises:
        ImportError: the package jupyter_client is missing.
        RuntimeError: the kernel failed.
    """
    # Defers the load of Jupyter's client, which is optional.
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        printed: list[str] = []
        reply = client.execute_interactive(
            _PROGRAM.format(sizes=list(sizes), seconds=seconds),
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
            timeout=60 + 4 * seconds,
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"the kernel failed: {reply['content'].get('evalue', '')}")
        return [json.loads(line) for line in "".join(printed).splitlines() if line.startswith("{")]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    open_streams()
    parser = Parser(prog="python -m benchmarks.live_frames", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seconds", type=whole_number(1), default=5, metavar="N", help="of each training (5)"
    )
    options = parser.parse_args(arguments)
    sizes = (2, 16, 16, 2)
    try:
        found = measured(sizes, options.seconds)
    except ImportError:
        parser.error("this needs the package jupyter_client: pip install 'whygrad[docs]'")
    title = f"viz.live on a {'-'.join(map(str, sizes))} network, trained by fit in batches of 32:"
    return say("\n".join([title, *map(_line, found)]), parser.prog)


def _line(run: dict[str, Any]) -> str:
    steps = "compiled" if run["compiled"] else "eager"
    frames, each = run["frames"], 1000 * run["spent"] / run["frames"]
    return (
        f"  {steps} steps: {frames / run['seconds']:.1f} frames a second, {frames / run['used']:.1f} in a "
        f"second that the thread runs; {each:.2f} ms and {run['bytes'] / 1000:.0f} kB "
        f"each; {run['spent'] / run['used']:.1%} of the thread's time ({run['updates']:,} updates)"
    )


if __name__ == "__main__":
    sys.exit(main())
