"""``whygrad doctor`` and the imports of nn and viz, where another package has one of the import names."""

import hashlib
import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

import whygrad
from viz import doctor
from viz.__main__ import main

ROOT = Path(__file__).parents[2]
FOREIGN = "from .core import grad  # of another package\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a folder before all others on its path."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd=folder)


@pytest.fixture
def shadowed(tmp_path: Path) -> Path:
    """A folder with an `autograd` of somebody else."""
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text(FOREIGN)
    return tmp_path


@pytest.mark.parametrize("user", ["nn", "viz"])
def test_an_import_that_finds_another_engine_is_one_sentence(shadowed: Path, user: str) -> None:
    done = run(shadowed, "-c", f"import {user}")
    *_, message = done.stderr.splitlines()
    place = shadowed / "autograd" / "__init__.py"
    assert message == (
        f"ImportError: {user} needs whygrad's autograd, but Python finds another package of that name at "
        f"{place}: {whygrad.ADVICE}"
    )


def test_an_engine_whose_first_file_is_gone_is_refused(tmp_path: Path) -> None:
    for name in ("viz", "whygrad.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "autograd").mkdir()
    program = f"import sys; sys.path.remove({str(ROOT)!r}); import viz"
    message = run(tmp_path, "-S", "-c", program).stderr.splitlines()[-1]
    assert f"of that name in {tmp_path / 'autograd'}, without its __init__.py: remove it" in message


def test_the_command_says_so_without_a_traceback(shadowed: Path) -> None:
    done = run(shadowed, "-m", "whygrad", "x*x", "x=2")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("whygrad: viz needs whygrad's autograd, but Python finds another package")


def test_the_doctor_runs_beside_another_engine(shadowed: Path) -> None:
    done = run(shadowed, "-m", "whygrad", "doctor", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    place = str(shadowed / "autograd" / "__init__.py")
    assert found["problems"] == [f"import autograd finds another package, at {place}"]
    assert found["imports"]["autograd"] == place
    assert found["imports"]["nn"] == str(ROOT / "nn" / "__init__.py")
    assert found["advice"] == whygrad.ADVICE


def test_the_doctor_refuses_options_in_one_line(shadowed: Path) -> None:
    done = run(shadowed, "-m", "whygrad", "doctor", "--clear")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "whygrad doctor: unrecognized arguments: --clear\n"


def installed(folder: Path, name: str, files: dict[str, str]) -> None:
    """Write the metadata that an installer would, for files with these contents."""
    about = folder / f"{name}-9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9\n")
    lines = []
    for path, text in files.items():
        digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(text)}\n")
    (about / "RECORD").write_text("".join(lines))


def test_another_package_over_whygrad_is_found(shadowed: Path) -> None:
    ours = {"autograd/__init__.py": "# whygrad\n", "autograd/files.py": "whole = 1\n"}
    installed(shadowed, "whygrad", ours)
    (shadowed / "autograd" / "files.py").write_text(ours["autograd/files.py"])
    installed(shadowed, "autograd", {"autograd/__init__.py": FOREIGN})
    done = run(shadowed, "-m", "whygrad", "doctor")
    assert done.returncode == 1
    first, second, third, advice = done.stdout.splitlines()[-4:]
    assert first.startswith("broken: import autograd finds another package, at ")
    assert second == "broken: the distribution autograd is installed too, and is imported as autograd"
    assert third == "broken: autograd/__init__.py was changed or removed after whygrad was installed"
    assert advice == f"what to do: {whygrad.ADVICE}"


def test_the_doctor_finds_nothing_broken_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("\nnothing is broken\n")
    assert re.match(r"versions +whygrad [\d.]+, python 3\.\d+\.\d+, numpy \d", out)
    assert re.search(
        rf"^import autograd +{re.escape(str(ROOT / 'autograd' / '__init__.py'))}$", out, re.MULTILINE
    )


def test_the_answer_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert found["compiler"]["command"] is None
    assert found["layout"]["dot"] is None
    assert found["cache"]["folder"] == os.environ["WHYGRAD_CACHE"]
    assert found["versions"]["python"] == sys.version.split()[0]


def test_missing_parts_come_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=2", "rich>=13; extra == 'train'", 'nowhere>=1 ; extra == "viz"', "x; extra == 'dev'"]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: needs)
    found = doctor._extras()
    assert set(found) == {"train", "viz"}
    assert doctor._extra_line("viz", found["viz"]) == "nowhere missing: pip install 'whygrad[viz]'"


def test_the_cache_is_counted_off_or_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WHYGRAD_CACHE", str(tmp_path / "file"))
    assert "is not a folder; set WHYGRAD_CACHE" in doctor._cache_line(doctor._cache())
    assert doctor._cache_line({"folder": "x", "libraries": 1}) == "x: 1 library"
    assert doctor._cache_line({"folder": "x", "libraries": 2_000}) == "x: 2,000 libraries"
    monkeypatch.setenv("WHYGRAD_CACHE", "off")
    assert doctor._cache_line(doctor._cache()) == "off"
