"""The notebooks: executed again, each gives the text and numbers that are stored in it."""

import re
import sys

import nbformat
import pytest

from docs.notebooks import NOTEBOOKS, Broken, executed, main, stored


def shown(notebook):
    """Every output by the number of its cell: its kind, the forms it has, and its text."""
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            text = output.get("text") or [data.get("text/plain"), data.get("text/html")]
            yield i, output.output_type, output.get("name"), sorted(data), text


def notebook_of(path, *sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    path.write_bytes(stored(nbformat.v4.new_notebook(cells=cells)))
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_what_is_stored_in_it(path):
    before = nbformat.read(path, as_version=4)
    after = executed(path)
    assert list(shown(after)) == list(shown(before))
    assert len(list(shown(after))) > 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_is_clean(path):
    content = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert content == stored(notebook)
    assert [cell.metadata for cell in notebook.cells] == [{}] * len(notebook.cells)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for _, kind, name, _, text in shown(notebook):
        assert kind != "error"
        assert name != "stderr", "no warning and no progress bar"
        assert not re.search(r"0x[0-9a-f]{6}", str(text)), "no address"
    for link in re.findall(r"\]\((\w+\.ipynb)\)", content.decode()):
        assert path.with_name(link) in NOTEBOOKS


def test_the_command_runs_a_notebook_in_place_and_twice_is_the_same(tmp_path, capsys):
    source = (
        "import viz\nfrom autograd import Value, gradient\nx = Value(2.0, name='x')\ny = x * x\n"
        "print('a')\nprint('b', flush=True)\nprint('c')\nviz.compare(y, [x])"
    )
    path = notebook_of(tmp_path / "one.ipynb", source, "gradient(y, [x]).cost", "y")
    assert main([str(path)]) == 0
    once = path.read_bytes()
    assert main([str(path)]) == 0
    assert path.read_bytes() == once
    assert capsys.readouterr().err == f"wrote {path}\n" * 2
    forms = [(kind, name, data) for _, kind, name, data, _ in shown(nbformat.read(path, as_version=4))]
    assert forms == [
        ("stream", "stdout", []),
        ("execute_result", None, ["image/svg+xml", "text/plain"]),
        ("execute_result", None, ["text/html", "text/plain"]),
        ("execute_result", None, ["image/svg+xml", "text/plain"]),
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["one.ipynb"]


def test_a_cell_that_fails_leaves_the_file_as_it_was(tmp_path, capsys):
    path = notebook_of(tmp_path / "bad.ipynb", "1 + 1", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Broken, match=r"^bad\.ipynb fails, .*ZeroDivisionError: division by zero$"):
        executed(path)
    with pytest.raises(SystemExit) as caught:
        main([str(path)])
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert path.read_bytes() == before


def test_a_cell_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["docs.notebooks"], "TIME_LIMIT", 1)
    path = notebook_of(tmp_path / "slow.ipynb", "import time\ntime.sleep(60)")
    with pytest.raises(Broken, match=r"slow\.ipynb fails.*a cell took over 1 s"):
        executed(path)


def test_a_kernel_that_dies_is_an_error(tmp_path):
    path = notebook_of(tmp_path / "dead.ipynb", "import os\nos._exit(1)")
    with pytest.raises(Broken, match=r"dead\.ipynb fails.*its kernel died"):
        executed(path)


@pytest.mark.parametrize("content", [None, b"no JSON", b"{}", b"\xff"])
def test_what_is_no_notebook_is_refused_in_one_line(tmp_path, capsys, content):
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as caught:
        main([str(path)])
    assert caught.value.code == 2
    assert re.fullmatch(r"python -m docs\.notebooks: .+\n", capsys.readouterr().err)


def test_an_interruption_leaves_the_file_as_it_was(tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["docs.notebooks"], "executed", interrupt)
    path = notebook_of(tmp_path / "x.ipynb", "1")
    before = path.read_bytes()
    assert main([str(path)]) == 130
    assert path.read_bytes() == before
    assert capsys.readouterr().err.startswith("interrupted")
