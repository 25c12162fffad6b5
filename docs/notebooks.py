"""``python -m docs.notebooks``: execute the notebooks in place and store their outputs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from autograd.files import write
from nn.progress import progress_bar
from viz.commands import INTERRUPTED, Parser

__all__ = ["NOTEBOOKS", "Broken", "executed", "main", "stored"]

HERE = Path(__file__).parent
NOTEBOOKS = tuple(HERE / f"{name}.ipynb" for name in ("first_steps", "why_backprop", "train_a_network"))
# Seconds; a cell that takes longer is stuck.
TIME_LIMIT = 120
# Fixed, so that a stored notebook is the same on every machine.
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Broken(Exception):  # noqa: N818 - reads as "raises Broken"
    """A notebook cannot be read, or one of its cells failed."""


def executed(path: Path, after_cell: Callable[[], object] = lambda: None) -> nbformat.NotebookNode:
    """Execute a notebook in a fresh kernel. The result is the same bytes in every run.

    Args:
        path: the notebook, which is only read.
        after_cell: called after each code cell.

    Returns:
        The notebook with new outputs.

    Raises:
        Broken: a cell failed or took too long, or the file is not a notebook.
        OSError: the file cannot be read.
    """
    notebook = _read(path)
    with TemporaryDirectory() as profile:
        # Run from the checkout, with an empty profile, so that no personal settings change the outputs.
        client = NotebookClient(
            notebook,
            timeout=TIME_LIMIT,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            coalesce_streams=True,
            resources={"metadata": {"path": str(HERE.parent)}},
            on_cell_executed=lambda **_: after_cell(),
        )
        try:
            client.execute(env={**os.environ, "IPYTHONDIR": profile, "MPLCONFIGDIR": profile})
        except CellExecutionError as error:
            reason = f"{error.ename}: {error.evalue}"
            raise Broken(f"{path.name} fails, so its file is unchanged: {reason}") from None
        except (TimeoutError, DeadKernelError) as error:
            died = isinstance(error, DeadKernelError)
            reason = "its kernel died" if died else f"a cell took over {TIME_LIMIT} s"
            raise Broken(f"{path.name} fails, so its file is unchanged: {reason}") from None
    notebook.metadata = nbformat.from_dict(_METADATA)
    return notebook


def _read(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(str(path), as_version=4)
    except (ValueError, nbformat.ValidationError):
        raise Broken(f"{path.name} is not a Jupyter notebook: give a file that Jupyter saved") from None


def stored(notebook: nbformat.NotebookNode) -> bytes:
    """The bytes of a notebook's file."""
    return (nbformat.writes(notebook) + "\n").encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute the notebooks given as arguments, or all.

    Returns:
        The exit status: 0, 2 if a notebook fails, or 130 after an interruption.
    """
    parser = Parser(prog="python -m docs.notebooks", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="which ones (default: all)")
    paths = parser.parse_args(arguments).paths or NOTEBOOKS
    try:
        for path in paths:
            cells = _read(path).cells
            with progress_bar(sum(cell.cell_type == "code" for cell in cells)) as show:
                done = iter(range(1, len(cells) + 1))
                notebook = executed(path, lambda: show(next(done), path.name))  # noqa: B023
            write(path, stored(notebook))
            print(f"wrote {path}", file=sys.stderr)
    except Broken as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"cannot read and write {str(path)!r}: {error.strerror or error}")
    except KeyboardInterrupt:
        print("interrupted: the notebook being run is unchanged", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
