"""``whygrad cache``: where native code is kept, how much there is, and its removal."""

import json
from pathlib import Path

import pytest

from autograd.compiler import native_cache
from viz.__main__ import main
from viz.kept_code import size_of


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHYGRAD_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_it_says_where_and_how_much(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"{kept}\n0 libraries, 0 bytes, at most 268.4 MB\n"
    native_cache.store("a", bytes(2000))
    assert main(["cache", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(kept),
        "libraries": 1,
        "bytes": 2032,
        "limit": native_cache.LIMIT,
        "removed": False,
    }
    assert main(["cache", "--clear"]) == 0
    assert capsys.readouterr().out == f"{kept}\nremoved 1 library, 2.0 kB\n"
    assert not list(kept.iterdir())


def test_it_may_be_off(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WHYGRAD_CACHE", "off")
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == "nothing is kept: WHYGRAD_CACHE is off\n"


def test_a_folder_that_cannot_be_used_is_one_line(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.touch()
    with pytest.raises(SystemExit) as ended:
        main(["cache", "--clear"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"whygrad cache: native code is not kept in {str(kept)!r}: is not a folder; set WHYGRAD_CACHE to a "
        "folder of your own that nobody else can write to, or to 'off'\n"
    )


def test_sizes() -> None:
    assert [size_of(n) for n in (0, 999, 1000, 1_250_000, 5 * 10**9)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "1.2 MB",
        "5,000.0 MB",
    ]
