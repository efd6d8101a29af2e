from __future__ import annotations

from pathlib import Path

import pytest

from pupiltrack_core import shipped_data as module
from pupiltrack_core.shipped_data import shipped_data, shipped_guide


def test_shipped_data_finds_the_recipe() -> None:
    assert shipped_data("demo/recipe.toml").is_file()
    assert shipped_data("templates").is_dir()


def test_shipped_data_finds_what_was_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "share"
    for name in ("data/demo/recipe.toml", "docs/how-to/a-task.md"):
        (installed / name).parent.mkdir(parents=True)
        (installed / name).write_text("")
    monkeypatch.setattr(module, "_CHECKOUT", tmp_path / "nowhere")
    monkeypatch.setattr(module, "_INSTALLED", installed)
    assert shipped_data("demo/recipe.toml") == installed / "data" / "demo" / "recipe.toml"
    assert shipped_guide("how-to/a-task.md") == installed / "docs" / "how-to" / "a-task.md"


def test_shipped_data_of_what_did_not_come() -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        shipped_data("demo/none.toml")
