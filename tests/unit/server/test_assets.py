"""Which files are served, and for how long a browser may keep them."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest

from pupiltrack_portal.server.assets import AssetFolder, has_hashed_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files to serve and files not to."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text("body{}" * 500)
    (tmp_path / "small.js").write_text("1")
    (tmp_path / ".hidden.css").write_text("x")
    (tmp_path / "app.py").write_text("import os")
    (tmp_path / "odd name.css").write_text("x")
    return tmp_path


def test_load_listed_files_only(folder: Path) -> None:
    files = AssetFolder(folder)
    assert "css/a.css" in files
    for name in (".hidden.css", "app.py", "odd name.css", "css", "../x", "css/../small.js", ""):
        assert files.load(name) is None


def test_load_compresses_what_is_worth_it(folder: Path) -> None:
    files = AssetFolder(folder)
    large, small = files.load("css/a.css"), files.load("small.js")
    assert large is not None
    assert small is not None
    assert gzip.decompress(large.encoded["gzip"]) == large.content
    assert brotli.decompress(large.encoded["br"]) == large.content
    assert list(large.encoded) == ["br", "gzip"]
    assert small.encoded == {}
    assert large.media_type == "text/css; charset=utf-8"
    assert large.tag != small.tag


def test_load_file_taken_away_is_none(folder: Path) -> None:
    files = AssetFolder(folder)
    (folder / "small.js").unlink()
    assert files.load("small.js") is None


def test_version_changes_with_content(folder: Path) -> None:
    before = AssetFolder(folder).version
    assert before == AssetFolder(folder).version
    (folder / "small.js").write_text("2")
    assert before != AssetFolder(folder).version


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("js/entry_grid-9e280965c52c.js", True),
        ("js/entry_grid-9e280965c52c.css", True),
        ("js/page-CDZVLWOQ.js", True),
        ("js/page-CD3ZVLWO.css", True),
        ("js/page-CD3ZVLWO.txt", False),
        ("remoteEntry.be18471aaf567c023b03.js", True),
        ("css/portal.css", False),
        ("shell/plain.js", False),
        ("js/manifest.json", False),
        ("js/some-component.js", False),
        ("fonts/a-12345678.woff2", False),
    ],
)
def test_has_hashed_name(name: str, expected: bool) -> None:
    assert has_hashed_name(name) is expected
