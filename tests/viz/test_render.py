import stat
import sys

import graphviz
import pytest

from autograd import Tensor, Value
from tests.viz.pictures import ladder
from viz import LayoutError, LayoutTimeoutError, compare, draw, render, unfold


@pytest.mark.parametrize(
    ("suffix", "magic"), [("svg", b"<svg "), ("PNG", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")]
)
def test_the_suffix_selects_the_format(tmp_path, suffix, magic):
    y, x = ladder(3)
    path = tmp_path / f"y.{suffix}"
    tensor = (Tensor([1.0, 2.0], name="t") * 2.0).sum()
    for picture in (y, draw(y), unfold(y, [x]), tensor):
        assert render(picture, str(path)) == path
        assert path.read_bytes().startswith(magic)
    assert list(tmp_path.iterdir()) == [path]


def test_any_graph_of_the_graphviz_package_is_rendered(tmp_path):
    other = graphviz.Digraph()
    other.edge("a", "b")
    assert render(other, tmp_path / "a.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("name", ["y.gif", "y", "y.svg.txt", ".svg"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf or \.dot"):
        render(Value(1.0), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_is_svg_alone(tmp_path):
    y, x = ladder(2)
    comparison = compare(y, [x])
    assert render(comparison, tmp_path / "y.svg").read_text() == comparison.svg
    for suffix in ("png", "pdf", "dot"):
        with pytest.raises(ValueError, match=f"as .svg, not .{suffix}.*left"):
            render(comparison, tmp_path / f"z.{suffix}")
    assert [p.name for p in tmp_path.iterdir()] == ["y.svg"]


def test_the_folder_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere.*make it first"):
        render(Value(1.0), tmp_path / "nowhere" / "y.svg")


def test_only_pictures_are_rendered(tmp_path):
    with pytest.raises(TypeError, match="made by draw, unfold, runs or compare; this is of type int"):
        render(3, tmp_path / "y.svg")


def test_a_failed_layout_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "y.svg"
    path.write_text("old")
    broken = graphviz.Digraph(body=["this is not DOT ]]]"])
    with pytest.raises(LayoutError):
        render(broken, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_time_limit_reaches_the_layout(tmp_path):
    y, x = ladder(3)
    for picture in (y, compare(y, [x])):
        with pytest.raises(LayoutTimeoutError):
            render(picture, tmp_path / "y.svg", timeout=1e-4)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    (tmp_path / "y.dot").mkdir()
    with pytest.raises(OSError, match=r"y\.dot"):
        render(Value(1.0), tmp_path / "y.dot")
    assert [p.name for p in tmp_path.iterdir()] == ["y.dot"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_the_file_is_as_readable_as_any_other(tmp_path):
    (tmp_path / "other").write_text("")
    render(Value(1.0), tmp_path / "y.dot")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert len(modes) == 1
