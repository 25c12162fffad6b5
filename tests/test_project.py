"""The files around the code: metadata, hooks, templates and the hosted CI name what exists and agree."""

import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import autograd
from tests.__main__ import STAGES

ROOT = Path(__file__).parent.parent
CHECKS = [check for stage in STAGES for check in stage]
with (ROOT / "pyproject.toml").open("rb") as file:
    PROJECT = tomllib.load(file)["project"]
YAML = sorted([*ROOT.glob(".*.yaml"), *ROOT.glob("*.cff"), *(ROOT / ".github").rglob("*.yml")])
CI = ROOT / ".github/workflows/ci.yml"


def load(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commands(jobs):
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_is_valid(path):
    assert isinstance(load(path), dict)


def test_all_kinds_of_files_are_there():
    found = {path.name for path in YAML}
    assert found == {
        ".pre-commit-config.yaml",
        "CITATION.cff",
        "bug.yml",
        "feature.yml",
        "config.yml",
        "ci.yml",
    }


def test_hooks_are_the_checks_of_the_tests():
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    expected = [" ".join(("python", "-m", *check)) for check in CHECKS if check[0] in ("ruff", "mypy")]
    assert entries == expected
    assert all(hook["language"] == "system" for hook in repository["hooks"])


def test_the_hosted_ci_runs_the_same_checks_and_the_tests():
    jobs = load(CI)["jobs"]
    found = commands(jobs)
    for check in CHECKS:
        if check[0] in ("ruff", "mypy", "tests.wheel"):
            assert " ".join(("python", "-m", *check)) in found
    assert any(command.startswith("python -m pytest") for command in commands({"tests": jobs["tests"]}))
    for command in found:
        module = re.fullmatch(r"python -m ([\w.]+)( .*)?", command)[1]
        assert find_spec(module), command
        for extra in re.findall(r"\[(\w+)\]", command):
            assert extra in PROJECT["optional-dependencies"]


def test_the_locked_versions_have_hashes_and_meet_the_declared_ones():
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==([\w.]+)(?: ; .*)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.M)
    assert len(locked) == len(re.findall(r"^\S", text, re.M)) > 50
    assert "://" not in text
    versions = {name.lower(): tuple(map(int, re.findall(r"\d+", version))) for name, version in locked}
    extras = PROJECT["optional-dependencies"]
    names = ("viz", "train", "demos", "test", "dev")
    for line in [*PROJECT["dependencies"], *(line for name in names for line in extras[name])]:
        if not line.startswith("whygrad["):
            name, least = re.fullmatch(r"([\w-]+)(?:\[\w+])?[>=]=([\d.]+)", line).groups()
            assert versions[name] >= tuple(map(int, least.split("."))), line
    assert "python -m pip install --require-hashes -r requirements/dev.txt" in commands(load(CI)["jobs"])


def test_the_matrix_is_every_promised_python_on_every_system():
    matrix = load(CI)["jobs"]["tests"]["strategy"]["matrix"]
    prefix = "Programming Language :: Python :: 3."
    promised = [text.rpartition(" ")[2] for text in PROJECT["classifiers"] if text.startswith(prefix)]
    assert matrix["python"] == promised == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={promised[0]}"
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


@pytest.mark.parametrize("name", ["bug.yml", "feature.yml"])
def test_issue_forms_have_what_a_form_needs(name):
    form = load(ROOT / ".github/ISSUE_TEMPLATE" / name)
    assert form["name"]
    assert form["description"]
    identifiers = [part["id"] for part in form["body"]]
    assert len(identifiers) == len(set(identifiers))
    assert all(part["attributes"]["label"] for part in form["body"])


def test_the_citation_agrees_with_the_package():
    citation = load(ROOT / "CITATION.cff")
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["repository-code"] == PROJECT["urls"]["Source"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]
    heading = f"## {citation['version']} ({citation['date-released']})"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_metadata_is_complete():
    for key in (
        "description",
        "readme",
        "license",
        "authors",
        "maintainers",
        "keywords",
        "classifiers",
        "urls",
    ):
        assert PROJECT[key], key
    assert "Operating System :: OS Independent" in PROJECT["classifiers"]
    assert len(PROJECT["description"]) < 200
    assert sys.version_info[:2] >= (3, 11)


def test_the_version_is_an_attribute() -> None:
    assert autograd.__version__ == PROJECT["version"]
    assert "__version__" in dir(autograd)


def test_every_public_name_loads_and_another_is_an_attribute_error() -> None:
    assert sorted(autograd._HOMES) == sorted(autograd.__all__)
    for name in autograd.__all__:
        assert getattr(autograd, name) is not None
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'paint'"):
        autograd.paint  # noqa: B018
