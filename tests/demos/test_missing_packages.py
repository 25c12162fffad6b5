"""The demos without the packages that they need."""

import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules.update(jinja2=None, rich=None); "
SENTENCE = "the demos need jinja2, rich: pip install 'whygrad[demos]'"


@pytest.mark.parametrize(
    ("program", "status", "last"),
    [
        ("sys.argv[0] = '-m'; import demos", 2, SENTENCE),
        ("import demos", 1, f"ImportError: {SENTENCE}"),
    ],
    ids=["as a command", "imported"],
)
def test_missing_packages_are_one_sentence(program: str, status: int, last: str) -> None:
    command = [sys.executable, "-c", WITHOUT + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (status, "", last)
    assert status == 1 or done.stderr.count("\n") == 1
