"""What docs/engines.md shows works as shown, its script for several machines with two processes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nn import MLP, Data, fit
from tests.test_readme import blocks, run

for package in ("jax", "onnx", "onnxruntime", "torch", "safetensors"):
    pytest.importorskip(package)

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "engines.md"
SCRIPT = re.compile(r"<!-- train.py -->\n```python\n(.*?)```", re.DOTALL)


def test_its_python_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (script,) = SCRIPT.findall(PAGE.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    assert sum(run(block, names) for block in blocks(PAGE, "python") if block != script) >= 6


@pytest.mark.skipif(sys.platform == "win32", reason="JAX has no collectives between processes there")
def test_its_script_trains_on_several_machines(tmp_path: Path) -> None:
    (script,) = SCRIPT.findall(PAGE.read_text(encoding="utf-8"))
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    children = [
        subprocess.Popen(
            [sys.executable, "train.py", address, "2", number],
            cwd=tmp_path,
            env=os.environ | flags | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in "01"
    ]
    try:
        results = [child.communicate(timeout=120) for child in children]
    finally:
        for child in children:
            child.kill()
    assert [child.returncode for child in children] == [0, 0], results
    x = np.random.default_rng(0).normal(size=(104, 4))
    history = fit(
        MLP([4, 16, 2], seed=0), Data(x, (x[:, 0] > 0).astype(int)), epochs=3, batch_size=16, progress=False
    )
    shown = results[0][0].split()
    assert shown[-3:-1] == ["4", "devices"]
    np.testing.assert_allclose(float(shown[-1]), history.epochs[-1].loss, rtol=1e-12)
