"""Which places are another machine's, told from what Linux says is mounted where."""

from __future__ import annotations

from pathlib import Path

import pytest

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.storage import network_folders
from pupiltrack_core.storage.network_folders import network_file_system, refuse_network_folder

MOUNTS = """\
overlay / overlay rw 0 0
/dev/sda1 /srv ext4 rw 0 0
files:/export /srv/shared nfs4 rw 0 0
/dev/sdb1 /srv/shared/local xfs rw 0 0
//files/data /mnt/School\\040data cifs rw 0 0
me@files: /home/me/far fuse.sshfs rw 0 0
tmpfs /srv/twice tmpfs rw 0 0
files:/twice /srv/twice nfs rw 0 0
torn
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/pupiltrack.sqlite", None),
        ("/srv/pupiltrack.sqlite", None),
        ("/srv/shared/pupiltrack.sqlite", "nfs4"),
        ("/srv/shared2/pupiltrack.sqlite", None),
        ("/srv/shared/local/pupiltrack.sqlite", None),
        ("/mnt/School data/var/pupiltrack.sqlite", "cifs"),
        ("/home/me/far/pupiltrack.sqlite", "fuse.sshfs"),
        ("/srv/twice/pupiltrack.sqlite", "nfs"),
    ],
)
def test_network_file_system_is_that_of_the_nearest_mount(path: str, expected: str | None) -> None:
    assert network_file_system(Path(path), MOUNTS) == expected


def test_refuse_network_folder_says_where_to_put_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(network_folders, "_MOUNTS", mounts)
    refuse_network_folder("sqlite:////srv/pupiltrack.sqlite")
    refuse_network_folder("postgresql://portal@db/pupiltrack")
    with pytest.raises(ConfigurationError, match="disk of this machine"):
        refuse_network_folder("sqlite:////srv/shared/pupiltrack.sqlite")
    monkeypatch.setattr(network_folders, "_MOUNTS", tmp_path / "none")
    refuse_network_folder("sqlite:////srv/shared/pupiltrack.sqlite")
