import os
import subprocess
import sys
import time

import pytest

import viz
from autograd import Value
from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError, layout

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for dot is a shell script")


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def fake_dot(monkeypatch, tmp_path):
    def install(script):
        program = tmp_path / "dot"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return install


@pytest.mark.parametrize(("form", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pygraphviz_lays_out_without_dot(no_dot, form, magic, traced, monkeypatch):
    for name, value in traced.items():
        monkeypatch.setenv(name, value)
    assert layout("digraph { a -> b }", form).startswith(magic)


@posix
def test_dot_is_used_if_it_is_on_the_path(fake_dot):
    fake_dot('echo "$1"; cat')
    assert layout("digraph { é }", "svg") == "-Tsvg\ndigraph { é }".encode()


@posix
def test_the_message_of_dot_is_in_the_error(fake_dot):
    fake_dot("echo first >&2; echo 'the last word' >&2; exit 1")
    with pytest.raises(LayoutError, match="could not lay out this graph: the last word"):
        layout("digraph {}")


@posix
def test_dot_that_writes_nothing_is_an_error(fake_dot):
    fake_dot("exit 0")
    with pytest.raises(LayoutError, match="no reason"):
        layout("digraph {}")


@posix
def test_a_slow_dot_is_stopped(fake_dot):
    fake_dot("exec sleep 60")
    start = time.monotonic()
    with pytest.raises(LayoutTimeoutError, match=r"longer than 0\.2 seconds.*more time.*budget="):
        layout("digraph {}", timeout=0.2)
    assert time.monotonic() - start < 30


def test_a_slow_layout_by_pygraphviz_is_stopped(no_dot):
    dense = "".join(f"n{i} -> n{j};" for i in range(150) for j in range(i))
    with pytest.raises(TimeoutError, match="was stopped"):
        layout(f"digraph {{ {dense} }}", timeout=0.5)


def test_a_graph_that_pygraphviz_cannot_read_is_an_error(no_dot):
    with pytest.raises(LayoutError, match="could not lay out this graph"):
        layout("this is not DOT")


def test_with_neither_backend_the_error_says_what_to_install(no_dot, monkeypatch):
    monkeypatch.setattr(sys.modules["viz.layout"], "find_spec", lambda name: None)
    with pytest.raises(BackendMissingError, match=r"pip install whygrad\[viz\]") as caught:
        layout("digraph {}")
    assert isinstance(caught.value, ImportError)


def test_a_file_in_the_working_folder_does_not_shadow_pygraphviz(no_dot, monkeypatch, tmp_path):
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('not the real one')")
    monkeypatch.chdir(tmp_path)
    assert layout("digraph { a }").startswith(b"<?xml")


def test_importing_viz_needs_no_backend():
    program = "import sys; sys.modules['pygraphviz'] = None; import viz; print(viz.draw.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"draw"
    assert viz.draw(Value(1.0)).source
