"""Every page, setting and error is documented; the packaging files agree with each other."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from pupiltrack_core import errors
from pupiltrack_core.access import Page
from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.settings import SETTING_NAMES, Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "docs" / "reference"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def described(name: str) -> set[str]:
    """The names in the first column of a reference page's table."""
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE))


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    return {
        re.sub(r"[-_.]+", "-", name).lower(): Version(version)
        for name, version in (line.split("==") for line in wanted)
    }


def requirements() -> list[Requirement]:
    optional = PROJECT["optional-dependencies"]["dev"]
    return [Requirement(line) for line in (*PROJECT["dependencies"], *optional)]


def test_every_setting_is_documented() -> None:
    assert described("settings.md") == set(SETTING_NAMES)


def written(value: object) -> str:
    """A setting's default as the reference page writes it."""
    if value is None or value == ():
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("name", [name for name in SETTING_NAMES if name != "notebooks_dir"])
def test_every_setting_is_documented_with_what_it_is_unless_set(name: str) -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| `{name}` \| ([^|]+) \| [^|]+ \|$", text, flags=re.MULTILINE)
    assert found is not None
    assert found[1] == written(getattr(Settings(), name))


NUMBERS = [name for name in SETTING_NAMES if type(getattr(Settings(), name)) is int]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_limit_of_a_number_is_documented(name: str) -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| `{name}` \| .*\((\d+) to (\d+)", text, flags=re.MULTILINE)
    assert found is not None
    # Lower than the lowest and higher than the highest are refused, in a sentence with both.
    for beyond in (int(found[1]) - 1, int(found[2]) + 1):
        with pytest.raises(ConfigurationError, match=f"{name} .* from {found[1]} to {found[2]}"):
            load_settings({f"PUPILTRACK_{name.upper()}": str(beyond)})


def test_every_page_is_documented() -> None:
    assert described("pages.md") == {f"/{page.value}" for page in Page}


def test_every_error_is_documented() -> None:
    families = {errors.PupilTrackError, errors.UserFacingError}
    defined = {
        name
        for name, item in inspect.getmembers(errors, inspect.isclass)
        if issubclass(item, errors.PupilTrackError) and item not in families
    }
    assert described("errors.md") == defined


@pytest.mark.parametrize("requirement", requirements(), ids=lambda item: item.name)
def test_every_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    name = re.sub(r"[-_.]+", "-", requirement.name).lower()
    assert pins()[name] in requirement.specifier


def test_environment_installs_the_same_as_the_virtual_environment() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    python = re.search(r"^  - python=(\d+\.\d+)$", text, flags=re.MULTILINE)
    assert python is not None
    assert Version(python[1]) >= Version(PROJECT["requires-python"].removeprefix(">="))
    pip = re.findall(r"^      - (.+)$", text, flags=re.MULTILINE)
    assert pip == ["--constraint constraints.txt", "--editable ."]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--constraint constraints.txt" in makefile


def test_no_address_of_a_registry_is_committed() -> None:
    lock = ROOT / "pupiltrack_portal" / "widgets" / "js" / "package-lock.json"
    for path in (ROOT / "constraints.txt", ROOT / "environment.yml", lock):
        text = path.read_text(encoding="utf-8")
        assert '"resolved"' not in text
        assert "index-url" not in text
        # The lock file also names packages' own pages for sponsors, which install nothing.
        assert not re.search(r"https?://[^\s\"]*(registry|pypi|npmjs|\.tgz|\.whl)", text)


def documents() -> list[Path]:
    found = [ROOT / name for name in ("README.md", "CHANGELOG.md", "GLOSSARY.md", "SECURITY.md")]
    return [*found, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(\s*([^)#\s]+)", text)
    local = [target for target in targets if not target.startswith("http")]
    assert [target for target in local if not (path.parent / target).exists()] == []
